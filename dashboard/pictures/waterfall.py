"""Bars of a tree's dispatches and receiver calls over time. Pure geometry; knows no record and no template."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

WIDTH = 1_000
_LEAST = 3
_STEPS = (1, 2, 5)
_MOST_TICKS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar in a box that is `WIDTH` wide."""

    x: int
    width: int

    @property
    def right(self) -> int:
        """Return where it ends."""
        return self.x + self.width


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """A line of the time axis."""

    x: int
    at_ns: int

    @property
    def percent(self) -> str:
        """Return where it stands, as SVG wants it of a box without a scale of its own."""
        return f"{self.x * 100 / WIDTH:g}%"


def bar(start_ns: int, duration_ns: int | None, total_ns: int, inside: Bar | None = None) -> Bar:
    """
    Return the bar of what began `start_ns` after the picture's left edge.

    None as duration means that it still runs: its bar reaches the right edge. A bar is never too
    thin to be seen, and never outside of the box, nor of the bar that it is `inside` of.
    """
    left, right = (0, WIDTH) if inside is None else (inside.x, inside.right)
    total = max(total_ns, 1)
    least = min(_LEAST, right - left)
    x = min(max(_scaled(start_ns, total), left), right - least)
    if duration_ns is None:
        return Bar(x, right - x)
    end = _scaled(start_ns + duration_ns, total)
    return Bar(x, min(max(end - x, least), right - x))


def hollow(after: Bar | None, inside: Bar) -> Bar:
    """Return the place of what was never reached: where the call before it ended, as far as there is room."""
    x = inside.x if after is None else after.right
    width = 24
    return Bar(min(max(x, inside.x), WIDTH - width), width)


def ticks(total_ns: int) -> tuple[Tick, ...]:
    """Return the lines of the time axis: round moments, from the left edge on, five at most."""
    total = max(total_ns, 1)
    step = next(
        size * 10**power
        for power in range(30)
        for size in _STEPS
        if total <= size * 10**power * _MOST_TICKS
    )
    return tuple(Tick(_scaled(at, total), at) for at in range(step, total, step))


def marks(starts_ns: Iterable[int], total_ns: int, inside: Bar) -> str:
    """Return the SVG path of what happened at moments within a bar, such as queries; each place once."""
    total = max(total_ns, 1)
    places = {min(max(_scaled(at, total), inside.x), inside.right) for at in starts_ns}
    return "".join(f"M{x} 3v10" for x in sorted(places))


def covered_ns(spans_ns: Iterable[tuple[int, int]], within: tuple[int, int]) -> int:
    """Return how much of an extent spans cover; spans are begin and end, and what overlaps counts once."""
    covered, reached = 0, within[0]
    for begin, end in sorted(spans_ns):
        start, stop = max(begin, reached), min(end, within[1])
        if stop > start:
            covered += stop - start
            reached = stop
    return covered


def _scaled(ns: int, total_ns: int) -> int:
    return round(ns * WIDTH / total_ns)
