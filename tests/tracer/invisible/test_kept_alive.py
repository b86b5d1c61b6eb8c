"""Nothing outlives a dispatch because of the tracer; looked at before the recorder's thread has run."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.dispatch import Signal

import tracer
from tests.tracer.invisible.topologies import METHODS
from tracer import stores
from tracer.recorder import recorder


@pytest.fixture(scope="module", autouse=True)
def _what_was_there_before_is_frozen() -> Iterator[None]:
    """Have `gc.collect()` look at what these tests make, and not at three hundred thousand things besides."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Thing:
    """Something that can be held weakly."""


class Problem(Exception):
    pass


class World:
    """What takes part in one dispatch, each held here alone, and weakly watched."""

    def __init__(self) -> None:
        self.watched: dict[str, weakref.ref[Any]] = {}
        self.held: dict[str, Any] = {}

    def hold(self, name: str, thing: Any) -> Any:
        self.watched[name] = weakref.ref(thing)
        self.held[name] = thing
        return thing

    def in_a_frame(self, name: str) -> Thing:
        """Return something that lives as long as the caller's frame, so as long as a traceback of it."""
        thing = Thing()
        self.watched[name] = weakref.ref(thing)
        return thing

    def alive(self) -> set[str]:
        return {name for name, reference in self.watched.items() if reference() is not None}


def returns(world: World) -> Any:
    local = world.in_a_frame("frame")
    answer = Thing()
    world.watched["answer"] = weakref.ref(answer)
    del local
    return answer


def fails(world: World) -> Any:
    local = world.in_a_frame("frame")
    problem = Problem(local)
    world.watched["exception"] = weakref.ref(problem)
    del local
    raise problem


def function(world: World, act: Callable[[World], Any]) -> Any:
    def receive(**named: Any) -> Any:
        return act(world)

    return world.hold("receiver", receive)


def bound_method(world: World, act: Callable[[World], Any]) -> Any:
    class Owner:
        def receive(self, **named: Any) -> Any:
            return act(world)

    return world.hold("bound instance", Owner()).receive


def callable_object(world: World, act: Callable[[World], Any]) -> Any:
    class Receiver:
        __qualname__ = "Receiver"

        def __call__(self, **named: Any) -> Any:
            return act(world)

    receiver = Receiver()
    receiver.__qualname__ = "Receiver"
    return world.hold("receiver", receiver)


def partial(world: World, act: Callable[[World], Any]) -> Any:
    receiver = functools.partial(lambda act, **named: act(world), act)
    receiver.__qualname__ = "partial"  # type: ignore[attr-defined]
    return world.hold("receiver", receiver)


def coroutine_function(world: World, act: Callable[[World], Any]) -> Any:
    async def receive(**named: Any) -> Any:
        await asyncio.sleep(0)
        return act(world)

    return world.hold("receiver", receive)


def coroutine_method(world: World, act: Callable[[World], Any]) -> Any:
    class Owner:
        async def receive(self, **named: Any) -> Any:
            await asyncio.sleep(0)
            return act(world)

    return world.hold("bound instance", Owner()).receive


RECEIVERS = (
    function,
    bound_method,
    callable_object,
    partial,
    coroutine_function,
    coroutine_method,
)


@pytest.fixture
def _log_records_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("django.dispatch"), "disabled", True)


@contextmanager
def traced_and_held() -> Iterator[None]:
    """Install the tracer, and keep its thread from handing anything on."""
    stores.close_shared()
    tracer.install()
    recorder.start()
    try:
        with recorder._lock:
            yield
    finally:
        tracer.uninstall()
        stores.close_shared()


def dispatch(world: World, signal: Signal, method: str) -> None:
    send: Any = getattr(signal, method)
    send = async_to_sync(send) if method.startswith("a") else send
    with suppress(Problem):
        send(world.held["sender"], instance=world.held["argument"], items=[world.held["argument"]])


