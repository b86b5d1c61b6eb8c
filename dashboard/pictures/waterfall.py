"""Bars of a tree's dispatches and receiver calls over time. Pure geometry; knows no record and no template."""

from __future__ import annotations

import dataclasses

WIDTH = 1_000
_LEAST = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar in a box that is `WIDTH` wide."""

    x: int
    width: int


def bar(start_ns: int, duration_ns: int | None, total_ns: int) -> Bar:
    """
    Return the bar of what began `start_ns` after the picture's left edge.

    None as duration means that it still runs: its bar reaches the right edge. A bar is never too
    thin to be seen, and never outside of the box.
    """
    total = max(total_ns, 1)
    x = min(max(round(start_ns * WIDTH / total), 0), WIDTH - _LEAST)
    if duration_ns is None:
        return Bar(x, WIDTH - x)
    return Bar(x, min(max(round(duration_ns * WIDTH / total), _LEAST), WIDTH - x))
