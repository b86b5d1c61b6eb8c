"""Counts of who sends which signal, and which receiver dispatches which in turn. Arithmetic only; draws nothing."""

from __future__ import annotations

import re
from functools import lru_cache

from dashboard.counters import Count
from tracer.dispatches import Dispatch

MOST = 2_000
"""Pairs of each kind that are told apart; all others are counted together, as `OTHERS`."""
OTHERS = "…"
NO_SENDER = "None"
NO_ORIGIN = "outside"
_VARIABLE = re.compile(
    r"(?<=/)(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})(?=/|$)"
)

Pairs = dict[tuple[str, str], Count]


class Traffic:
    """
    Counts since the window began, of pairs that the map draws as edges.

    What receivers were called by a signal stands in `Counters.receivers`. Not safe for threads.
    """

    def __init__(self) -> None:
        self.senders: Pairs = {}
        """By sender (`None` for none) and signal."""
        self.origins: Pairs = {}
        """By origin, as `origin_kind` has it, and signal."""
        self.caused: Pairs = {}
        """By the receiver that made the dispatch, and its signal."""

    def add(self, dispatch: Dispatch, caller: str | None, sign: int) -> None:
        """Count a dispatch, or with `sign` -1 take it back; `caller` is the receiver that made it, or None."""
        _add(self.senders, (dispatch.sender or NO_SENDER, dispatch.signal), dispatch, sign)
        _add(self.origins, (origin_kind(dispatch.origin), dispatch.signal), dispatch, sign)
        if caller is not None:
            _add(self.caused, (caller, dispatch.signal), dispatch, sign)


@lru_cache(maxsize=1_024)
def origin_kind(origin: str | None) -> str:
    """Return an origin with numbers in its path as `*`, which the filter reads as anything."""
    return NO_ORIGIN if origin is None else _VARIABLE.sub("*", origin)


def _add(pairs: Pairs, pair: tuple[str, str], dispatch: Dispatch, sign: int) -> None:
    count = pairs.get(pair)
    if count is None:
        # No pair is ever taken out, so a dispatch is taken back where it was counted.
        key = pair if len(pairs) < MOST else (OTHERS, OTHERS)
        count = pairs.setdefault(key, Count())
    count.add(
        dispatch.duration_ns,
        failed=dispatch.error is not None,
        at_us=dispatch.started_us,
        sign=sign,
    )
