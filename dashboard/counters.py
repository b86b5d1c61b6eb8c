"""Counts per signal and receiver, and dispatches a second. Owns arithmetic only; reads no store."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

from dashboard import wording
from tracer.dispatches import Counted, Dispatch, Marker, ReceiverCall

BUCKET_S = 2
BUCKETS = 150
_PROCESSES = 100


@dataclasses.dataclass(slots=True)
class Count:
    """What was seen of one signal, or of one receiver of a signal."""

    calls: int = 0
    errors: int = 0
    total_ns: int = 0
    ended: int = 0
    max_ns: int = 0
    last_us: int = 0

    @property
    def average_ns(self) -> int | None:
        """Return the mean duration of those that ended, or None when none has."""
        return self.total_ns // self.ended if self.ended else None

    def add(self, duration_ns: int | None, *, failed: bool, at_us: int, sign: int) -> None:
        """Count one call, or with `sign` -1 take it back."""
        self.calls += sign
        self.errors += sign if failed else 0
        self.last_us = max(self.last_us, at_us)
        if duration_ns is not None:
            self.ended += sign
            self.total_ns += sign * duration_ns
            self.max_ns = max(self.max_ns, duration_ns)

    def add_counted(self, counted: Counted) -> None:
        """Count what was counted already, of dispatches that are not kept."""
        self.calls += counted.calls
        self.errors += counted.errors
        self.ended += counted.ended
        self.total_ns += counted.total_ns
        self.max_ns = max(self.max_ns, counted.max_ns)
        self.last_us = max(self.last_us, counted.last_us)


@lru_cache(maxsize=1_024)
def kind_of(signal: str) -> int:
    """Return which of a bucket's figures a signal is counted in."""
    return ("model", "request", "other").index(wording.family(signal))


class Counters:
    """All counts since the window began."""

    def __init__(self) -> None:
        self.signals: dict[str, Count] = {}
        self.receivers: dict[tuple[str, str], Count] = {}
        self.buckets: dict[int, list[int]] = {}
        """By the number of the two seconds since the epoch: model, request, other, of these with an error."""
        self.processes: dict[str, int] = {}
        """When each process dispatched last, in microseconds since the epoch."""
        self.dispatches = 0
        self.left_out = 0
        """Dispatches among these that are counted only, being outside of the sample."""
        self.dropped = 0
        self.version = 0
        """Rises with every change."""

    def replace(self, before: Dispatch | None, after: Dispatch) -> None:
        """Count a dispatch; `before` is what was counted for it while it ran."""
        self.version += 1
        if before is not None:
            self._add(before, -1)
        self._add(after, 1)

    def add_left_out(self, marker: Marker) -> None:
        """Count the dispatches that are not kept, as a marker `sampled` has them."""
        self.version += 1
        self.left_out += marker.count
        self.dispatches += marker.count
        self._note_process(marker.process, marker.at_us)
        for counted in marker.counts:
            if counted.receiver is None:
                self.signals.setdefault(counted.signal, Count()).add_counted(counted)
                bucket = self._bucket(counted.last_us)
                bucket[kind_of(counted.signal)] += counted.calls
                bucket[3] += counted.errors
            else:
                key = counted.signal, counted.receiver
                self.receivers.setdefault(key, Count()).add_counted(counted)

    def rate(self, now_us: int, over_s: int = 10) -> float:
        """Return dispatches a second over the last seconds."""
        last = now_us // (BUCKET_S * 1_000_000)
        numbers = range(last - over_s // BUCKET_S, last)
        return sum(sum(self.buckets.get(number, (0,))[:3]) for number in numbers) / over_s

    def _add(self, dispatch: Dispatch, sign: int) -> None:
        failed = dispatch.error is not None
        self._note_process(dispatch.process, dispatch.started_us)
        self.dispatches += sign
        count = self.signals.get(dispatch.signal)
        if count is None:
            count = self.signals[dispatch.signal] = Count()
        count.add(dispatch.duration_ns, failed=failed, at_us=dispatch.started_us, sign=sign)
        for call in dispatch.calls:
            if call.started_ns is not None:
                self._add_call(dispatch, call, sign)
        bucket = self._bucket(dispatch.started_us)
        bucket[kind_of(dispatch.signal)] += sign
        bucket[3] += sign if failed else 0

    def _bucket(self, at_us: int) -> list[int]:
        if len(self.buckets) > 2 * BUCKETS:
            # In the order in which they came: a clock that was set back makes new ones older than those before.
            for number in list(self.buckets)[:-BUCKETS]:
                del self.buckets[number]
        return self.buckets.setdefault(at_us // (BUCKET_S * 1_000_000), [0, 0, 0, 0])

    def _note_process(self, process: str, at_us: int) -> None:
        self.processes[process] = at_us
        if len(self.processes) > _PROCESSES:
            self.processes.pop(min(self.processes, key=self.processes.__getitem__))

    def _add_call(self, dispatch: Dispatch, call: ReceiverCall, sign: int) -> None:
        key = dispatch.signal, call.receiver
        count = self.receivers.get(key)
        if count is None:
            count = self.receivers[key] = Count()
        at_us = dispatch.started_us + (call.started_ns or 0) // 1000
        count.add(call.duration_ns, failed=call.error is not None, at_us=at_us, sign=sign)
