"""A fault of ours, at whatever step, never reaches the host, is counted, and is shown."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.dispatch import Signal

import tracer
from tests.conftest import WaitUntil
from tests.tracer.invisible import programs
from tests.tracer.invisible.topologies import METHODS
from tracer import faults, naming, signal_names
from tracer.dispatches import Dispatch, Marker
from tracer.recorder import recorder
from tracer.stores import Store

OURS = str(Path(tracer.__file__).parent)
# The seam, where faults are caught, the frames that stand in Django's place, and plain records: what fails in
# these is the interpreter itself. What runs amid the report of a fault is the last line.
SEAM = (
    "instrument.py",
    "mirror.py",
    "calling.py",
    "cursors.py",
    "writing.py",
    "routing.py",
    "running.py",
    "connections.py",
    "_compat.py",
    "faults.py",
)
IN_DJANGOS_PLACE = (
    "said",
    "_end",
    "_commit_around",
    "_rollback_around",
    "_begin_around",
    "_Watched",
)


class InjectedError(Exception):
    pass


def is_behind_the_seam(code: CodeType) -> bool:
    # What the interpreter calls by itself, as a weak reference dies or a generator is let go, cannot fail but there.
    # Those of `transactions.py` are called where Django's own were, and hold the seam themselves.
    is_called = code.co_name not in ("forget", "<genexpr>")
    is_called = is_called and code.co_qualname.partition(".")[0] not in IN_DJANGOS_PLACE
    return is_called and code.co_filename.startswith(OURS) and not code.co_filename.endswith(SEAM)


def fail_at(number: int, act: Callable[[], Any]) -> tuple[Any, CodeType | None]:
    """Let the `number`th call of a function of ours behind the seam fail; None when there are not so many."""
    calls = 0
    failed: CodeType | None = None

    def trace(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls, failed
        if failed is None and is_behind_the_seam(frame.f_code):
            calls += 1
            if calls == number:
                failed = frame.f_code
                raise InjectedError

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        outcome = act()
    finally:
        sys.settrace(before)
    return outcome, failed


def each_failure(act: Callable[[], Any]) -> Iterator[tuple[Any, CodeType]]:
    for number in range(1, 2000):
        outcome, failed = fail_at(number, act)
        if failed is None:
            return
        yield outcome, failed
    raise AssertionError("there is no end of it")


@pytest.fixture(autouse=True)
def _many_faults_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "LIMIT", 1_000_000)
    monkeypatch.setattr(logging.getLogger("signalbox.tracer"), "disabled", True)


def answer(**_: object) -> int:
    return 1


async def answer_later(**_: object) -> int:
    return 2


def fails(**_: object) -> None:
    raise ValueError("no")


class Thing:
    pass


named = Signal()
named.connect(answer)
cached = Signal(use_caching=True)


@pytest.mark.parametrize("method", METHODS)
def test_fault_in_any_function_left_of_the_ring_leaves_the_answer_alone(
    method: str, installed_store: Store
) -> None:
    steps = set()

    def act() -> Any:
        # New ones each time, so that nothing is known of them.
        signal, sender = Signal(), type("Sender", (Thing,), {})
        for receiver in (answer, answer_later, *([fails] if method.endswith("robust") else [])):
            signal.connect(receiver)
        answers: Any = getattr(signal, method)(
            sender, instance=Thing(), kind=Thing, password="p", number=1
        )
        if method.startswith("a"):
            # In this thread, where functions are made to fail.
            answers = asyncio.run(answers)
        return [(receiver, str(response)) for receiver, response in answers]

    expected = act()
    assert len(expected) >= 2
    counted = tracer.stats().faults
    for outcome, failed in each_failure(act):
        assert outcome == expected, failed
        assert tracer.stats().faults > counted, failed
        counted = tracer.stats().faults
        steps.add(failed.co_name)
    # Whatever the functions are called, there are some to fail.
    assert len(steps) >= 4


def test_fault_on_a_known_route_leaves_the_answer_alone(installed_store: Store) -> None:
    cached.connect(answer, sender=Thing)
    signal_names.scan(force=True)
    shapes: list[dict[str, Any]] = [
        {"number": 1},
        {"number": 1},
        {"other": Thing(), "password": "p"},
    ]

    def act() -> Any:
        naming.signals.pop(id(cached), None)
        return [cached.send(Thing, **named) for named in shapes * 2]

    expected = act()
    assert expected[0] == [(answer, 1)]
    assert naming.signals[id(cached)].routes_by_id
    failures = 0
    for outcome, failed in each_failure(act):
        assert outcome == expected, failed
        failures += 1
    assert failures > 10
    cached.disconnect(answer, sender=Thing)


def test_fault_in_the_origin_of_a_request_leaves_the_request_alone(installed_store: Store) -> None:
    heard: list[object] = []

    def hears(sender: object, **_: object) -> None:
        heard.append(sender)

    signals = (request_started, request_finished)
    # Django's own, which look after the database, are put aside.
    before = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = []
        signal.connect(hears)
    try:

        def act() -> int:
            heard.clear()
            environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/a/"}
            request_started.send(Thing, environ=environ)
            Signal().send(Thing)
            request_finished.send(Thing)
            return len(heard)

        for outcome, failed in each_failure(act):
            assert outcome == 2, failed
    finally:
        for signal, receivers in zip(signals, before, strict=True):
            signal.receivers = receivers


def send_and_hand_on() -> None:
    named.send(Thing, instance=Thing(), kind=Thing)
    try:
        recorder.flush(even_running=True)
    except InjectedError:
        # At the very start of a turn, where the thread's own loop catches it; we called it ourselves.
        faults.report("flushing")


def lost_in(store: Store) -> int:
    """Return how many dispatches the store's rows say are lost."""
    told = [m for _, m in store.newest(5000) if isinstance(m, Marker)]
    assert {m.kind for m in told} <= {"fault", "dropped"}
    assert all(m.text for m in told)
    return sum(m.count for m in told if m.kind == "dropped")


