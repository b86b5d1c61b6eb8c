"""Exact counts of this process since the tracer was first installed."""

from __future__ import annotations

import dataclasses

from tracer import faults
from tracer.keeper import keeper
from tracer.recorder import recorder
from tracer.switch import switch


@dataclasses.dataclass(frozen=True, slots=True)
class Stats:
    """Counts of dispatches, and of our own failures."""

    recorded: int
    """Taken into the ring."""
    muted: int
    """Passed by because their signal is muted."""
    left_out: int
    """Taken and counted but not kept: outside of the sample that `SIGNALBOX["SAMPLE"]` asks for."""
    dropped: int
    """Lost: the ring was full, the store was away for too long, or the tracer failed with them."""
    faults: int
    """Failures of the tracer's own."""


def stats() -> Stats:
    """Return the counts as they stand, from any thread."""
    return Stats(
        recorded=recorder.taken,
        muted=switch.muted.value,
        left_out=recorder.left_out,
        dropped=recorder.dropped + recorder.failed + keeper.dropped,
        faults=faults.count,
    )
