"""Traced dispatches answer, raise and order as plain ones do, through all four methods."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.dispatch import Signal

import tracer
from tracer.recorder import recorder

METHODS = ["send", "send_robust", "asend", "asend_robust"]
mark: ContextVar[str] = ContextVar("mark", default="unset")


def dispatch(signal: Signal, method: str, sender: object = None, /, **named: object) -> Any:
    send = getattr(signal, method)
    return (async_to_sync(send) if method.startswith("a") else send)(sender, **named)


def one(**_: object) -> int:
    return 1


def two(**_: object) -> int:
    return 2


def fails(**_: object) -> None:
    raise ValueError("no")


async def later(**_: object) -> str:
    await asyncio.sleep(0)
    return "later"


async def later_still(**_: object) -> str:
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return "later still"


async def fails_later(**_: object) -> None:
    await asyncio.sleep(0)
    raise LookupError("no")


@pytest.mark.parametrize("method", METHODS)
def test_responses_keep_receivers_and_order(method: str) -> None:
    signal = Signal()
    for receiver in (later, one, later_still, two):
        signal.connect(receiver)
    plain = dispatch(signal, method)
    with tracer.capture() as dispatches:
        traced = dispatch(signal, method)
    assert type(traced) is list
    assert traced == plain == [(one, 1), (two, 2), (later, "later"), (later_still, "later still")]
    calls = dispatches[0].calls
    assert [call.receiver.rpartition(".")[2] for call in calls] == [
        "one",
        "two",
        "later",
        "later_still",
    ]
    assert [call.is_async for call in calls] == [False, False, True, True]
    assert all(call.duration_ns is not None and call.duration_ns >= 0 for call in calls)
    assert dispatches[0].method == method
    assert dispatches[0].state == "ok"


@pytest.mark.parametrize("failing", [fails, fails_later])
@pytest.mark.parametrize("method", METHODS)
def test_error_of_a_receiver_is_what_it_was(method: str, failing: Callable[..., Any]) -> None:
    signal = Signal()
    for receiver in (one, failing, two):
        signal.connect(receiver)

    def outcome() -> tuple[Any, ...]:
        try:
            responses = dispatch(signal, method)
        except Exception as error:
            return type(error), error.args, error.__cause__
        return [receiver for receiver, _ in responses], [str(response) for _, response in responses]

    plain = outcome()
    with tracer.capture() as dispatches:
        assert outcome() == plain
    recorded = dispatches[0]
    assert recorded.state == "error"
    assert recorded.error == ("ValueError" if failing is fails else "LookupError")
    call = next(call for call in recorded.calls if call.error)
    assert call.receiver.endswith(failing.__name__)
    assert call.raised_at is not None
    assert call.raised_at.startswith("tests/tracer/test_calling.py:")


def three(**_: object) -> int:
    return 3


@pytest.mark.parametrize("last", [three, later])
def test_failing_receiver_is_recorded_and_the_rest_marked_as_never_reached(
    last: Callable[..., Any],
) -> None:
    signal = Signal()
    for receiver in (one, fails, two, last):
        signal.connect(receiver)
    with tracer.capture() as dispatches, pytest.raises(ValueError, match="no"):
        signal.send(None)
    first, failed, never, never_either = dispatches[0].calls
    assert first.skipped is None
    assert failed.error == "ValueError"
    assert failed.skipped is None
    assert failed.duration_ns is not None
    for call in (never, never_either):
        assert call.skipped == f"{__name__}.fails raised ValueError before it"
        assert call.started_ns is None
        assert call.duration_ns is None


@pytest.mark.parametrize("method", ["send_robust", "asend_robust"])
def test_log_record_of_a_robust_failure_stays(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    signal = Signal()
    signal.connect(fails)
    signal.connect(fails_later)
    with tracer.capture(), caplog.at_level(logging.ERROR, "django.dispatch"):
        dispatch(signal, method)
    assert {record.args[0] for record in caplog.records if record.args} == {"fails", "fails_later"}
    assert all(record.funcName == "_log_robust_failure" for record in caplog.records)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, StopIteration, asyncio.CancelledError]
)
def test_errors_of_every_kind_pass(error: type[BaseException]) -> None:
    signal = Signal()

    def stops(**_: object) -> None:
        raise error

    signal.connect(stops)
    with tracer.capture() as dispatches, pytest.raises(error):
        signal.send(None)
    assert dispatches[0].state == "error"


def test_traceback_has_as_many_frames_as_without_us() -> None:
    signal = Signal()
    signal.connect(fails)

    def depth() -> int:
        with pytest.raises(ValueError, match="no") as caught:
            signal.send(None)
        return len(caught.traceback)

    plain = depth()
    with tracer.capture():
        assert depth() <= plain + 1


@pytest.mark.parametrize("method", METHODS)
def test_arguments_named_like_ours_reach_the_receiver(method: str) -> None:
    signal = Signal()
    got: list[dict[str, object]] = []

    def keeps(**named: object) -> None:
        got.append(named)

    signal.connect(keeps)
    named = {"original": 1, "running": 2, "method": 3, "receiver": 4, "named": 5, "token": 6}
    with tracer.capture():
        dispatch(signal, method, "s", **named)
    assert got == [{"signal": signal, "sender": "s", **named}]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["self", "signal"])
# Django 5.2 itself leaves a coroutine behind when the call of a receiver fails under asend.
@pytest.mark.filterwarnings("ignore:coroutine 'SyncToAsync:RuntimeWarning")
def test_argument_that_django_refuses_is_refused_alike(method: str, name: str) -> None:
    signal = Signal()
    signal.connect(one)
    signal.connect(later)

    def outcome() -> list[str]:
        try:
            responses = dispatch(signal, method, None, **{name: 1})
        except TypeError as error:
            return [str(error)]
        return [str(response) for _, response in responses]

    plain = outcome()
    assert "multiple values for" in plain[0]
    with tracer.capture():
        assert outcome() == plain


@pytest.mark.parametrize("method", METHODS)
def test_context_variables_set_by_receivers_end_as_without_us(method: str) -> None:
    async def sets_later(**_: object) -> None:
        await asyncio.sleep(0)
        mark.set("later")

    def sets(**_: object) -> None:
        mark.set("now")

    signal = Signal()
    signal.connect(sets)
    signal.connect(sets_later)

    def after() -> str:
        mark.set("unset")

        async def run() -> str:
            if method.startswith("a"):
                await getattr(signal, method)(None)
            return mark.get()

        if method.startswith("a"):
            return async_to_sync(run)()
        dispatch(signal, method)
        return mark.get()

    plain = after()
    with tracer.capture():
        assert after() == plain


def test_weakly_held_receiver_and_all_that_passed_die_as_they_would_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # pytest keeps log records, and send_robust's hold the traceback.
    monkeypatch.setattr(logging.getLogger("django.dispatch"), "disabled", True)

    class Thing:
        def receive(self, **_: object) -> None:
            raise_it(self)

    def raise_it(thing: Thing) -> None:
        raise Problem

    class Problem(Exception):
        pass

    signal = Signal()
    thing, sender, argument = Thing(), Thing(), Thing()
    references = [weakref.ref(thing), weakref.ref(sender), weakref.ref(argument)]
    signal.connect(thing.receive)
    # The recorder is held, so that nothing is handed on before we have looked.
    with tracer.capture() as dispatches, recorder._lock:
        for send in (signal.send, signal.send_robust):
            try:
                send(sender, argument=argument)
            except Problem as problem:
                references.append(weakref.ref(problem))
        del thing, sender, argument
        gc.collect()
        assert [reference() for reference in references] == [None] * 4
    assert len(dispatches) == 2


def test_sync_function_over_a_coroutine_is_left_to_its_fate(
    recwarn: pytest.WarningsRecorder,
) -> None:
    signal = Signal()
    coroutines = []

    def hides(**_: object) -> object:
        coroutine = later()
        coroutines.append(coroutine)
        return coroutine

    signal.connect(hides)
    with tracer.capture():
        assert signal.send(None) == [(hides, coroutines[0])]
    coroutines[0].close()
    assert not recwarn.list


def test_send_inside_a_running_loop_with_an_async_receiver_fails_as_in_django() -> None:
    signal = Signal()
    signal.connect(one)
    signal.connect(later)

    async def run() -> str:
        with pytest.raises(RuntimeError) as caught:
            signal.send(None)
        return str(caught.value)

    plain = async_to_sync(run)()
    with tracer.capture() as dispatches:
        assert async_to_sync(run)() == plain
    assert dispatches[0].error == "RuntimeError"


def test_unheard_dispatch_is_recorded_without_calls() -> None:
    with tracer.capture() as dispatches:
        assert Signal().send(None) == []
        assert Signal(use_caching=True).send(list) == []
    assert [dispatch.calls for dispatch in dispatches] == [(), ()]
