"""The map in words, classes and coordinates, as an address wants it. Pure: a graph in, texts out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from urllib.parse import urlencode

from dashboard import wording
from dashboard.counters import Count
from dashboard.folding import Row, joined, rows, total
from dashboard.graph import Column, Edge, Graph, Node
from dashboard.map_state import MapState
from dashboard.pictures.map import Block, curves, edge_width, placed
from dashboard.traffic import NO_ORIGIN, OTHERS
from tracer.filters import with_term

LETTERS = 23
"""Of a name, for which a column has room beside the figure."""
AGES_S = (1.5, 10.0, 60.0, 300.0)
"""Seconds since something passed until which it has the first brightness, the second, and so on."""
SHARES = (0.0, 0.02, 0.1, 0.5)
"""Shares of errors above which an edge has the first tint of red, the second, and so on."""

_TITLES: dict[Column, str] = {
    "sender": "Senders",
    "origin": "Origins",
    "signal": "Signals",
    "receiver": "Receivers",
    "next": "Dispatched in turn",
}
_NOUNS: dict[Column, str] = {
    "sender": "sender",
    "origin": "origin",
    "signal": "signal",
    "receiver": "receiver",
    "next": "signal",
}


@dataclasses.dataclass(frozen=True, slots=True)
class NodeView:
    """One row of a column: a node, or a folded group."""

    y: float
    prefix: str
    """The app, where no name of a group says it."""
    label: str
    name: str
    figure: str
    """How often, or how long altogether."""
    words: str
    """All of its figures."""
    classes: str
    query: str
    """Of the feed, for what a click filters to; of the map, for a folded group, which it unfolds."""
    is_folded: bool
    number: int = 1
    """Nodes that it stands for."""


@dataclasses.dataclass(frozen=True, slots=True)
class HeadView:
    """The name over an unfolded group."""

    y: float
    label: str
    query: str
    """Of the map with the group folded."""

    end: float
    """The middle of the group's last node."""

    @property
    def line(self) -> str:
        """Return the SVG path of the line beside its nodes."""
        return f"M12 {self.y + 9:.1f}V{self.end + 8:.1f}"

    @property
    def box(self) -> float:
        """Return where the box around it begins."""
        return self.y - 10

    @property
    def base(self) -> float:
        """Return where its letters stand."""
        return self.y + 4


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnView:
    """One column, from left to right."""

    kind: Column
    title: str
    number: int
    """Nodes in it, those of folded groups too."""
    nodes: tuple[NodeView, ...]
    heads: tuple[HeadView, ...]

    @property
    def noun(self) -> str:
        """Return what one of them is."""
        return _NOUNS[self.kind]


@dataclasses.dataclass(frozen=True, slots=True)
class EdgeView:
    """One edge in the gap to the right of its source's column."""

    source: int
    """Number of its node in the column at the left."""
    target: int
    path: str
    width: float
    classes: str
    words: str
    query: str
    """Of the feed."""
    count: Count


@dataclasses.dataclass(frozen=True, slots=True)
class TableRow:
    """An edge in words."""

    source: str
    target: str
    edge: EdgeView


@dataclasses.dataclass(frozen=True, slots=True)
class MapTable:
    """The edges between two columns in words."""

    source: str
    """What the edges come from: the title of a column."""
    target: str
    rows: list[TableRow]


@dataclasses.dataclass(frozen=True, slots=True)
class MapView:
    """The whole picture."""

    columns: tuple[ColumnView, ...]
    gaps: tuple[tuple[EdgeView, ...], ...]
    """The edges between each column and the next; none after the last."""
    height: int

    @property
    def tables(self) -> list[MapTable]:
        """Return the edges as a table for each gap, the widest edges first."""
        return [
            MapTable(
                left.title,
                right.title,
                sorted(
                    (
                        TableRow(left.nodes[edge.source].name, right.nodes[edge.target].name, edge)
                        for edge in edges
                    ),
                    key=lambda row: (-row.edge.width, row.source, row.target),
                ),
            )
            for left, right, edges in zip(self.columns, self.columns[1:], self.gaps, strict=False)
        ]

    @property
    def parts(self) -> list[tuple[ColumnView, tuple[EdgeView, ...] | None]]:
        """Return each column with the edges to the right of it; None for the last."""
        return list(zip(self.columns, (*self.gaps, None), strict=True))


