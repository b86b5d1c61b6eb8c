"""Whether a request, command run, task or test is over, so that its picture need not be drawn again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.dispatches import Dispatch

LINGERS_US = 10_000_000
"""How long what an origin set off may be awaited after its end: the outcome of a transaction, a task that begins."""
QUIET_US = 60_000_000
"""After so long without a dispatch an origin counts as over of which nobody says that it ended."""
_ENDS = (".request_finished", ".task_finished")


def has_ended(dispatches: Sequence[Dispatch], now_us: int) -> bool:
    """Return whether nothing more is to be expected of an origin's dispatches."""
    if any(one.duration_ns is None or one.transaction == "open" for one in dispatches):
        return False
    last_us = max((_ended_us(one) for one in dispatches), default=0)
    is_told = any(one.signal.endswith(_ENDS) for one in dispatches)
    return now_us - last_us > (LINGERS_US if is_told else QUIET_US)


def _ended_us(dispatch: Dispatch) -> int:
    return dispatch.started_us + (dispatch.duration_ns or 0) // 1_000
