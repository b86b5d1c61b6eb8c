"""Durations in classes that grow as 1, 2, 5, 10, as bars. Pure geometry; knows no record and no template."""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

TOP = 14
"""Pixels over the bars, for the names of the marks."""
HEIGHT = 48
SIDE = 28
"""Pixels left and right of the bars, for the names of marks and edges."""
STEP = 32
BAR = 28
_LEAST = 1.5
_LABELLED = 2
"""Every so many edges have room for a label."""
EDGES_NS = tuple(size * 10**power for power in range(3, 11) for size in (1, 2, 5))
"""Where one class ends and the next begins, from a microsecond to 50 seconds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One class: how many durations are from `from_ns` to below `to_ns`, and its bar."""

    from_ns: int
    to_ns: int | None
    """None for the class of all that is longer."""
    count: int
    x: int
    y: float
    height: float


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """A line across the bars, at a duration that has a name."""

    name: str
    x: float


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """Where a class begins, or the last one ends, as far as it is labelled."""

    x: int
    at_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class Histogram:
    """The classes from the first to the last that is not empty."""

    columns: tuple[Column, ...]
    edges: tuple[Edge, ...] = ()
    marks: tuple[Mark, ...] = ()
    width: int = 0
    top: int = TOP
    bottom: int = TOP + HEIGHT
    height: int = TOP + HEIGHT + TOP
    bar: int = BAR


def histogram(durations_ns: Sequence[int], marked_ns: Mapping[str, int] | None = None) -> Histogram:
    """
    Return the bars of durations, the fullest as high as there is room, and lines at the durations that are marked.

    Within its class a mark stands where its logarithm does.
    """
    if not durations_ns:
        return Histogram(())
    counts = [0] * (len(EDGES_NS) + 1)
    for duration_ns in durations_ns:
        counts[bisect_right(EDGES_NS, duration_ns)] += 1
    filled = [index for index, count in enumerate(counts) if count]
    first, last, peak = filled[0], filled[-1], max(counts)
    columns = []
    for index in range(first, last + 1):
        height = max(counts[index] * HEIGHT / peak, _LEAST) if counts[index] else 0.0
        columns.append(
            Column(
                from_ns=EDGES_NS[index - 1] if index else 0,
                to_ns=EDGES_NS[index] if index < len(EDGES_NS) else None,
                count=counts[index],
                x=SIDE + (index - first) * STEP,
                y=round(TOP + HEIGHT - height, 2),
                height=round(height, 2),
            )
        )
    edges = [Edge(column.x, column.from_ns) for column in columns[::_LABELLED]]
    if len(columns) % _LABELLED == 0 and columns[-1].to_ns is not None:
        edges.append(Edge(columns[-1].x + STEP, columns[-1].to_ns))
    marks = [Mark(name, _place(columns, at_ns)) for name, at_ns in (marked_ns or {}).items()]
    return Histogram(
        tuple(columns), tuple(edges), tuple(marks), width=2 * SIDE + len(columns) * STEP
    )


def _place(columns: Sequence[Column], at_ns: int) -> float:
    """Return where a duration stands, between the first and the last of the columns."""
    for column in columns:
        if column.to_ns is None or at_ns < column.to_ns:
            low, high = max(column.from_ns, 1), column.to_ns or 2 * column.from_ns
            share = math.log(max(at_ns, low) / low) / math.log(high / low) if high > low else 0.0
            return round(column.x + BAR * min(share, 1.0), 1)
    return float(columns[-1].x + BAR)