def run(make: Callable[..., Any], act: Callable[[World], Any], method: str) -> Any:
    """Return what is alive after a dispatch whose parts were let go, and what after collecting."""
    world = World()
    signal = Signal(use_caching=True)
    world.hold("sender", Thing())
    world.hold("argument", Thing())
    signal.connect(make(world, act), sender=world.held["sender"])
    for _ in range(2):
        dispatch(world, signal, method)
    assert set(world.watched) - set(world.held), "the receiver did not run"
    world.held.clear()
    at_once = world.alive()
    gc.collect()
    return at_once, world.alive(), signal.has_listeners(Thing())


@pytest.mark.usefixtures("_log_records_are_not_kept")
@pytest.mark.parametrize("act", [returns, fails])
@pytest.mark.parametrize("make", RECEIVERS)
@pytest.mark.parametrize("method", METHODS)
def test_all_that_took_part_dies_as_it_would_have(
    method: str, make: Callable[..., Any], act: Callable[[World], Any]
) -> None:
    is_async = make in (coroutine_function, coroutine_method) or method.startswith("a")
    gc.disable()
    try:
        outcomes = []
        for surrounded in (nullcontext, traced_and_held):
            with surrounded():
                outcomes.append(run(make, act, method))
    finally:
        gc.enable()
    plain, traced = outcomes
    assert plain[1] == traced[1] == set()
    assert traced[2] is plain[2]
    if not is_async:
        # Where event loops' threads let go is not to be foretold.
        assert traced[0] == plain[0]


def test_signal_and_sender_class_die_with_the_records_of_their_dispatches_still_there() -> None:
    with traced_and_held():
        signal, sender = Signal(), type("Sender", (), {})
        watched = [weakref.ref(signal), weakref.ref(sender)]
        signal.connect(Thing, sender=sender, weak=False)
        signal.disconnect(Thing, sender=sender)
        signal.send(sender, kind=sender)
        del signal, sender
        gc.collect()
        assert [reference() for reference in watched] == [None, None]


def test_exception_raised_by_another_librarys_wrapper_is_not_kept() -> None:
    original = Signal.send

    def breaks(self: Signal, sender: Any, **named: Any) -> Any:
        problem = Problem(sender)
        watched.append(weakref.ref(problem))
        raise problem

    watched: list[weakref.ref[Problem]] = []
    Signal.send = breaks  # type: ignore[method-assign]
    try:
        with traced_and_held():
            with pytest.raises(Problem):
                Signal().send("s")
            gc.collect()
            assert watched[0]() is None
    finally:
        Signal.send = original  # type: ignore[method-assign]


def test_task_that_goes_on_does_not_keep_the_dispatch_that_began_it() -> None:
    world = World()

    async def receive(**named: Any) -> None:
        world.held["task"] = asyncio.create_task(world.held["go on"].wait())

    async def run() -> None:
        world.held["go on"] = asyncio.Event()
        signal = Signal()
        world.hold("receiver", receive)
        world.hold("sender", Thing())
        signal.connect(receive)
        await signal.asend(world.held.pop("sender"), argument=world.hold("argument", Thing()))
        del world.held["argument"]
        await asyncio.sleep(0)
        gc.collect()
        assert world.alive() == {"receiver"}
        world.held["go on"].set()
        await world.held["task"]

    with traced_and_held():
        asyncio.run(run())


@pytest.mark.usefixtures("_log_records_are_not_kept")
@pytest.mark.parametrize("method", ["send_robust", "asend_robust"])
def test_error_that_is_answered_keeps_no_other_receiver_than_its_own(method: str) -> None:
    world = World()

    async def receive(**named: Any) -> Any:
        return None

    async def fail(**named: Any) -> Any:
        raise Problem

    def dies() -> bool:
        world.held.clear()
        signal = Signal()
        signal.connect(world.hold("receiver", functools.partial(receive)))
        signal.connect(fail)
        send: Any = getattr(signal, method)
        # Kept while we look, as a caller keeps them.
        responses = (async_to_sync(send) if method.startswith("a") else send)(None)
        errors = [response for _, response in responses if response is not None]
        assert [type(error) for error in errors] == [Problem]
        del responses
        world.held.clear()
        gc.collect()
        return "receiver" not in world.alive()

    plain = dies()
    with traced_and_held():
        assert dies() is plain is True
