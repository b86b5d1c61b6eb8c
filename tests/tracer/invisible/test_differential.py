"""
Random topologies answer, raise, log and leave behind the same with the tracer as without.

`SIGNALBOX_TOPOLOGIES=2000 python -m pytest tests/tracer/invisible/test_differential.py` tries as many.
"""

from __future__ import annotations

import asyncio
import contextvars
import difflib
import functools
import gc
import logging
import os
import pprint
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tracer
from tests.tracer.invisible.outcomes import Names
from tests.tracer.invisible.topologies import METHODS, SENDERS, Sending, Topology, topologies
from tests.tracer.invisible.world import World, variables
from tracer import context, control, stores

TOPOLOGIES = int(os.environ.get("SIGNALBOX_TOPOLOGIES", "200"))

# Coroutines that a failing dispatch leaves behind are Django's, with us and without.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Logged(logging.Handler):
    """Keeps what is logged in words, since a record would keep the traceback alive."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def emit(self, record: logging.LogRecord) -> None:
        names: Names = self.world.names
        args = record.args if type(record.args) is tuple else ()
        error = record.exc_info[1] if record.exc_info else None
        self.world.note(
            "logged",
            record.levelname,
            record.msg,
            [names.of(arg) for arg in args],
            record.funcName,
            record.filename,
            error and names.of_error(error),
        )


@contextmanager
def logged(world: World) -> Iterator[None]:
    logger = logging.getLogger("django.dispatch")
    handler = Logged(world)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    asyncios = logging.getLogger("asyncio")
    was_disabled, asyncios.disabled = asyncios.disabled, True
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
        asyncios.disabled = was_disabled


def outcome_of(plan: Topology) -> tuple[Any, int]:
    """Run a topology; return what came of it, and how many dispatches were begun."""
    world = World(plan)
    came: list[Any] = []
    gc_was_on = gc.isenabled()
    gc.disable()
    try:
        with logged(world):
            contextvars.copy_context().run(_SURROUNDINGS[plan.surroundings], world, came)
        came.append(has_listeners(world))
        came.append([world.names.of_signal(signal) for signal in world.signals])
    finally:
        world.end()
        if gc_was_on:
            gc.enable()
    # A copy: what dies with the world is noted too.
    happened = {lane: list(notes) for lane, notes in world.happened.items()}
    return (came, happened), len(world.begun)


def difference(plain: Any, traced: Any) -> str:
    lines = [pprint.pformat(outcome, width=200).splitlines() for outcome in (plain, traced)]
    return "\n".join(difflib.unified_diff(*lines, "plain", "traced", lineterm="", n=2))


def after(world: World) -> list[Any]:
    return [
        [variable.get() for variable in variables],
        [world.names.of_signal(signal) for signal in world.signals],
    ]


def has_listeners(world: World) -> list[Any]:
    found: list[Any] = []
    for signal in world.signals:
        for kind in SENDERS:
            try:
                found.append(signal.has_listeners(world.senders[kind]))
            except Exception as error:
                found.append(type(error).__name__)
    return found


def one(world: World, sending: Sending) -> Any:
    try:
        return "answered", world.names.of(world.dispatch(sending))
    except BaseException as error:
        return "raised", world.names.of_error(error)


async def one_later(world: World, sending: Sending) -> Any:
    try:
        return "answered", world.names.of(await world.dispatch_later(sending))
    except BaseException as error:
        return "raised", world.names.of_error(error)


def plainly(world: World, came: list[Any]) -> None:
    for sending in world.plan.sendings * world.plan.times:
        came += [one(world, sending), after(world)]


def in_a_thread(world: World, came: list[Any]) -> None:
    thread = threading.Thread(target=plainly, args=(world, came))
    thread.start()
    thread.join()


def in_a_loop(world: World, came: list[Any]) -> None:
    async def run() -> None:
        for sending in world.plan.sendings * world.plan.times:
            came.extend([await one_later(world, sending), after(world)])

    asyncio.run(run())


def in_a_nested_loop(world: World, came: list[Any]) -> None:
    asyncio.run(sync_to_async(plainly)(world, came))


_SURROUNDINGS: dict[str, Callable[[World, list[Any]], None]] = {
    "plain": plainly,
    "thread": in_a_thread,
    "loop": in_a_loop,
    "nested loop": in_a_nested_loop,
}


# -- with the tracer -------------------------------------------------------------------------------------------


@contextmanager
def installed() -> Iterator[None]:
    tracer.install()
    try:
        yield
    finally:
        tracer.uninstall()


@contextmanager
def stopped() -> Iterator[None]:
    with installed():
        control.set_recording(False)
        try:
            yield
        finally:
            control.set_recording(True)


@contextmanager
def quiet() -> Iterator[None]:
    with installed(), context.quiet():
        yield


@contextmanager
def another_library() -> Iterator[None]:
    original = Signal.send

    @functools.wraps(original)
    def send(self: Signal, sender: Any, **named: Any) -> Any:
        return original(self, sender, **named)

    Signal.send = send  # type: ignore[method-assign]
    try:
        yield
    finally:
        Signal.send = original  # type: ignore[method-assign]


SURROUNDED_BY = {
    "installed": (nullcontext, installed),
    "stopped": (nullcontext, stopped),
    "quiet": (nullcontext, quiet),
    "installed over another library": (another_library, installed),
}


@pytest.fixture(autouse=True, scope="module")
def _memory_store() -> Iterator[None]:
    stores.close_shared()
    yield
    stores.close_shared()


@settings(
    max_examples=TOPOLOGIES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(plan=topologies, tracing=st.just("installed") | st.sampled_from(sorted(SURROUNDED_BY)))
def test_traced_topology_comes_out_as_the_plain_one(plan: Topology, tracing: str) -> None:
    foreign, ours = SURROUNDED_BY[tracing]
    with foreign():
        plain, begun = outcome_of(plan)
        before = tracer.stats()
        with ours():
            traced, _ = outcome_of(plan)
    counts = tracer.stats()
    assert traced == plain, difference(plain, traced)
    assert counts.faults == before.faults
    if ours is installed:
        assert counts.recorded - before.recorded == begun
    elif ours is stopped:
        assert counts.recorded == before.recorded


@pytest.mark.parametrize("surroundings", ["plain", "loop", "nested loop"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration])
@pytest.mark.parametrize("method", METHODS)
def test_error_that_ends_an_event_loop_ends_it_the_same(
    method: str, error: type[BaseException], surroundings: str
) -> None:
    """These are left out above, since some of them end the loop that others still need."""

    async def stops(**named: Any) -> None:
        await asyncio.sleep(0)
        raise error("stop")

    async def goes_on(**named: Any) -> None:
        await asyncio.sleep(0)
        happened.append("went on")

    def came() -> Any:
        happened.clear()
        signal = Signal()
        signal.connect(stops)
        signal.connect(goes_on)
        send: Any = getattr(signal, method)

        async def later() -> Any:
            return await send(None) if method.startswith("a") else send(None)

        def now() -> Any:
            return async_to_sync(send)(None) if method.startswith("a") else send(None)

        try:
            if surroundings == "plain":
                answers = now()
            else:
                answers = asyncio.run(later() if surroundings == "loop" else sync_to_async(now)())
        except BaseException as raised:
            return type(raised), raised.args, type(raised.__cause__), happened.copy()
        return [(receiver, repr(answer)) for receiver, answer in answers], happened.copy()

    happened: list[str] = []
    with nothing_logged():
        plain = came()
        with installed():
            assert came() == plain


@contextmanager
def nothing_logged() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("asyncio", "django.dispatch")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
        gc.collect()
    finally:
        for logger, was_disabled in zip(loggers, before, strict=True):
            logger.disabled = was_disabled
