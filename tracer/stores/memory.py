"""The store in this process's memory. Owns nothing that outlives the process; never waits."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from itertools import dropwhile, islice

from tracer.dispatches import Dispatch, Record
from tracer.exceptions import StoreError
from tracer.sieve import Sieve
from tracer.stores import Control, Stretch, in_start_order, registry_life
from tracer.stores.held import Held
from tracer.stores.lasting import Capacity


class MemoryStore:
    """Keep what `capacity` has room for; other processes see none of it."""

    def __init__(self, capacity: Capacity, *, notice: str | None = None) -> None:
        self._notice = notice
        self._lock = threading.Lock()
        self._epoch = uuid.uuid4().hex
        self._control = Control()
        self._closed = False
        self._registries: dict[str, tuple[float, bytes]] = {}
        """By process: when it was said last, and what."""
        self._records = Held(capacity)

    @property
    def name(self) -> str:
        """`memory`."""
        return "memory"

    @property
    def notice(self) -> str | None:
        """Why it is memory although the settings name another store, or None."""
        return self._notice

    @property
    def skew_us(self) -> int:
        """0: it is the same clock."""
        return 0

    @property
    def epoch(self) -> str:
        """Changes when the store is cleared."""
        self._check_open()
        return self._epoch

    def append(self, records: Sequence[Record]) -> None:
        """Keep the batch; a record with the id of an earlier one replaces it under a new cursor."""
        with self._lock:
            self._check_open()
            for record in records:
                self._records.add(record)
            self._records.trim()

    def read(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records with a cursor above `after`, oldest first."""
        with self._lock:
            self._check_open()
            newer = []
            for item in self._records.newest_first():
                if item[0] <= after:
                    break
                newer.append(item)
        return newer[::-1][: max(limit, 0)]

    def trimmed_to(self) -> int:
        """Return the cursor up to which records made room, all or but for those that outlast the rest; 0 for none."""
        with self._lock:
            self._check_open()
            return self._records.kept_to

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        """Return the last `limit` records, oldest first."""
        with self._lock:
            self._check_open()
            return list(islice(self._records.newest_first(), max(limit, 0)))[::-1]

    def before(self, cursor: int, most: int, sieve: Sieve | None = None) -> Stretch:
        """Return the last `most` records with a cursor below one: they have no wire form to be sieved by."""
        with self._lock:
            self._check_open()
            older = dropwhile(lambda item: item[0] >= cursor, self._records.newest_first())
            found = list(islice(older, max(most, 0)))
            is_end = next(older, None) is None
        return Stretch(found, found[-1][0] if found else cursor, is_end)

    def find(self, record_id: str) -> tuple[int, Record] | None:
        """Return a record with its cursor, or None when it is not kept."""
        with self._lock:
            self._check_open()
            return self._records.find(record_id)

    def tree(self, root_id: str, limit: int) -> list[Dispatch]:
        """Return at most `limit` dispatches of a tree in start order, parents before children."""
        with self._lock:
            self._check_open()
            return in_start_order(self._records.of_tree(root_id), limit)

    def in_origin(self, origin_id: str, limit: int) -> list[Dispatch]:
        """Return the same of one request, command run or test."""
        with self._lock:
            self._check_open()
            records = [record for _, record in self._records.newest_first()]
        dispatches = (record for record in records if isinstance(record, Dispatch))
        return in_start_order((one for one in dispatches if one.origin_id == origin_id), limit)

    def wait(self, timeout_s: float) -> None:
        """Return at once."""

    def count(self) -> int:
        """Return how many records are kept."""
        self._check_open()
        return len(self._records)

    def clear(self) -> None:
        """Forget all records and begin a new epoch; the control stays."""
        with self._lock:
            self._check_open()
            self._records.clear()
            self._epoch = uuid.uuid4().hex

    def control(self) -> Control:
        """Return what was set last."""
        self._check_open()
        return self._control

    def set_control(self, control: Control) -> None:
        """Set it, for this process alone."""
        self._check_open()
        self._control = control

    def set_registry(self, process: str, registry: bytes) -> None:
        """Keep what a process has connected, for whoever asks in this one; empty: it has ended."""
        with self._lock:
            self._check_open()
            self._registries.pop(process, None)
            if registry:
                self._registries[process] = (time.monotonic(), registry)

    def registries(self) -> dict[str, bytes]:
        """Return what those have connected that are heard from, by process."""
        with self._lock:
            self._check_open()
            since = time.monotonic() - registry_life.KEPT_S
            alive = {
                process: each for process, each in self._registries.items() if each[0] >= since
            }
            self._registries = alive
            return {process: alive[process][1] for process in sorted(alive)[: registry_life.MOST]}

    def close(self) -> None:
        """Forget everything; closing twice is nothing."""
        with self._lock:
            self._closed = True
            self._records.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.")
