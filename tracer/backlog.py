"""Records on their way into the store. Owns what waits and what did not fit; writes nothing."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import islice

from tracer.dispatches import Dispatch, Marker, Record

MOST_UNFINISHED = 20_000
"""Dispatches that may come again of which it is remembered whether they were taken."""


class Backlog:
    """
    A queue of at most `capacity` records, which counts each dispatch that it cannot take, once.

    Not safe for threads; whoever uses it holds the keeper's lock.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: deque[Record] = deque()
        self._unfinished: OrderedDict[str, bool] = OrderedDict()
        """By the ids of those that run, or whose transaction is open: whether they were taken."""
        self.dropped = 0
        """Dispatches that were not taken, ever."""
        self._untold = 0
        self._since_us = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether dispatches that come now are not taken."""
        return len(self._waiting) >= self._capacity

    def clear(self) -> None:
        """Forget what waits, and losses that were not told."""
        self._waiting.clear()
        self._unfinished.clear()
        self._untold = 0

    def forget_dispatches(self) -> None:
        """Keep only markers that are rows: what else waits is not wanted, nor what was lost of it."""
        rows = [one for one in self._waiting if isinstance(one, Marker) and one.kind != "sampled"]
        self.clear()
        self._waiting.extend(rows)

    def add(self, records: Sequence[Record]) -> None:
        """Take what fits. Of a dispatch that was counted as dropped, what comes later is passed over."""
        unfinished = self._unfinished
        if not unfinished and len(self._waiting) + len(records) <= self._capacity:
            # As it nearly always is: there is room, and nothing was to come again.
            self._waiting.extend(records)
            for record in records:
                if type(record) is Dispatch and (
                    record.duration_ns is None or record.transaction == "open"
                ):
                    unfinished[record.id] = True
        else:
            self._add_one_by_one(records)
        while len(unfinished) > MOST_UNFINISHED:
            unfinished.popitem(last=False)

    def _add_one_by_one(self, records: Sequence[Record]) -> None:
        for record in records:
            if type(record) is not Dispatch:
                self.tell(record)
                continue
            was_taken = self._unfinished.pop(record.id, None)
            if was_taken is not False:
                was_taken = self._take(record, is_new=was_taken is None)
            if record.duration_ns is None or record.transaction == "open":
                self._unfinished[record.id] = was_taken

    def tell(self, record: Record) -> None:
        """Take a marker, however many records wait."""
        self._waiting.append(record)

    def first(self, number: int) -> list[Record]:
        """Return the `number` records that wait longest."""
        return list(islice(self._waiting, number))

    def let_go(self, number: int) -> None:
        """Drop those from the queue: they are written."""
        if number >= len(self._waiting):
            self._waiting.clear()
            return
        for _ in range(number):
            self._waiting.popleft()

    def take_losses(self) -> tuple[int, int]:
        """Return how many dispatches were not taken since the last call, and since when, in microseconds."""
        lost, self._untold = self._untold, 0
        return lost, self._since_us

    def _take(self, record: Dispatch, *, is_new: bool) -> bool:
        """Return whether the dispatch is there: taken now, or taken before."""
        if not self.is_full:
            self._waiting.append(record)
            return True
        if is_new:
            self._since_us = self._since_us if self._untold else time.time_ns() // 1000
            self._untold += 1
            self.dropped += 1
        return not is_new