def map_view(graph: Graph, state: MapState, now_us: int) -> MapView:
    """Return the picture of a graph at a moment, in microseconds since the epoch; of its table all is unfolded."""
    shown = [rows(column, state.choice) for column in graph.columns]
    every = [row for column in shown for row in column]
    edges = joined(graph.edges, every)
    column_of = {row.key: number for number, column in enumerate(shown) for row in column}
    edges.sort(key=lambda edge: column_of[edge.source])
    ends = [(edge.source, edge.target) for edge in edges]
    place = placed([_blocks(column) for column in shown], ends)
    weights = [_weight(edge.count, state) for edge in edges]
    heaviest = max(weights, default=0)
    widths = [edge_width(weight, heaviest) for weight in weights]
    paths = curves(ends, widths, place.y)
    counts = _counts(edges, column_of)
    number = {row.key: at for column in shown for at, row in enumerate(column)}
    by_key = {row.key: row for row in every}
    gaps: list[list[EdgeView]] = [[] for _ in shown[1:]]
    for edge, path, width in zip(edges, paths, widths, strict=True):
        gaps[column_of[edge.source]].append(
            EdgeView(
                source=number[edge.source],
                target=number[edge.target],
                path=path,
                width=width,
                classes=f"sb-edge sb-{wording.family(edge.signal)}{_classes(edge.count, now_us)}",
                words=_words(edge.count, "call" if column_of[edge.source] == 1 else "dispatch"),
                query=_filter(*_edge_terms(by_key[edge.source], by_key[edge.target])),
                count=edge.count,
            )
        )
    return MapView(
        columns=tuple(
            ColumnView(
                kind=kind,
                title=_TITLES[kind],
                number=sum(len(row.members) for row in column),
                nodes=tuple(
                    _node_view(
                        row,
                        place.y[row.key],
                        counts.get(row.key, Count()),
                        state,
                        now_us,
                        is_alone=row.group not in place.heads,
                    )
                    for row in column
                ),
                heads=tuple(
                    HeadView(
                        y=y,
                        label=_group_label(group),
                        query=state.with_group(group, is_folded=True).query,
                        end=max(place.y[row.key] for row in column if row.group == group),
                    )
                    for group, y in place.heads.items()
                    if group.partition(":")[0] == kind
                ),
            )
            for kind, column in zip(_kinds(state), shown, strict=True)
        ),
        gaps=tuple(map(tuple, gaps)),
        height=round(place.height),
    )


def _kinds(state: MapState) -> tuple[Column, ...]:
    return ("origin" if state.is_origins else "sender", "signal", "receiver", "next")


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


def _node_view(
    row: Row, y: float, count: Count, state: MapState, now_us: int, *, is_alone: bool
) -> NodeView:
    column = row.members[0].column
    noun = _NOUNS[column]
    classes = f"sb-node{_classes(count, now_us)}"
    words = _words(count, "call" if column == "receiver" else "dispatch")
    if row.is_folded:
        is_rest = row.key != row.group
        number = wording.count(len(row.members), noun)
        label = f"{number} more" if is_rest else _group_label(row.group)
        return NodeView(
            y=y,
            prefix="",
            label=_cut(label),
            name=label if is_rest else f"{_group_label(row.group)}: {number}",
            figure=_figure(count, state),
            words=words,
            classes=f"{classes} sb-is-folded",
            query="" if is_rest else state.with_group(row.group, is_folded=False).query,
            is_folded=True,
            number=1 if is_rest else len(row.members),
        )
    node = row.members[0]
    prefix = f"{node.app}." if is_alone and node.app else ""
    family = f" sb-{wording.family(node.name)}" if noun == "signal" else ""
    return NodeView(
        y=y,
        prefix=prefix,
        label=_cut(_short(node), LETTERS - len(prefix)),
        name=node.name,
        figure=_figure(count, state),
        words=words,
        classes=f"{classes}{family}",
        query=_filter(*_terms(row)),
        is_folded=False,
    )


def _weight(count: Count, state: MapState) -> int:
    if not count.calls:
        return 0
    return max(count.total_ns, 1) if state.is_time else count.calls


def _figure(count: Count, state: MapState) -> str:
    if not count.calls:
        return ""
    return wording.took(count.total_ns) if state.is_time else wording.count(count.calls)


def _classes(count: Count, now_us: int) -> str:
    if not count.calls:
        return " sb-never"
    age_s = (now_us - count.last_us) / 1_000_000
    share = count.errors / count.calls
    tint = sum(share > limit for limit in SHARES)
    return f" sb-age-{sum(age_s > limit for limit in AGES_S)}" + (f" sb-share-{tint}" if tint else "")


def _words(count: Count, noun: str) -> str:
    if not count.calls:
        return "never fired"
    parts = [
        wording.count(count.calls, noun),
        f"{wording.count(count.errors, 'error')} ({count.errors / count.calls:.0%})"
        if count.errors
        else "",
        f"{wording.took(count.average_ns)} each" if count.total_ns else "",
        f"{wording.took(count.total_ns)} together" if count.total_ns and count.ended > 1 else "",
        f"last at {wording.clock(count.last_us)[:8]}",
    ]
    return " · ".join(part for part in parts if part)


def _short(node: Node) -> str:
    if node.column == "origin":
        return node.name.partition(" ")[2] or node.name
    return wording.short(node.name)


def _group_label(group: str) -> str:
    return group.partition(":")[2] or "no app"


def _cut(text: str, letters: int = LETTERS) -> str:
    text = wording.visible(text)
    return text if len(text) <= letters else f"{text[: max(letters - 1, 4)]}…"


Terms = tuple[tuple[str, str], ...]


def _terms(row: Row) -> Terms:
    """Return what the feed is filtered to, by field and value; nothing for a group."""
    if row.is_folded:
        return ()
    node = row.members[0]
    if node.name in (OTHERS, NO_ORIGIN):
        return ()
    match node.column:
        case "origin":
            # Up to what differs from request to request.
            return (("origin", node.name.partition("*")[0]),)
        case "next":
            return (("signal", node.name), ("depth", ">0"))
        case column:
            return ((column, node.name),)


def _edge_terms(source: Row, target: Row) -> Terms:
    # What a receiver dispatched does not say by which: a filter looks at one dispatch.
    is_next = target.members[0].column == "next"
    return _terms(target) if is_next else (*_terms(source), *_terms(target))


@lru_cache(4_096)
def _filter(*terms: tuple[str, str]) -> str:
    text = ""
    for field, value in dict.fromkeys(terms):
        text = with_term(text, field, value) if field != "depth" else f"{text} {field}:{value}"
    return f"?{urlencode({'filter': text}, errors='replace')}" if text else ""
