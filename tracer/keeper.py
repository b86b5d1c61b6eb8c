"""Hands records to the shared store, on the recorder's thread; owns the backlog while the store cannot take them."""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence

from tracer import faults, process, stores
from tracer.dispatches import Dispatch, Marker, MarkerKind, Record
from tracer.exceptions import StoreError
from tracer.recorder import recorder

logger = logging.getLogger("signalbox.tracer")

BACKLOG_CAPACITY = 20_000  # records
RETRY_S = 0.5
REFUSALS_TO_WARN = 4
LAST_S = 3.0
"""How long the end of a process may be held up by a store that refuses what is left."""

_markers = itertools.count(1)


class Keeper:
    """The way from the recorder into the store of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._backlog: deque[Record] = deque()
        self._retry_at = 0.0
        self._refusals = 0
        self._dropped = 0
        self._backlog_drops = 0
        self._ring_drops_told = 0
        self._faults_told = 0
        self.trouble: str | None = None
        """What the store said when it last refused a batch; None while it takes them."""

    @property
    def dropped(self) -> int:
        """Records that did not fit into the backlog while the store was away."""
        return self._dropped

    def begin_anew(self) -> None:
        """Forget what the parent has yet to write and to tell: in the child after a fork."""
        self._lock = threading.RLock()
        self._refusals = 0
        self._dropped = 0
        self.trouble = None
        self.begin()

    def begin(self) -> None:
        """Begin with nothing waiting; losses and faults from before the tracer was installed are not told."""
        dropped = recorder.dropped
        with self._lock:
            self._backlog.clear()
            self._retry_at = 0.0
            self._backlog_drops = 0
            self._ring_drops_told = dropped
            self._faults_told = faults.count

    def keep(self, records: Sequence[Record]) -> None:
        """Take a batch; what the store refuses waits, what does not fit while waiting is counted."""
        with self._lock:
            room = max(0, BACKLOG_CAPACITY - len(self._backlog))
            self._backlog.extend(records[:room])
            lost = sum(_dispatches_in(record) for record in records[room:])
            if lost:
                self._dropped += lost
                self._backlog_drops += lost
        self.turn()

    def turn(self) -> None:
        """Write what waits, together with markers for losses and faults that nobody has been told of."""
        # Before our lock: the recorder takes its own and then ours when it hands records on.
        dropped = recorder.dropped
        with self._lock:
            self._tell_losses(dropped)
            if not self._backlog or time.monotonic() < self._retry_at:
                return
            try:
                stores.shared().append(list(self._backlog))
            except StoreError as error:
                self._bear(error)
                return
            self._backlog.clear()
            self.trouble = None
            self._refusals = 0
            if self._backlog_drops:
                lost, self._backlog_drops = self._backlog_drops, 0
                self._backlog.append(marker("dropped", count=lost, text="the store was away"))

    def _bear(self, error: StoreError) -> None:
        self._refusals += 1
        self.trouble = str(error)
        self._retry_at = time.monotonic() + RETRY_S
        # Another process that writes much may keep it locked for a moment.
        if self._refusals == REFUSALS_TO_WARN:
            logger.warning("Signalbox cannot write its store: %s", error)

    def finish(self) -> None:
        """Write what waits, however often the store refuses it at first; for at most `LAST_S`."""
        deadline = time.monotonic() + LAST_S
        while True:
            self._retry_at = 0.0
            self.turn()
            if not self._backlog or time.monotonic() > deadline:
                return
            time.sleep(0.02)

    def _tell_losses(self, dropped: int) -> None:
        if dropped > self._ring_drops_told:
            lost = dropped - self._ring_drops_told
            self._ring_drops_told = dropped
            self._backlog.append(marker("dropped", count=lost, text="the ring was full"))
        if faults.count > self._faults_told:
            new = faults.count - self._faults_told
            self._faults_told = faults.count
            self._backlog.append(marker("fault", count=new, text=faults.last))


def _dispatches_in(record: Record) -> int:
    if type(record) is Dispatch:
        return 1
    return record.count if type(record) is Marker and record.kind == "sampled" else 0


def marker(kind: MarkerKind, *, count: int = 0, text: str = "") -> Marker:
    """Return a marker of this process for what happens now."""
    this = process.this()
    return Marker(
        id=f"{this.token}-m{next(_markers)}",
        process=this.label,
        kind=kind,
        at_us=time.time_ns() // 1000,
        count=count,
        text=text,
    )


keeper = Keeper()


@atexit.register
def keep_the_tail() -> None:
    """Hand on and write all there is; the process is about to end."""
    recorder.close()
    keeper.finish()
    stores.close_shared()


def keep_the_tail_of_a_worker() -> None:
    """Do so at the end of a process of `multiprocessing` too, which passes `atexit` by."""
    process_module = sys.modules.get("multiprocessing.process")
    if process_module is not None and process_module.parent_process() is not None:
        util = sys.modules["multiprocessing.util"]
        util.Finalize(None, keep_the_tail, exitpriority=-100)


def _begin_anew_in_child() -> None:
    keeper.begin_anew()
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        # multiprocessing forgets its finalizers first, and then calls this.
        util.register_after_fork(keeper, lambda _: keep_the_tail_of_a_worker())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew_in_child)
