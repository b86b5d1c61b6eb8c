"""Hands records to the shared store, on the recorder's thread; owns the backlog while the store cannot take them."""

from __future__ import annotations

import atexit
import itertools
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from tracer import faults, forks, process, stores
from tracer.backlog import Backlog
from tracer.dispatches import Dispatch, Marker, MarkerKind, Record
from tracer.exceptions import SettingError, StoreError
from tracer.publishing import publisher
from tracer.recorder import recorder
from tracer.time_of_day import time_of_day

logger = logging.getLogger("signalbox.tracer")

BACKLOG_CAPACITY = 20_000  # records
BATCH = 1_000  # records
"""Written at once; a store that takes them slowly is not asked for more than it can answer in time."""
TURN_S = 0.5
"""For so long a turn writes batches; the rest is written in the next, when the ring has been emptied."""
RETRY_S = 0.5
REFUSALS_TO_WARN = 4
SKEW_US = 500_000
"""How far a machine's clock may be from the store's, or from where it was, without a marker."""
LAST_S = 3.0
"""How long the end of a process may be held up by a store that refuses what is left."""

_markers = itertools.count(1)


class Keeper:
    """The way from the recorder into the store of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._backlog = Backlog(BACKLOG_CAPACITY)
        self._retry_at = 0.0
        self._refusals = 0
        self._ring_drops_told = 0
        self._failures_told = 0
        self._faults_told = 0
        self._skew_told_us = 0
        self._set_back_told_ns = 0
        self._has_asked = False
        self._unwanted_to = 0
        self.look: Callable[[], None] = lambda: None
        """Finds out whether there is recording, before anything is written; set by `control.py`."""
        self.before_end: Callable[[], None] = lambda: None
        """Has the last word of this process; set by `control.py`."""
        self.trouble: str | None = None
        """What the store said when it last refused a batch; None while it takes them."""

    @property
    def dropped(self) -> int:
        """Records that did not fit into the backlog while the store was away."""
        return self._backlog.dropped

    @property
    def notice(self) -> str | None:
        """A sentence for the page, once the store has refused several batches in a row; None while it takes them."""
        trouble = self.trouble
        if trouble is None or self._refusals < REFUSALS_TO_WARN:
            return None
        return f"{trouble} What this process has recorded since then waits to be written."

    @property
    def is_behind(self) -> bool:
        """Whether more waits than is written at once."""
        return len(self._backlog) > BATCH

    def begin_anew(self) -> None:
        """Forget what the parent has yet to write and to tell: in the child after a fork."""
        self._lock = threading.RLock()
        self._refusals = 0
        self._backlog = Backlog(BACKLOG_CAPACITY)
        self.trouble = None
        self.begin()

    def begin(self) -> None:
        """Begin with nothing waiting; losses and faults from before the tracer was installed are not told."""
        dropped, failed = recorder.dropped, recorder.failed
        with self._lock:
            self._backlog.clear()
            self._retry_at = 0.0
            self._ring_drops_told = dropped
            self._failures_told = failed
            self._faults_told = faults.count
            self._set_back_told_ns = time_of_day.set_back_ns
            self._has_asked, self._unwanted_to = False, 0

    def ask(self) -> None:
        """
        Find out whether there is recording, unless that is known; until then nothing is written.

        Not to be called with a lock held: the way there is over those of the control and the recorder.
        """
        if self._has_asked or time.monotonic() < self._retry_at:
            return
        try:
            self.look()
        except (StoreError, SettingError) as error:
            with self._lock:
                self._bear(error)
            return
        self._has_asked = True

    def refuse(self, number: int) -> None:
        """Keep none of the dispatches of this process up to a number, whenever they end."""
        with self._lock:
            self._unwanted_to = number
            self._backlog.forget_dispatches()

    def keep(self, records: Sequence[Record]) -> None:
        """Take a batch; what the store refuses waits, what does not fit while waiting is counted."""
        with self._lock:
            if self._unwanted_to:
                records = [one for one in records if not self._is_unwanted(one)]
            self._backlog.add(records)
        try:
            self.turn()
        except Exception:  # noqa: BLE001
            # They are taken, and wait.
            faults.report("writing what was recorded")

    def turn(self) -> None:
        """Write what waits, together with markers for losses and faults that nobody has been told of."""
        # Before our lock: the recorder takes its own and then ours when it hands records on.
        dropped, failed = recorder.dropped, recorder.failed
        with self._lock:
            stores.leave_stand_in()
            self._tell_losses(dropped, failed)
            if not self._has_asked or not self._backlog or time.monotonic() < self._retry_at:
                return
            try:
                self._write()
            except StoreError as error:
                self._bear(error)
                return
            self.trouble = None
            self._refusals = 0

    def _write(self) -> None:
        """Write what waits, the oldest first, and after it how much did not fit while it waited."""
        store = stores.shared()
        deadline = time.monotonic() + TURN_S
        while self._backlog:
            batch = self._backlog.first(BATCH)
            store.append(batch)
            self._backlog.let_go(len(batch))
            self._tell_skew(store.skew_us)
            if not self._backlog:
                self._tell_backlog_losses()
            if time.monotonic() > deadline:
                return

    def _bear(self, error: StoreError | SettingError) -> None:
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
            if self._backlog:
                self.ask()
            self.turn()
            if not self._backlog:
                return
            if time.monotonic() > deadline:
                self.leave()
                return
            time.sleep(0.02)

    def leave(self) -> None:
        """Say how many records are lost with the process, which ends now."""
        if self._backlog:
            logger.warning(
                "Signalbox ends without %d records: %s", len(self._backlog), self.trouble
            )

    def _is_unwanted(self, record: Record) -> bool:
        is_dispatch = isinstance(record, Dispatch)
        return is_dispatch and int(record.id.rpartition("-")[2]) <= self._unwanted_to

    def _tell_skew(self, skew_us: int) -> None:
        if abs(skew_us - self._skew_told_us) < SKEW_US:
            return
        self._skew_told_us = skew_us if abs(skew_us) >= SKEW_US else 0
        self._backlog.tell(marker("clock", text=_skew_text(self._skew_told_us)))

    def _tell_backlog_losses(self) -> None:
        lost, since_us = self._backlog.take_losses()
        if lost:
            why = "the store was away" if self.trouble else "the store did not keep up"
            told = marker("dropped", count=lost, text=why)
            # At their place in time, which is before what is recorded from now on.
            told = msgspec.structs.replace(told, at_us=since_us, until_us=told.at_us)
            self._backlog.tell(told)

    def _tell_losses(self, dropped: int, failed: int) -> None:
        if self._backlog.is_full:
            return  # Later: they would be as many as there are turns.
        set_back_ns = time_of_day.set_back_ns
        if set_back_ns - self._set_back_told_ns >= SKEW_US * 1000:
            by_s = (set_back_ns - self._set_back_told_ns) / 1e9
            self._backlog.tell(marker("clock", text=f"was set back by {by_s:.1f} s"))
            self._set_back_told_ns = set_back_ns
        if dropped > self._ring_drops_told:
            lost = dropped - self._ring_drops_told
            self._backlog.tell(marker("dropped", count=lost, text="the ring was full"))
            self._ring_drops_told = dropped
        if failed > self._failures_told:
            lost = failed - self._failures_told
            self._backlog.tell(marker("dropped", count=lost, text="Signalbox failed"))
            self._failures_told = failed
        if faults.count > self._faults_told:
            count = faults.count
            self._backlog.tell(marker("fault", count=count - self._faults_told, text=faults.last))
            self._faults_told = count


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


def _skew_text(skew_us: int) -> str:
    if not skew_us:
        return "agrees with the store's"
    return f"is {abs(skew_us) / 1e6:.1f} s {'ahead of' if skew_us > 0 else 'behind'} the store's"


keeper = Keeper()


@atexit.register
def keep_the_tail() -> None:
    """Hand on and write all there is; the process is about to end, and nothing that comes of it may be seen."""
    try:
        recorder.close()
        keeper.before_end()
        keeper.finish()
        publisher.withdraw()
        stores.close_shared()
    except Exception:  # noqa: BLE001
        faults.report("keeping the tail")
    except BaseException:  # noqa: BLE001
        # Somebody pressed Ctrl+C, or sent what a handler of the host's makes an exit of: the end is not held up.
        keeper.leave()


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


forks.in_child(_begin_anew_in_child)
