"""What the map's templates draw: columns of nodes, edges between them, and the same as tables. Computes nothing."""

from __future__ import annotations

import dataclasses

from dashboard.counters import Count
from dashboard.maps.graph import Column

TITLES: dict[Column, str] = {
    "sender": "Senders",
    "origin": "Origins",
    "signal": "Signals",
    "receiver": "Receivers",
    "next": "Dispatched in turn",
}
NOUNS: dict[Column, str] = {
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
    group: str = ""
    """The key of the group that is folded; empty for a node."""


@dataclasses.dataclass(frozen=True, slots=True)
class HeadView:
    """The name over an unfolded group."""

    key: str
    """Of the group."""
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
        return NOUNS[self.kind]


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
class MapView:
    """The whole picture."""

    columns: tuple[ColumnView, ...]
    gaps: tuple[tuple[EdgeView, ...], ...]
    """The edges between each column and the next; none after the last."""
    height: int

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to draw."""
        return not any(column.nodes for column in self.columns)

    @property
    def parts(self) -> list[tuple[ColumnView, tuple[EdgeView, ...] | None]]:
        """Return each column with the edges to the right of it; None for the last."""
        return list(zip(self.columns, (*self.gaps, None), strict=True))
