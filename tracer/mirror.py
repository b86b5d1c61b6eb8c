"""
Django's sync send methods line by line, with a clock: the hottest code of the tracer, and nothing else.

Together with `_compat.py` it is the only place that knows private shapes of `Signal`; `tests/tracer/test_mirror.py`
holds it against the source of the Django that is installed. The names `self`, `sender` and `named` are Django's,
so that a signal with an argument of such a name fails as it did, and the frames here stand in the host's tracebacks
where Django's stood.

Where the stack has no room for a function of ours the dispatch is counted as dropped, right here since that takes no
frame, and goes on: if there is none for the receiver either, then it is Django's own `RecursionError` that comes.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from django.dispatch import Signal
from django.dispatch.dispatcher import NO_RECEIVERS

from tracer import naming, routing, writing
from tracer._compat import djangos_live_receivers as _live_receivers
from tracer.calling import through_django
from tracer.naming import NOWHERE
from tracer.recorder import recorder
from tracer.running import PLACE

Send = Callable[..., list[Any]]

_signals = naming.signals
_getframe = sys._getframe
_drop = recorder.drop


def send_around(original: Send) -> Send:
    """Return what stands for Django's own `Signal.send`."""

    @functools.wraps(original)
    def send(self: Any, sender: Any, **named: Any) -> list[Any]:
        try:
            signal = _signals.get(id(self)) or writing.meet(self, named)
        except RecursionError:
            signal = writing.NO_ROOM
        if signal.tick is not None:
            signal.tick()
        try:
            try:
                if (
                    not self.receivers
                    or (cached := self.sender_receivers_cache.get(sender)) is NO_RECEIVERS
                ):
                    if signal.tick is None:
                        try:
                            writing.unheard(signal, sender, named, "send", _getframe(1))
                        except RecursionError:
                            _drop()
                    return []
                route = signal.route
                if route.cached is not cached:
                    route = signal.route = signal.routes_by_id.get(id(sender), NOWHERE)
                if (
                    route.cached is cached
                    and not self._dead_receivers
                    and Signal._live_receivers is _live_receivers
                ):
                    # `_live_receivers` for the list that is known already.
                    sync_receivers, async_receivers = [], None
                    for reference in route.references:
                        receiver = reference()
                        if receiver is None:
                            route = None
                        else:
                            sync_receivers.append(receiver)
                else:
                    route = None
                    sync_receivers, async_receivers = self._live_receivers(sender)
            except BaseException as error:
                if signal.tick is None:
                    try:
                        writing.unfound(signal, sender, named, "send", _getframe(1), error)
                    except RecursionError:
                        _drop()
                raise
            if async_receivers:
                return through_django(
                    original,
                    self,
                    signal,
                    sender,
                    named,
                    sync_receivers,
                    async_receivers,
                    _getframe(1),
                )
            responses = []
            running = None
            if signal.tick is None:
                times: list[int] = []
                try:
                    if route is None:
                        route = routing.route_by(cached, self, signal, sender, sync_receivers)
                    running = writing.begin(route, sender, named, "send", _getframe(1), times)
                except RecursionError:
                    _drop()
            if running is None:
                for receiver in sync_receivers:
                    response = receiver(signal=self, sender=sender, **named)
                    responses.append((receiver, response))
                return responses
            # Put together once and copied for each call, which takes two thirds of putting it together each time.
            all_named = None
            if len(sync_receivers) > 1 and "signal" not in named:
                all_named = {"signal": self, "sender": sender, **named}
            token = None
            try:
                # In here: Ctrl+C may come before the next instruction, and must not leave this one as the place.
                token = PLACE.set(running)
                times.append(perf_counter_ns())
                for receiver in sync_receivers:
                    if all_named is not None:
                        response = receiver(**all_named)
                    else:
                        response = receiver(signal=self, sender=sender, **named)
                    times.append(perf_counter_ns())
                    responses.append((receiver, response))
            except BaseException as error:
                try:
                    writing.fail_last(running, error)
                except RecursionError:
                    running.error = writing.RECURSION_ERROR
                except BaseException:
                    running.error = writing.UNKNOWN_ERROR
                    raise
                raise
            finally:
                if token is not None:
                    PLACE.reset(token)
            return responses
        finally:
            if signal.role is not None:
                writing.leave(signal.role)

    return send


def send_robust_around(original: Send) -> Send:
    """Return what stands for Django's own `Signal.send_robust`."""

    @functools.wraps(original)
    def send_robust(self: Any, sender: Any, **named: Any) -> list[Any]:
        try:
            signal = _signals.get(id(self)) or writing.meet(self, named)
        except RecursionError:
            signal = writing.NO_ROOM
        if signal.tick is not None:
            signal.tick()
        try:
            try:
                if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
                    if signal.tick is None:
                        try:
                            writing.unheard(signal, sender, named, "send_robust", _getframe(1))
                        except RecursionError:
                            _drop()
                    return []
                sync_receivers, async_receivers = self._live_receivers(sender)
            except BaseException as error:
                if signal.tick is None:
                    try:
                        writing.unfound(signal, sender, named, "send_robust", _getframe(1), error)
                    except RecursionError:
                        _drop()
                raise
            if async_receivers:
                return through_django(
                    original,
                    self,
                    signal,
                    sender,
                    named,
                    sync_receivers,
                    async_receivers,
                    _getframe(1),
                )
            responses: list[Any] = []
            running = token = None
            times: list[int] = []
            if signal.tick is None:
                try:
                    route = routing.route_to(signal, sender, routing.keys_of(sync_receivers))
                    running = writing.begin(
                        route, sender, named, "send_robust", _getframe(1), times
                    )
                except RecursionError:
                    _drop()
            try:
                if running is not None:
                    token = PLACE.set(running)
                    times.append(perf_counter_ns())
                for receiver in sync_receivers:
                    try:
                        response = receiver(signal=self, sender=sender, **named)
                    except Exception as err:  # noqa: BLE001
                        if running is not None:
                            try:
                                writing.fail_call(running, len(times) - 1, err)
                            except RecursionError:
                                running.error = writing.RECURSION_ERROR
                        self._log_robust_failure(receiver, err)
                        responses.append((receiver, err))
                    else:
                        responses.append((receiver, response))
                    times.append(perf_counter_ns())
            except BaseException as error:
                if running is not None:
                    try:
                        writing.fail_last(running, error)
                    except RecursionError:
                        running.error = writing.RECURSION_ERROR
                    except BaseException:
                        running.error = writing.UNKNOWN_ERROR
                        raise
                raise
            finally:
                if token is not None:
                    PLACE.reset(token)
            return responses
        finally:
            if signal.role is not None:
                writing.leave(signal.role)

    return send_robust
