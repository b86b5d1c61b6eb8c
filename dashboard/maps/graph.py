"""What the map is of: senders, signals, receivers and what these dispatched, joined with counts. Draws nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from dashboard.counters import Count
from dashboard.traffic import NO_SENDER, OTHERS, Pairs
from tracer.registry import RegisteredSignal

Column = Literal["sender", "origin", "signal", "receiver", "next"]
Labels = Sequence[tuple[str, str]]
"""Names of packages with the labels of the apps that they are, longest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """A sender, an origin, a signal or a receiver in its column."""

    key: str
    """`column name`; unique in the map."""
    column: Column
    name: str
    app: str
    """The group it stands in; of an origin the method or the command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """What went from one node to another of the next column; what is connected only has a count of 0."""

    source: str
    target: str
    signal: str
    """The signal that was dispatched or received."""
    count: Count


@dataclasses.dataclass(frozen=True, slots=True)
class Graph:
    """The whole map, all groups unfolded; columns from left to right, each by group and name."""

    columns: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]


def graph(
    signals: Iterable[RegisteredSignal],
    receivers: Pairs,
    first: Pairs,
    caused: Pairs,
    labels: Labels,
    *,
    is_origins: bool,
) -> Graph:
    """
    Return the map of what is connected and what was seen.

    `receivers` are counted by signal and receiver, `first` by sender or origin and signal, `caused` by receiver and
    signal. A signal without receivers that was never sent is left out.
    """
    start: Column = "origin" if is_origins else "sender"
    middle: dict[tuple[str, str], Count] = {
        (signal.name, receiver.name): Count()
        for signal in signals
        for receiver in signal.receivers
        if not receiver.is_dead
    }
    middle.update(_fired(receivers))
    edges = [
        *_edges(start, "signal", _fired(first), signal_at=1),
        *_edges("signal", "receiver", middle, signal_at=0),
        *_edges("receiver", "next", _fired(caused), signal_at=1),
    ]
    nodes: dict[str, Node] = {}
    for edge in edges:
        for key in (edge.source, edge.target):
            if key not in nodes:
                nodes[key] = _node(key, labels)
    ordered = sorted(nodes.values(), key=lambda node: (node.app, node.name))
    return Graph(
        columns=tuple(
            tuple(node for node in ordered if node.column == column)
            for column in (start, "signal", "receiver", "next")
        ),
        edges=tuple(sorted(edges, key=lambda edge: (edge.source, edge.target))),
    )


def app_of(name: str, labels: Labels) -> str:
    """Return the label of the app that a model's label or a dotted name is of; else its first package."""
    name = name.removeprefix("instance of ")
    if name in (NO_SENDER, OTHERS) or "." not in name:
        return ""
    for package, label in labels:
        if name.startswith(f"{package}."):
            return label
    parts = name.split(".")
    # Django's own packages are too many things for one group.
    return ".".join(parts[:2]) if parts[0] == "django" and len(parts) > 2 else parts[0]


def _fired(pairs: Mapping[tuple[str, str], Count]) -> dict[tuple[str, str], Count]:
    """Return what is counted; what was taken back altogether is as if it had never been."""
    return {pair: count for pair, count in pairs.items() if count.calls > 0}


def _edges(
    source: Column, target: Column, pairs: Mapping[tuple[str, str], Count], *, signal_at: int
) -> Iterable[Edge]:
    for pair, count in pairs.items():
        yield Edge(f"{source} {pair[0]}", f"{target} {pair[1]}", pair[signal_at], count)


def _node(key: str, labels: Labels) -> Node:
    column, _, name = key.partition(" ")
    if column == "origin":
        kind, _, rest = name.partition(" ")
        return Node(key, "origin", name, kind if rest else "")
    return Node(key, column, name, app_of(name, labels))  # type: ignore[arg-type]  # a Column