def test_fault_in_any_function_right_of_the_ring_is_counted_and_told(
    installed_store: Store, wait_until: WaitUntil
) -> None:
    steps = set()
    recorded, dropped = tracer.stats().recorded, tracer.stats().dropped
    with recorder._lock:
        before = tracer.stats().faults
        number = 0
        for number, (_, failed) in enumerate(each_failure(send_and_hand_on), start=1):  # noqa: B007
            steps.add(failed.co_name)
            assert tracer.stats().faults > before, failed
    assert number >= 10
    assert len(steps) >= 6
    recorder.flush()

    def is_accounted_for() -> bool:
        lost, stats = lost_in(installed_store), tracer.stats()
        assert stats.dropped - dropped >= lost
        return count_in(installed_store) + lost == stats.recorded - recorded

    # Each that found room in the ring is stored, or a row says that it was lost.
    wait_until(is_accounted_for)


def test_two_faults_in_a_row_lose_nothing_uncounted_and_count_nothing_that_is_there(
    installed_store: Store,
) -> None:
    with recorder._lock:
        for first in range(1, 2_000):
            for second in range(1, 40):
                before = tracer.stats().recorded
                _, failed = fail_at(first, send_and_hand_on)
                if failed is None:
                    assert first > 10
                    return
                _, failed_next = fail_at(second, send_and_hand_on)
                for _ in range(3):
                    send_and_hand_on()
                there = count_in(installed_store) + lost_in(installed_store)
                assert there == tracer.stats().recorded - before, (failed, failed_next)
                installed_store.clear()
    raise AssertionError("there is no end of it")


