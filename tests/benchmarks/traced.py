"""The tracer in place, as a site has it, and its recorder brought up to date outside of what is timed."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import tracer
from tests.benchmarks import subjects
from tracer import conf, control, stores
from tracer.dispatches import Record
from tracer.recorder import recorder


@contextmanager
def in_place() -> Iterator[None]:
    """Have the tracer installed inside."""
    tracer.install()
    try:
        yield
    finally:
        tracer.uninstall()


def bring_up_to_date() -> None:
    """Do on this thread, outside of what is timed, what the recorder's would do next."""
    recorder.flush()


def time_of_handing_on(work: Callable[[], object]) -> int | None:
    """
    Do some work, then the recorder's on this thread, and return the nanoseconds of processor time the latter took.

    None when the recorder's own thread was there first.
    """
    threads = set()

    def note(records: Sequence[Record]) -> None:
        threads.add(threading.get_ident())

    bring_up_to_date()
    recorder.sinks.append(note)
    try:
        work()
        began_ns = time.thread_time_ns()
        bring_up_to_date()
        taken_ns = time.thread_time_ns() - began_ns
    finally:
        recorder.sinks.remove(note)
    return taken_ns if threads == {threading.get_ident()} else None


def recorded(measure: Callable[[], float], at_least: int) -> Callable[[], float]:
    """
    Return the measure, after which what it recorded is handed on: no sample finds the last one's in the ring.

    Raise `RuntimeError` when less was recorded, or something dropped: then nothing was compared.
    """

    @functools.wraps(measure)
    def measured() -> float:
        before = tracer.stats()
        taken = measure()
        after = tracer.stats()
        bring_up_to_date()
        if after.recorded - before.recorded < at_least or after.dropped != before.dropped:
            raise RuntimeError(f"not all of {at_least} dispatches were recorded: {after}")
        return taken

    return measured


def stopped(measure: Callable[[], float]) -> Callable[[], float]:
    """Return the measure, with recording stopped."""

    @functools.wraps(measure)
    def measured() -> float:
        control.set_recording(False)
        try:
            return measure()
        finally:
            control.set_recording(True)

    return measured


def newest_cursor() -> int:
    """Return the cursor of the newest record in the store, which rises by one with each record."""
    newest = stores.shared().newest(1)
    return newest[0][0] if newest else 0


def wait_until_stored(cursor: int, timeout_s: float = 30.0) -> None:
    """Wait for the recorder's own thread to have everything up to a cursor in the store; asks fifty times a second."""
    deadline = time.monotonic() + timeout_s
    while newest_cursor() < cursor:
        if time.monotonic() > deadline:
            raise RuntimeError(f"not in the store after {timeout_s} s: {tracer.stats()}")
        time.sleep(0.02)


def fill_store() -> None:
    """Record until the store is full: in a site that has run for a while, old rows make room for each new one."""
    capacity = conf.current().CAPACITY
    # Some of it is freed as it is reached, so a count may never find it quite full.
    while stores.shared().count() < capacity * 0.9:
        subjects.send(subjects.unconnected, 5_000)
        bring_up_to_date()


def dispatches_of(work: Callable[[], object]) -> int:
    """Return how many dispatches some work makes; the store may hear of one twice, once its transaction has ended."""
    before = tracer.stats().recorded
    work()
    return tracer.stats().recorded - before
