"""Which groups of the map are folded into one row, and what then stands for what. Pure; draws nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from dashboard.counters import Count
from dashboard.maps.graph import Edge, Node

ROOM = 36
"""Lines that a column may have, names of groups among them, before groups are folded by themselves."""
ROOM_OF_SIGNALS = 44
"""The same of signals, which are few, and what everything goes through."""
MOST = 300
"""Rows of one group when it is unfolded; what exceeds them is one row."""

Choice = Mapping[str, bool] | None
"""By the key of a group: whether somebody folded it, or unfolded it. None: nothing is folded."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row of a column: a node, or all nodes of a group that is folded."""

    key: str
    group: str
    """The key of its group."""
    members: tuple[Node, ...]
    is_folded: bool = False


def group_key(node: Node) -> str:
    """Return the key of a node's group: `column:app`."""
    return f"{node.column}:{node.app}"


def rows(column: Sequence[Node], choice: Choice) -> list[Row]:
    """Return the rows of a column, in its order, with groups folded as chosen, or as there is room."""
    groups: dict[str, list[Node]] = {}
    for node in column:
        groups.setdefault(group_key(node), []).append(node)
    folded = folded_groups({key: len(nodes) for key, nodes in groups.items()}, choice)
    found: list[Row] = []
    for key, nodes in groups.items():
        if key in folded:
            found.append(Row(key, key, tuple(nodes), is_folded=True))
            continue
        found += [Row(node.key, key, (node,)) for node in nodes[:MOST]]
        if len(nodes) > MOST:
            found.append(Row(f"{key} …", key, tuple(nodes[MOST:]), is_folded=True))
    return found


def folded_groups(sizes: Mapping[str, int], choice: Choice) -> set[str]:
    """
    Return the groups that are folded: so many that the column has room, but for those chosen otherwise.

    Django's own receivers go first and Django's own signals last, else the largest group: what is looked for is
    rather a receiver of the project, and rather a signal of models.
    """
    if choice is None:
        return set()
    room = ROOM_OF_SIGNALS if any(key.startswith("signal:") for key in sizes) else ROOM
    folded: set[str] = set()
    length = sum(map(_lines, sizes.values()))
    for key in sorted(sizes, key=lambda key: (_worth(key), -sizes[key])):
        if length <= room:
            break
        if sizes[key] > 1:
            folded.add(key)
            length -= _lines(sizes[key]) - 1
    # What somebody does with one group does nothing to the others.
    return {key for key in sizes if choice.get(key, key in folded)}


def _worth(key: str) -> int:
    column, _, app = key.partition(":")
    return 1 if not app.startswith("django") else 2 if column == "signal" else 0


def _lines(size: int) -> int:
    # A single node has the name of its group in front of its own.
    return 1 if size == 1 else size + 1


def joined(edges: Iterable[Edge], shown: Iterable[Row]) -> list[Edge]:
    """Return the edges between rows: those between the same two as one, their counts added up."""
    stands_for = {node.key: row.key for row in shown for node in row.members}
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        ends = stands_for[edge.source], stands_for[edge.target]
        found.setdefault(ends, []).append(edge)
    return [
        Edge(*ends, members[0].signal, total(each.count for each in members))
        if len(members) > 1
        else dataclasses.replace(members[0], source=ends[0], target=ends[1])
        for ends, members in found.items()
    ]


def total(counts: Iterable[Count]) -> Count:
    """Return counts added up; the longest and the last of them all."""
    found = Count()
    for count in counts:
        found.calls += count.calls
        found.errors += count.errors
        found.total_ns += count.total_ns
        found.ended += count.ended
        found.max_ns = max(found.max_ns, count.max_ns)
        found.last_us = max(found.last_us, count.last_us)
    return found
