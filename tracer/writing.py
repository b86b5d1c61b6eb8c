"""
What is written down while a dispatch runs, on the thread that runs it.

Every function here is called from between the host's frames, so none of them raises. What stands inline
instead of in a function of its own stands so because each call costs as much as three of its lines.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from threading import get_ident
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any

from django.dispatch import Signal

from tracer import (
    _compat,
    arguments,
    celery_tasks,
    context,
    faults,
    naming,
    routing,
    shapes,
    transactions,
)
from tracer.recorder import recorder
from tracer.routes import Route
from tracer.running import PLACE, Failure, Origin, Running
from tracer.switch import switch

UNKNOWN_ERROR = naming.class_name(BaseException)
"""Of a dispatch that failed, where Ctrl+C came before its error was named."""
RECURSION_ERROR = naming.class_name(RecursionError)
_get_running_loop = asyncio._get_running_loop
_ring = recorder.ring
_put = _ring.append
_drop = recorder.drop

trace_of: Callable[[], Any] | None = None
"""Returns what names OpenTelemetry's current span; None while that is not asked. Set by `installing.py`."""

_passed_over = naming.SignalName.passed_over()
NO_ROOM = naming.SignalName.passed_over()
"""What stands for a signal that is met where the stack has no room to look what it is."""
NO_ROOM.tick = recorder.drop


def meet(signal: Signal, named: dict[str, Any]) -> naming.SignalName:
    """Return what is known of a signal that `naming.signals` does not hold: it is new, or begins or ends an origin."""
    try:
        if not switch.installed:
            return _passed_over
        # Every signal passes here before its first dispatch, so here the thread is started, after a fork too.
        if recorder.is_down:
            recorder.start()
        # Whatever has imported Celery since may be about to enqueue a task in a receiver of this signal.
        celery_tasks.watch()
        name = naming.signal_name(signal)
        switch.turn(name)
        if name.role == "request_started":
            context.begin_request(named)
        elif name.role == "task_started":
            context.begin_task_of(named)
        elif name.role == "connection_created":
            transactions.connected(named)
    except RecursionError:
        return NO_ROOM
    except Exception:  # noqa: BLE001
        faults.report_to_host("meeting a signal")
        return _passed_over
    return name


def leave(role: str) -> None:
    """End the origin that a signal with a role ends, after its dispatch."""
    try:
        if role == "request_finished":
            context.end_origin("request")
        elif role == "task_finished":
            context.end_task()
    except RecursionError:
        return
    except Exception:  # noqa: BLE001
        faults.report_to_host("ending an origin")


def begin(  # noqa: C901  # inline, as said above
    route: Route | None,
    sender: Any,
    named: dict[str, Any],
    method: Any,
    frame: FrameType,
    times: list[int],
    spans: list[Any] | None = None,
) -> Running | None:
    """Return the record of a dispatch that begins, put into the ring, or None when it is not to be recorded."""
    if route is None:
        return None
    try:
        parent = call = origin = None
        place = PLACE.get()
        if place is not None:
            # `context.found` for the places that are met most often: in a request, in a receiver of a sync dispatch.
            if type(place) is Origin and place.outer is None and not place.quiet:
                origin = place
            elif (
                type(place) is Running
                and place.spans is None
                and place.error is None
                and len(place.times) <= place.route.count
            ):
                parent = place
                call = len(place.times) - 1
                origin = place.origin
            else:
                parent, call, origin, is_quiet = context.found(place)
                if is_quiet:
                    return None
        # `route.call_site`, for the frames of last time.
        code: CodeType | None = frame.f_code
        site: FrameType | None = None
        if code is route.site:
            site = frame
        else:
            nearest, beyond = route.path
            if code is nearest:
                at = frame
                for code in beyond:
                    back = at.f_back
                    if back is None or back.f_code is not code:
                        break
                    at = back
                else:
                    site = at
        if site is None:
            code, offset = route.call_site(frame)
        else:
            offset = site.f_lasti
        shape = route.shape
        try:
            values: Sequence[Any] | None = shape.take(named, sender)
        except KeyError:
            values = None
        if values is None:
            names, values = arguments.take(named)
            shape = shapes.loose(names)
            route.learn(named, sender)
        running = Running(
            parent,
            call,
            origin,
            route,
            method,
            get_ident(),
            None if _get_running_loop() is None else _compat.task_name(),
            code,
            offset,
            shape,
            values,
            times,
            spans,
            transactions.here.blocks,
        )
        if spans is not None:
            # Before there are threads that would each make a list of their own.
            running.queries = []
        if parent is None and trace_of is not None:
            running.trace = trace_of()
        if len(_ring) < recorder.capacity:
            _put(running)
        else:
            recorder.overflow()
    except RecursionError:
        # No fault: the site's own code is about to fail by it. Not even `_fault` has room.
        _drop()
        return None
    except Exception:  # noqa: BLE001
        faults.report_to_host("writing down a dispatch")
        return None
    return running


def unheard(
    signal: naming.SignalName, sender: Any, named: dict[str, Any], method: Any, frame: FrameType
) -> None:
    """Write down a dispatch that nobody receives."""
    begin(routing.route_to(signal, sender, []), sender, named, method, frame, [perf_counter_ns()])


def unfound(
    signal: naming.SignalName,
    sender: Any,
    named: dict[str, Any],
    method: Any,
    frame: FrameType,
    error: BaseException,
) -> None:
    """Write down a dispatch that failed as Django looked for its receivers."""
    route = routing.route_to(signal, sender, [])
    running = begin(route, sender, named, method, frame, [perf_counter_ns()])
    if running is not None:
        fail(running, error)


def add_responders(running: Running, responses: Any) -> None:
    """Write down who answered where another library's loop stands between Django and us; without times."""
    try:
        if type(responses) is list:
            receivers = routing.keys_of([receiver for receiver, _ in responses])
            running.route = Route(running.route.signal, running.route.sender, receivers)
            running.first_async = len(receivers)
            running.spans = [(running.started_ns, None)] * running.first_async
    except Exception:  # noqa: BLE001
        faults.report_to_host("reading another library's responses")


def fail(running: Running, error: BaseException) -> None:
    """Write down what a dispatch raised; nothing of the exception but its type's name is kept."""
    try:
        running.error = naming.class_name(type(error))
    except RecursionError:
        running.error = RECURSION_ERROR
    except Exception:  # noqa: BLE001
        faults.report_to_host("naming an error")
        running.error = UNKNOWN_ERROR


def fail_call(running: Running, call: int, error: BaseException) -> None:
    """Write down what a receiver raised, and where."""
    try:
        failure = Failure(call, naming.class_name(type(error)), _compat.raised_at(error))
        if running.failures is None:
            running.failures = [failure]
        else:
            running.failures.append(failure)
    except RecursionError:
        running.error = RECURSION_ERROR
    except Exception:  # noqa: BLE001
        faults.report_to_host("naming an error")


def fail_last(running: Running, error: BaseException) -> None:
    """Write down that the receiver which runs now raised, and the dispatch with it."""
    fail_call(running, len(running.times) - 1, error)
    running.times.append(perf_counter_ns())
    fail(running, error)


def span(running: Running, call: int, began_ns: int, ended_ns: int | None) -> None:
    """Write down when one of the calls that run side by side began, or ended."""
    if running.spans is not None and call < len(running.spans):
        running.spans[call] = began_ns, ended_ns
