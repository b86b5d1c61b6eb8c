"""How long the calls of one receiver took: their middle, their slow end, the slowest. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from dashboard.pictures.histogram import Histogram, histogram
from tracer.dispatches import Dispatch, ReceiverCall

SLOWEST = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Slow:
    """One of the slowest calls, and the dispatch in whose tree it stands."""

    dispatch: Dispatch
    duration_ns: int


@dataclasses.dataclass(frozen=True, slots=True)
class Durations:
    """Of the calls that have ended, as far back as dispatches are kept. All in nanoseconds."""

    calls: int
    total_ns: int
    p50_ns: int
    """Half of the calls took no longer; as are all percentiles here, the duration of one of them."""
    p95_ns: int
    histogram: Histogram
    slowest: tuple[Slow, ...]
    """The slowest first."""


def durations(calls: Iterable[tuple[Dispatch, ReceiverCall]]) -> Durations | None:
    """Return the figures of calls, or None when none of them has ended."""
    ended = [
        Slow(dispatch, call.duration_ns) for dispatch, call in calls if call.duration_ns is not None
    ]
    if not ended:
        return None
    ended.sort(key=lambda one: one.duration_ns)
    took = [one.duration_ns for one in ended]
    p50_ns, p95_ns = percentile(took, 50), percentile(took, 95)
    return Durations(
        calls=len(took),
        total_ns=sum(took),
        p50_ns=p50_ns,
        p95_ns=p95_ns,
        histogram=histogram(took, {"p50": p50_ns, "p95": p95_ns}),
        slowest=tuple(reversed(ended[-SLOWEST:])),
    )


def percentile(ordered: Sequence[int], percent: int) -> int:
    """Return the least of the ordered values that so many percent of them do not exceed (the nearest rank)."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]
