"""The map in words: a table of the edges between two columns each. Pure; renders nothing."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

from dashboard.maps.parts import EdgeView, MapView


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


def tables(view: MapView) -> list[MapTable]:
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
                key=lambda row: (
                    -row.edge.width,
                    -row.edge.count.calls,
                    row.source,
                    row.target,
                ),
            ),
        )
        for (left, right), edges in zip(pairwise(view.columns), view.gaps, strict=True)
    ]
