"""Durations in classes that grow as 1, 2, 5, 10, as bars. Pure geometry; knows no record and no template."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence

HEIGHT = 48
STEP = 20
BAR = 16
_LEAST = 1.5
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
class Histogram:
    """The classes from the first to the last that is not empty."""

    columns: tuple[Column, ...]
    width: int
    height: int = HEIGHT
    bar: int = BAR


def histogram(durations_ns: Sequence[int]) -> Histogram:
    """Return the bars of durations, the fullest as high as the box."""
    if not durations_ns:
        return Histogram((), 0)
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
                x=(index - first) * STEP,
                y=round(HEIGHT - height, 2),
                height=round(height, 2),
            )
        )
    return Histogram(tuple(columns), len(columns) * STEP)
