"""The least that a recorder could do: clock readings, and one tuple into a bounded deque. Records nothing of use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter_ns
from typing import Any

from django.dispatch import Signal
from django.dispatch.dispatcher import NO_RECEIVERS

CAPACITY = 20_000  # tuples, as many as the recorder's ring has dispatches

_keep = deque[object](maxlen=CAPACITY).append
_original: Callable[..., Any] = Signal.send


def send(self: Signal, sender: Any, **named: Any) -> Any:
    """Read the clock twice and append one tuple."""
    began_ns = perf_counter_ns()
    responses = _original(self, sender, **named)
    _keep((began_ns, perf_counter_ns()))
    return responses


def send_by_receiver(self: Signal, sender: Any, **named: Any) -> Any:
    """Read the clock twice for each receiver and append one tuple; a loop in place of Django's."""
    if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
        return []
    responses = []
    readings = []
    sync_receivers, _ = self._live_receivers(sender)
    for receiver in sync_receivers:
        began_ns = perf_counter_ns()
        response = receiver(signal=self, sender=sender, **named)
        readings.append((began_ns, perf_counter_ns()))
        responses.append((receiver, response))
    _keep((sender, readings))
    return responses


@contextmanager
def in_place(wrapper: Callable[..., Any]) -> Iterator[None]:
    """Let `wrapper` be `Signal.send` inside."""
    Signal.send = wrapper  # type: ignore[method-assign]
    try:
        yield
    finally:
        Signal.send = _original  # type: ignore[method-assign]
