"""Wraps the four send methods on `Signal` and puts them back; owns which functions stand there, nothing of a record."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from django.dispatch import Signal

from tracer import _compat, calling, faults, mirror, naming, routing, writing
from tracer.locks import free_after_fork
from tracer.running import PLACE, Running
from tracer.switch import switch
from tracer.wrapped import Replaced

METHODS = ("send", "send_robust", "asend", "asend_robust")

_around_djangos: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "send": mirror.send_around,
    "send_robust": mirror.send_robust_around,
    "asend": calling.asend_around,
    "asend_robust": calling.asend_around,
}
_lock = free_after_fork(threading.RLock())


def wrap() -> None:
    """Put our methods in place, around those that are there; doing it twice is doing it once."""
    with _lock:
        if switch.installed:
            return
        for replaced in _replaced:
            replaced.put_in()
        faults.forgive()
        switch.installed = True


def unwrap() -> None:
    """Put back what was there; where somebody wrapped ours, stay and only pass through."""
    with _lock:
        switch.installed = False
        # What is left in place meets every signal anew, and then finds the switch off.
        naming.signals.clear()
        for replaced in _replaced:
            replaced.put_back()


def _around(there: Any, method: str) -> Callable[..., Any]:
    """Return what stands around a send method, Django's own or another library's."""
    if _compat.is_djangos_own(there):
        return _around_djangos[method](there)
    if method.startswith("a"):
        return _around_foreign_async(there, method)
    return _around_foreign(there, method)


def _around_foreign(original: Callable[..., list[Any]], method: str) -> Callable[..., list[Any]]:
    """Return what stands around another library's wrapper, which is called through, never replaced."""

    @functools.wraps(original)
    def send(self: Signal, sender: Any, **named: Any) -> list[Any]:
        signal, running = _begin(self, sender, named, method)
        token = None
        try:
            if running is not None:
                token = PLACE.set(running)
            responses = original(self, sender, **named)
            if running is not None:
                writing.add_responders(running, responses)
            return responses
        except BaseException as error:
            if running is not None:
                writing.fail(running, error)
            raise
        finally:
            _end(signal, running, token)

    return send


def _around_foreign_async(original: Callable[..., Any], method: str) -> Callable[..., Any]:
    @functools.wraps(original)
    async def asend(self: Signal, sender: Any, **named: Any) -> list[Any]:
        signal, running = _begin(self, sender, named, method)
        token = None
        try:
            if running is not None:
                token = PLACE.set(running)
            responses: list[Any] = await original(self, sender, **named)
            if running is not None:
                writing.add_responders(running, responses)
            return responses
        except BaseException as error:
            if running is not None:
                writing.fail(running, error)
            raise
        finally:
            _end(signal, running, token)

    return asend


def _begin(
    self: Signal, sender: Any, named: dict[str, Any], method: str
) -> tuple[naming.SignalName, Running | None]:
    signal = naming.signals.get(id(self)) or writing.meet(self, named)
    if signal.tick is not None:
        signal.tick()
        return signal, None
    route = routing.route_to(signal, sender, [])
    times = [perf_counter_ns()]
    return signal, writing.begin(route, sender, named, method, sys._getframe(2), times, [])


def _end(signal: naming.SignalName, running: Running | None, token: Any) -> None:
    if token is not None:
        PLACE.reset(token)
    if running is not None:
        running.times.append(perf_counter_ns())
    if signal.role is not None:
        writing.leave(signal.role)


_replaced = [
    Replaced(Signal, method, functools.partial(_around, method=method)) for method in METHODS
]