def test_recorders_thread_that_is_killed_is_started_anew(
    installed_store: Store, wait_until: WaitUntil
) -> None:
    signal = Signal()
    signal.send("before")
    wait_until(lambda: count_in(installed_store) == 1)
    thread = recorder.thread
    assert thread is not None
    assert thread.ident is not None
    before = tracer.stats().faults
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
    )
    wait_until(lambda: not thread.is_alive())
    assert tracer.stats().faults == before + 1
    signal.send("after")
    wait_until(lambda: count_in(installed_store) == 2)
    assert recorder.thread is not thread
    wait_until(lambda: "fault" in kinds_in(installed_store))


def test_thread_that_cannot_be_started_is_a_fault_and_starts_when_it_can(
    installed_store: Store, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    def refuses(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    recorder.begin_anew()
    monkeypatch.setattr(threading.Thread, "start", refuses)
    assert Signal().send("s") == []
    monkeypatch.undo()
    signal = Signal()
    assert signal.send("s") == []
    wait_until(lambda: count_in(installed_store) == 1)


@pytest.mark.parametrize("error", [MemoryError, OSError, SystemError, ZeroDivisionError])
def test_store_that_breaks_harms_nobody_and_is_written_again_when_it_works(
    error: type[Exception],
    installed_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: WaitUntil,
) -> None:
    def breaks(self: Store, records: object) -> None:
        raise error

    signal = Signal()
    signal.connect(answer)
    before = tracer.stats()
    monkeypatch.setattr(type(installed_store), "append", breaks)
    for _ in range(5):
        assert signal.send("s") == [(answer, 1)]
    wait_until(lambda: tracer.stats().faults > before.faults)
    monkeypatch.undo()
    wait_until(lambda: count_in(installed_store) == 5)
    wait_until(lambda: "fault" in kinds_in(installed_store))
    assert tracer.stats().dropped == before.dropped


def test_logging_handler_of_the_host_that_raises_does_not_meet_its_own_site(
    installed_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Raises(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise InjectedError

    logger = logging.getLogger("signalbox.tracer")
    monkeypatch.setattr(logger, "disabled", False)
    monkeypatch.setattr(faults, "_seen", set())
    handler = Raises()
    logger.addHandler(handler)
    try:
        assert fail_at(1, lambda: Signal().send(Thing))[0] == []
    finally:
        logger.removeHandler(handler)


def test_tracer_that_took_itself_off_says_so(
    installed_store: Store, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    original = Signal.__dict__["send"].__wrapped__
    Signal().send("starts the recorder's thread")
    monkeypatch.setattr(faults, "LIMIT", 25)
    for _ in range(25):
        fail_at(1, lambda: Signal().send(Thing))
    assert Signal.__dict__["send"] is original
    assert not tracer.is_installed()
    wait_until(lambda: "fault" in kinds_in(installed_store))


@pytest.mark.slow
def test_disk_that_is_full_leaves_the_host_alone_and_is_told(tmp_path: Path) -> None:
    body = """
        import resource
        from tracer import stores
        import tracer.keeper, tracer.recorder, logging
        logging.getLogger("signalbox.tracer").disabled = True
        signal.connect(len_of := lambda **named: len(named))
        signal.send("s")
        tracer.recorder.recorder.flush()
        # From here on no file may grow, as on a full disk.
        size = os.path.getsize(settings.SIGNALBOX["STORE"].removeprefix("sqlite:///"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        for _ in range(3000):
            assert signal.send("s", text="x" * 100) == [(len_of, 3)]
            assert len(tracer.recorder.recorder.ring) < 20_000
        tracer.recorder.recorder.flush()
        tracer.keeper.keeper.turn()
        assert tracer.keeper.keeper.trouble, "the disk was not full"
        print(tracer.keeper.keeper.trouble)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    """
    said = programs.run(tmp_path, body)
    assert "cannot be used" in said
    found = programs.dispatches(tmp_path)
    assert len(found) == 3001


def count_in(store: Store) -> int:
    return sum(isinstance(record, Dispatch) for _, record in store.newest(5000))


def kinds_in(store: Store) -> set[str]:
    return {record.kind for _, record in store.newest(5000) if isinstance(record, Marker)}
