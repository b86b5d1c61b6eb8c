"""
Hands what was written down on to the sinks: whole trees in start order, from a ring that any thread fills.

Owns the ring, one thread, and the counts of what was lost. It never runs on the thread of a dispatch, except
to start its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import repeat, starmap
from time import thread_time
from typing import TYPE_CHECKING

from tracer import context, faults, forks, naming, transcript
from tracer.locks import Stop
from tracer.naming import Tally
from tracer.outgoing import Outgoing
from tracer.running import PLACE, next_number
from tracer.sampling import Sample
from tracer.unfinished import PATIENCE_NS, Unfinished

if TYPE_CHECKING:
    from tracer.running import Running

RING_CAPACITY = 20_000  # dispatches
PERIOD_S = 0.1
BUSY = range(50, 2_000)  # dispatches
"""
So many in the ring wait for one more period. Naming and writing a batch changes threads with the site's own a
dozen times, however long the batch; fewer are somebody at the page who waits, more would soon fill the ring.
"""
MOST_ATTEMPTS = 20
"""Turns in a row that may fail with what is in hand; a memory that is full is not for ever."""
RESTS = 2
"""So many times as long as a turn took of a processor the thread rests, if that is more than the period."""


class Recorder:
    """The ring, the thread that empties it, and the trees that are not whole yet."""

    def __init__(self) -> None:
        self._outgoing = Outgoing(self.lose)
        self.sinks, self.sampled_sinks = self._outgoing.sinks, self._outgoing.sampled_sinks
        self.sample = Sample()
        self.before_flush: list[Callable[[], None]] = []
        """Called on the thread that flushes, without any lock."""
        self.every_period: list[Callable[[], None]] = []
        """Called on the recorder's thread about ten times a second."""
        self.ring: deque[Running] = deque()
        """`writing.begin` appends to it while there is room; the same object always."""
        self.capacity = RING_CAPACITY
        self._dropped = Tally()
        self.drop = self._dropped.tick
        """Counts a dispatch that finds the ring full, or the stack; no frame of ours, and the same object always."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget everything under way: at the start, and in the child after a fork."""
        # So that the next dispatch of each meets the recorder, and starts its thread.
        naming.signals.clear()
        self.ring.clear()
        self._afterwards: list[Callable[[], None]] = []
        self._unfinished = Unfinished()
        self.sample = Sample(self.sample.share)
        self.thread: threading.Thread | None = None
        self._stop = Stop()
        self._lock = threading.RLock()
        self._numbering = threading.RLock()
        """Held while ids are given, never for longer: a thread that sends may wait for it."""
        self._dropped_before = self._dropped.value
        self._read = 0
        self._failed = Tally()
        self._attempts = 0
        self._outgoing.batches.clear()

    # -- any thread --------------------------------------------------------------------------------------------

    def overflow(self) -> None:
        """Count a dispatch that finds the ring full, whose thread may have been killed."""
        self.drop()
        if self.is_down:
            self.start()

    def id_of(self, running: Running) -> str:
        """Return a dispatch's id now, and give theirs first to those that began before it."""
        with self._numbering:
            if not running.id:
                for earlier in self.ring.copy():
                    transcript.give_id(earlier)
                transcript.give_id(running)
            return running.id

    def last_number(self) -> int:
        """Return the highest number of a dispatch that began up to now; those that begin later have higher ones."""
        with self._numbering:
            for begun in self.ring.copy():
                transcript.give_id(begun)
            return next_number()

    @property
    def taken(self) -> int:
        """Dispatches that found room in the ring."""
        with self._lock:
            return self._read + len(self.ring)

    @property
    def left_out(self) -> int:
        """Dispatches that were counted and not kept, since they are outside of the sample."""
        with self._lock:
            return self.sample.left_out

    @property
    def dropped(self) -> int:
        """Dispatches that found the ring full, or the stack."""
        with self._lock:
            return self._dropped.value - self._dropped_before

    @property
    def failed(self) -> int:
        """Dispatches that a fault of the tracer's own has lost."""
        with self._lock:
            return self._failed.value

    def lose(self, number: int) -> None:
        """Count dispatches that were lost by a fault of the tracer's own."""
        for _ in range(number):
            self._failed.tick()

    def flush(self, *, even_running: bool = False) -> None:
        """Hand on now, on the caller's thread, whatever is whole; with `even_running`, what is not whole too."""
        for call in list(self.before_flush):
            call()
        with self._lock:
            afterwards, self._afterwards = self._afterwards, []
            self._turn(patience_ns=0 if even_running else PATIENCE_NS)
            if markers := self.sample.take(now=even_running):
                self._outgoing.hand_on_sampled(markers)
            naming.let_go()
            for call in afterwards:
                call()

    def hand_on_before(self, call: Callable[[], None], *, is_behind: bool = False) -> None:
        """
        Do something once all that began up to now is handed on, but for what still runs.

        At once where that is little, and those behind the recorder are not behind; else on the recorder's thread,
        for whoever asks must not wait for it.
        """
        has_thread = self.thread is not None and not self._stop.is_set()
        is_much = is_behind or self._afterwards or len(self.ring) >= BUSY.stop
        if has_thread and (is_much or not self._lock.acquire(blocking=False)):
            self._afterwards.append(call)
            return
        try:
            self.flush()
            call()
        finally:
            if has_thread:
                self._lock.release()

    def forget_transactions(self) -> None:
        """Wait for the outcome of none any more: nobody hears of it."""
        with self._lock:
            self._unfinished.forget_transactions()

    def start(self) -> None:
        """Start the thread, unless it runs or has ended for good, or Python is ending and starts none any more."""
        with self._lock:
            if self.is_down:
                thread = threading.Thread(target=self._run, name="signalbox-recorder", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    # As Python 3.12 does from before `atexit`. `close` is yet to come, and hands on the ring.
                    if threading.main_thread().is_alive():
                        raise
                else:
                    self.thread = thread

    @property
    def is_down(self) -> bool:
        """Whether there is to be a thread and is none; one that was killed may not have come to say so."""
        thread = self.thread
        return (thread is None or not thread.is_alive()) and not self._stop.is_set()

    # -- the recorder's thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            stop = self._stop
            has_waited = False
            # Who started it may have failed after that, deep down in a recursion.
            this = threading.current_thread()
            if self.is_down:
                self.thread = this
            if self.thread is not this:
                return
            rest_s = PERIOD_S
            while not stop.wait(rest_s):
                began_s = thread_time()
                has_waited = not has_waited and len(self.ring) in BUSY
                try:
                    if has_waited:
                        with self._lock:
                            naming.let_go()
                    else:
                        self.flush()
                    for call in self.every_period:
                        call()
                except Exception:  # noqa: BLE001
                    faults.report("handing on what was recorded")
                # In a flood the site is to have its processor, and whoever presses stop an answer.
                rest_s = max(PERIOD_S, RESTS * (thread_time() - began_s))
        except BaseException:  # noqa: BLE001
            faults.report("running the recorder's thread")
        finally:
            if self.thread is threading.current_thread() and not self._stop.is_set():
                # The next dispatch of any signal starts another.
                self.thread = None
                naming.signals.clear()

    def _turn(self, patience_ns: int) -> None:
        # What a turn has in hand as it fails, or as its thread is killed, is there for the next one.
        try:
            self._sort_in()
            self._outgoing.hand_on()
            if self._unfinished:
                self._take_from_trees(patience_ns)
                self._outgoing.hand_on()
        except Exception:
            self._attempts += 1
            if self._attempts >= MOST_ATTEMPTS:
                self._give_up()
            raise
        self._attempts = 0

    def _take_from_trees(self, patience_ns: int) -> None:
        """Put what is to be handed on into a batch, with what is kept of it."""
        transcript.begin_turn()
        is_held = self.sample.holds if self.sample.share < 1 else None
        batch, again, left = self._unfinished.ready(patience_ns, is_held)
        if self.sample.share < 1:
            kept = self.sample.sift(batch) + [
                running for running in again if transcript.root_of(running).is_kept is not False
            ]
            batch = batch + again if self.sinks else kept
        else:
            kept = batch = batch + again
        # Without a call between them, which could fail: none is to be handed on twice.
        self._outgoing.batches.append((batch, kept))
        self._unfinished.trees = left
        self._unfinished.wait_for(batch)

    def _sort_in(self) -> None:
        """Give ids to what has begun, and put it among the trees."""
        ring, begun = self.ring, self._unfinished.begun
        with self._numbering:
            number = len(ring)
            # In one call of C, between whose steps no thread can be killed.
            begun.extend(starmap(ring.popleft, repeat((), number)))
            self._read += number
            transcript.give_ids(begun)
        self._unfinished.sort_in()

    def _give_up(self) -> None:
        """Let go of what turn after turn has failed with, and count it."""
        lost = [*self._unfinished.give_up(), *self._outgoing.give_up()]
        self._attempts = 0
        self.lose(len({id(running) for running in lost}))

    # -- the end -----------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Hand on everything, running or not, and end the thread for good: the process is about to end."""
        self._stop.set()
        thread = self.thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=1.0)
        self.flush(even_running=True)
        # Not None again: a thread that is started from here on may never run, and its starter wait for it.
        self.thread = thread or threading.current_thread()


recorder = Recorder()


def _before_fork() -> None:
    """Give what runs on this thread its ids, so that what the child dispatches in it has them too."""
    try:
        running, _, origin, _ = context.found(PLACE.get())
        if running is not None:
            recorder.id_of(running)
        if origin is not None:
            transcript.name_origin(origin)
    except Exception:  # noqa: BLE001
        faults.report("preparing for a fork")


forks.around(before=_before_fork, after_in_child=recorder.begin_anew)
