"""
Dispatches that Django's own methods carry out: async ones, and sync ones with an async receiver.

The receivers are given to Django as stand-ins that keep the time; gathering them, and the threads they run in,
stay Django's. The frames here stand in the host's tracebacks in place of Django's.
"""

from __future__ import annotations

import functools
import sys
from asyncio import CancelledError, Future
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from time import perf_counter_ns
from types import FrameType
from typing import Any

from django.dispatch import Signal

from tracer import _compat, naming, routing, writing
from tracer.running import PLACE, Branch, Running

AsyncSend = Callable[..., Awaitable[list[Any]]]


def asend_around(original: AsyncSend) -> AsyncSend:
    """Return what stands for Django's own `Signal.asend` or `Signal.asend_robust`."""
    method = original.__name__

    @functools.wraps(original)
    async def asend(self: Signal, sender: Any, **named: Any) -> list[Any]:
        signal = naming.signals.get(id(self)) or writing.meet(self, named)
        if signal.tick is not None:
            signal.tick()
        try:
            try:
                if _compat.has_no_receivers(self, sender):
                    if signal.tick is None:
                        writing.unheard(signal, sender, named, method, sys._getframe(1))
                    return []
                sync, asynchronous = _compat.live_receivers(self, sender)
            except BaseException as error:
                if signal.tick is None:
                    writing.unfound(signal, sender, named, method, sys._getframe(1), error)
                raise
            if "signal" in named:
                # Every call is about to fail, and the message names what was called.
                return await original(self, sender, **named)
            running, stand_ins = _begin(
                original, self, signal, sender, named, sync, asynchronous, sys._getframe(1)
            )
            token = None
            try:
                if running is not None:
                    token = PLACE.set(running)
                responses = await _compat.send_to(original, self, sender, named, *stand_ins)
            except BaseException as error:
                if running is not None:
                    writing.fail(running, error)
                raise
            finally:
                _end(running, token)
            return _unwrapped(responses)
        finally:
            if signal.role is not None:
                writing.leave(signal.role)

    return asend


def through_django(
    original: Callable[..., list[Any]],
    self: Signal,
    signal: naming.SignalName,
    sender: Any,
    named: dict[str, Any],
    sync_receivers: list[Any],
    async_receivers: list[Any],
    frame: FrameType,
) -> list[Any]:
    """Let Django's own sync method run stand-ins for the receivers, and hand its responses out for the receivers."""
    if "signal" in named:
        return original(self, sender, **named)
    running, stand_ins = _begin(
        original, self, signal, sender, named, sync_receivers, async_receivers, frame
    )
    token = None
    try:
        if running is not None:
            token = PLACE.set(running)
        responses = _compat.send_to(original, self, sender, named, *stand_ins)
    except BaseException as error:
        if running is not None:
            writing.fail(running, error)
        raise
    finally:
        _end(running, token)
    return _unwrapped(responses)


def _begin(
    original: Callable[..., Any],
    self: Signal,
    signal: naming.SignalName,
    sender: Any,
    named: dict[str, Any],
    sync_receivers: list[Any],
    async_receivers: list[Any],
    frame: FrameType,
) -> tuple[Running | None, tuple[list[_StandIn], list[_StandIn]]]:
    running = None
    if signal.tick is None:
        keys = routing.keys_of([*sync_receivers, *async_receivers])
        running = writing.begin(
            routing.route_to(signal, sender, keys),
            sender,
            named,
            original.__name__,
            frame,
            [perf_counter_ns()],
            [None] * len(keys),
        )
        if running is not None:
            running.first_async = len(sync_receivers)
    sync = [
        _StandIn(self, running, index, receiver, is_async=False)
        for index, receiver in enumerate(sync_receivers)
    ]
    asynchronous = [
        _StandIn(self, running, index, receiver, is_async=True)
        for index, receiver in enumerate(async_receivers, len(sync))
    ]
    return running, (sync, asynchronous)


def _end(running: Running | None, token: Any) -> None:
    if token is not None:
        PLACE.reset(token)
    if running is not None:
        running.times.append(perf_counter_ns())


def _unwrapped(responses: list[Any]) -> list[Any]:
    return [(stand_in.receiver, response) for stand_in, response in responses]


class _StandIn:
    """Stands in for a receiver; called in whatever thread or task Django's own method chooses."""

    __slots__ = ("index", "is_async", "receiver", "running", "signal")

    def __init__(
        self, signal: Signal, running: Running | None, index: int, receiver: Any, *, is_async: bool
    ) -> None:
        self.signal = signal
        self.running = running
        self.index = index
        self.receiver = receiver
        self.is_async = is_async

    def __call__(self, /, **named: Any) -> Any:
        named["signal"] = self.signal
        running = self.running
        if running is None:
            return self.receiver(**named)
        token = PLACE.set(Branch(running, self.index))
        began_ns = perf_counter_ns()
        writing.span(running, self.index, began_ns, None)
        try:
            response = self.receiver(**named)
        except BaseException as error:
            writing.fail_call(running, self.index, error)
            writing.span(running, self.index, began_ns, perf_counter_ns())
            raise
        finally:
            PLACE.reset(token)
        if self.is_async:
            kind = type(response)
            if issubclass(kind, Future):
                # asyncio gathers a future itself, at once, and what is wrapped around one a step later.
                ended = partial(_write_end, running, self.index, began_ns)
                Future.add_done_callback(response, ended)
                return response
            if _compat.is_awaitable(kind):
                return _TimedAwaitable(running, self.index, began_ns, response)
            # Django is about to fail on what cannot be awaited.
        writing.span(running, self.index, began_ns, perf_counter_ns())
        return response


def _write_end(running: Running, index: int, began_ns: int, future: Future[Any]) -> None:
    writing.span(running, index, began_ns, perf_counter_ns())
    error: BaseException | None = CancelledError() if future.cancelled() else future.exception()
    if error is not None:
        writing.fail_call(running, index, error)


class _TimedAwaitable:
    """
    Drives an async receiver step by step, with the receiver as the current one during each step only.

    Django 6.1 runs all async receivers of a dispatch in one context, so a variable that stayed set between
    the steps of one would be seen by its siblings.
    """

    __slots__ = ("began_ns", "index", "response", "running")

    def __init__(
        self, running: Running, index: int, began_ns: int, response: Awaitable[Any]
    ) -> None:
        self.running = running
        self.index = index
        self.began_ns = began_ns
        self.response = response

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            return (yield from self._steps(Branch(self.running, self.index)))
        except BaseException as error:
            writing.fail_call(self.running, self.index, error)
            raise
        finally:
            writing.span(self.running, self.index, self.began_ns, perf_counter_ns())

    def _steps(self, branch: Branch) -> Generator[Any, Any, Any]:
        steps = _compat.steps_of(self.response)
        step: Callable[[], Any] = partial(steps.send, None)
        while True:
            token = PLACE.set(branch)
            try:
                yielded = step()
            except StopIteration as stop:
                return stop.value
            finally:
                PLACE.reset(token)
            try:
                sent = yield yielded
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as error:  # noqa: BLE001
                step = partial(steps.throw, error)
            else:
                step = partial(steps.send, sent)
