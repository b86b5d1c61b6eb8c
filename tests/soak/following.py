"""Reads along what the store takes, and remembers whose dispatches it has seen. Writes nothing."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections import Counter
from contextlib import closing

from tests.soak.agreed import CAPACITY, COUNTER
from tracer.dispatches import Dispatch, Marker
from tracer.exceptions import StoreError
from tracer.process import parts_of
from tracer.stores import open_store

PERIOD_S = 0.2
_AT_ONCE = 5_000


class Follower(threading.Thread):
    """A reader of its own, far faster than the store makes room; `catch_up` may be called from any thread."""

    def __init__(self, url: str) -> None:
        super().__init__(name="follower", daemon=True)
        self.cursor = 0
        self._url = url
        self._store = open_store(url, CAPACITY)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._seen: dict[int, bytearray] = {}
        """By pid: a byte for each number of a dispatch, 1 where it was seen."""
        self._number: Counter[int] = Counter()
        self._unheard: dict[int, set[int]] = {}
        """By pid: numbers of dispatches that ended before the receiver that counts was called."""
        self._firsts = array("Q")
        """The cursors under which dispatches were seen first, ascending."""
        self._markers: dict[str, Marker] = {}
        self._begins: dict[str, int] = {}
        """By epoch: the cursor behind which it begins."""

    def run(self) -> None:
        """Read until the end."""
        while not self._ended.wait(PERIOD_S):
            self.catch_up()

    def catch_up(self) -> None:
        """Read all there is."""
        with self._lock:
            try:
                while batch := self._store.read(self.cursor, _AT_ONCE):
                    for cursor, record in batch:
                        self._take(cursor, record)
                    self.cursor = batch[-1][0]
            except StoreError:
                return  # The next time.

    def seen(self) -> Counter[int]:
        """Return how many dispatches of each process were seen, by its pid."""
        with self._lock:
            return Counter(self._number)

    def unheard(self) -> Counter[int]:
        """
        Return how many dispatches of each process ended before the receiver that counts was called, by its pid.

        A server that ends takes requests for as long as its loop runs, and calls nobody for them any more: the
        threads for sync receivers are gone.
        """
        with self._lock:
            return Counter({pid: len(numbers) for pid, numbers in self._unheard.items()})

    def told(self, *kinds: str) -> Counter[int]:
        """Return what the markers of some kinds count, by the pid of whose process."""
        found: Counter[int] = Counter()
        with self._lock:
            for marker in self._markers.values():
                if marker.kind in kinds:
                    found[_pid(marker.process)] += marker.count
        return found

    def note_epoch(self) -> None:
        """Take it that an epoch begins here: the feed was cleared, and nobody has dispatched since."""
        self.catch_up()
        self._begins[self._store.epoch] = self.cursor

    def first_seen(self, epoch: str, after: int, until: int) -> int:
        """Return how many dispatches of an epoch were seen first above a cursor, up to another one."""
        # A page that begins with an empty feed stands at 0.
        after = max(after, self._begins.get(epoch, 0))
        with self._lock:
            return bisect_right(self._firsts, until) - bisect_right(self._firsts, after)

    def kept(self) -> int:
        """Return how many dispatches the store keeps now."""
        with closing(open_store(self._url, CAPACITY)) as store:
            records = [record for _, record in store.newest(4 * CAPACITY)]
        return sum(isinstance(record, Dispatch) for record in records)

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        if self.is_alive():
            self.join()
        self._store.close()

    def _take(self, cursor: int, record: Dispatch | Marker) -> None:
        if isinstance(record, Marker):
            self._markers[record.id] = record
            return
        pid, number = _pid(record.process), int(record.id.rpartition("-")[2])
        seen = self._seen.setdefault(pid, bytearray())
        if number >= len(seen):
            seen.extend(bytes(number + 10_000 - len(seen)))
        if not seen[number]:
            seen[number] = 1
            self._number[pid] += 1
            self._firsts.append(cursor)
        unheard = self._unheard.setdefault(pid, set())
        if _is_unheard(record):
            unheard.add(number)
        else:
            unheard.discard(number)


def _is_unheard(record: Dispatch) -> bool:
    # One that is still running as its process ends is never told of again.
    return record.state != "ok" and any(
        call.receiver == COUNTER and call.started_ns is None for call in record.calls
    )


def _pid(process: str) -> int:
    return int(parts_of(process)[1])
