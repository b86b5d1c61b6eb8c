"""The map of a graph as an address wants it: rows, their places, edges, words. Pure; renders nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from dashboard import wording
from dashboard.counters import Count
from dashboard.maps import words
from dashboard.maps.folding import Row, joined, rows, total
from dashboard.maps.graph import Column, Edge, Graph
from dashboard.maps.parts import NOUNS, TITLES, ColumnView, EdgeView, HeadView, MapView, NodeView
from dashboard.maps.state import MapState
from dashboard.pictures.map import Block, Placement, curves, edge_width, placed


def map_view(graph: Graph, state: MapState, now_us: int | None) -> MapView:
    """
    Return the picture of a graph at a moment, in microseconds since the epoch; of its table all is unfolded.

    None is the moment of a recording, in which nothing grows dim.
    """
    shown = [rows(column, state.choice) for column in graph.columns]
    column_of = {row.key: number for number, column in enumerate(shown) for row in column}
    edges = joined(graph.edges, (row for column in shown for row in column))
    edges.sort(key=lambda edge: column_of[edge.source])
    ends = [(edge.source, edge.target) for edge in edges]
    place = placed([_blocks(column) for column in shown], ends)
    counts = _counts(edges, column_of)
    kinds: tuple[Column, ...] = (
        "origin" if state.is_origins else "sender", "signal", "receiver", "next",
    )  # fmt: skip
    return MapView(
        columns=tuple(
            ColumnView(
                kind=kind,
                title=TITLES[kind],
                number=sum(len(row.members) for row in column),
                nodes=tuple(
                    _node(row, place, counts.get(row.key, Count()), state, now_us) for row in column
                ),
                heads=_heads(column, place, state),
            )
            for kind, column in zip(kinds, shown, strict=True)
        ),
        gaps=_gaps(shown, edges, place, state, now_us),
        height=round(place.height),
    )


def _blocks(column: Sequence[Row]) -> list[Block]:
    """Return a column's groups with their rows; one that is folded or has a single row has no name above it."""
    blocks = [
        (group, [row.key for row in members])
        for group, members in groupby(column, lambda row: row.group)
    ]
    return [(group if len(keys) > 1 else "", keys) for group, keys in blocks]


def _counts(edges: Sequence[Edge], column_of: Mapping[str, int]) -> dict[str, Count]:
    """Return what came to each row; of the first column, what went out."""
    found: dict[str, list[Count]] = {}
    for edge in edges:
        found.setdefault(edge.target, []).append(edge.count)
        if column_of[edge.source] == 0:
            found.setdefault(edge.source, []).append(edge.count)
    return {key: total(counts) for key, counts in found.items()}


def _gaps(
    shown: Sequence[Sequence[Row]],
    edges: Sequence[Edge],
    place: Placement,
    state: MapState,
    now_us: int | None,
) -> tuple[tuple[EdgeView, ...], ...]:
    weights = [words.weight(edge.count, state) for edge in edges]
    heaviest = max(weights, default=0)
    widths = [edge_width(weight, heaviest) for weight in weights]
    paths = curves([(edge.source, edge.target) for edge in edges], widths, place.y)
    at = {
        row.key: (number, index, row)
        for number, column in enumerate(shown)
        for index, row in enumerate(column)
    }
    gaps: list[list[EdgeView]] = [[] for _ in shown[1:]]
    for edge, path, width in zip(edges, paths, widths, strict=True):
        number, source_at, source = at[edge.source]
        _, target_at, target = at[edge.target]
        family = wording.family(edge.signal)
        gaps[number].append(
            EdgeView(
                source=source_at,
                target=target_at,
                path=path,
                width=width,
                classes=f"sb-edge sb-{family}{words.classes(edge.count, now_us)}",
                words=words.figures(edge.count, "call" if number == 1 else "dispatch"),
                query=words.feed_query(*words.edge_terms(source, target)),
                count=edge.count,
            )
        )
    return tuple(map(tuple, gaps))


def _heads(column: Sequence[Row], place: Placement, state: MapState) -> tuple[HeadView, ...]:
    last = {row.group: place.y[row.key] for row in column}
    return tuple(
        HeadView(
            key=group,
            y=place.heads[group],
            label=words.group_label(group),
            query=state.with_group(group, is_folded=True).query,
            end=end,
        )
        for group, end in last.items()
        if group in place.heads
    )


def _node(
    row: Row, place: Placement, count: Count, state: MapState, now_us: int | None
) -> NodeView:
    node, group = row.members[0], words.group_label(row.group)
    noun = NOUNS[node.column]
    number, prefix, classes = 1, "", f"sb-node{words.classes(count, now_us)}"
    if not row.is_folded:
        query = words.feed_query(*words.terms(row))
        label, name = words.short(node), node.name
        if row.group not in place.heads and node.app:
            prefix = f"{node.app}."
        if noun == "signal":
            classes += f" sb-{wording.family(node.name)}"
    elif row.key == row.group:
        query = state.with_group(row.group, is_folded=False).query
        label, number, classes = group, len(row.members), f"{classes} sb-is-folded"
        name = f"{group}: {wording.count(number, noun)}"
    else:
        # What is beyond the most that a group shows.
        query, label = "", f"{wording.count(len(row.members))} more"
        name = f"{wording.count(len(row.members), noun)} more in {group}"
    return NodeView(
        y=place.y[row.key],
        prefix=prefix,
        label=words.cut(label, len(prefix)),
        name=name,
        figure=words.figure(count, state),
        words=words.figures(count, "call" if node.column == "receiver" else "dispatch"),
        classes=classes,
        query=query,
        is_folded=row.is_folded,
        number=number,
        group=row.group if row.key == row.group else "",
    )
