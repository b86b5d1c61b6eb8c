"""The signals that are sent, with their receivers and arguments, and the loop that is timed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from time import perf_counter_ns
from typing import Any, Protocol

from django.contrib.auth.models import Group, User
from django.core.signals import request_finished, request_started
from django.db.models.signals import ModelSignal
from django.dispatch import Signal

WARM_UP = 200
"""Sends before each sample: the interpreter adapts its code to what has been put in place anew."""

one, five = ModelSignal(use_caching=True), ModelSignal(use_caching=True)
unheard, unconnected = ModelSignal(use_caching=True), ModelSignal(use_caching=True)
muted_one = ModelSignal(use_caching=True)
muted_unheard = ModelSignal(use_caching=True)
muted_unconnected = ModelSignal(use_caching=True)
around = Signal()

USER = User(pk=7, username="benchmark")


class Sends(Protocol):
    """A signal, or what leads to one."""

    def send(self, sender: Any, **named: Any) -> Any: ...


def first(sender: Any, instance: Any, **kwargs: Any) -> None: ...
def second(sender: Any, instance: Any, **kwargs: Any) -> None: ...
def third(sender: Any, instance: Any, **kwargs: Any) -> None: ...
def fourth(sender: Any, instance: Any, **kwargs: Any) -> None: ...
def fifth(sender: Any, instance: Any, **kwargs: Any) -> None: ...


def run(sender: Any, inside: Callable[[], object], **kwargs: Any) -> object:
    return inside()


def connect() -> None:
    """Connect the receivers; those of the unheard signals to a sender that never sends."""
    around.connect(run)
    for signal in (one, muted_one):
        signal.connect(first, sender=User)
    for receiver in (first, second, third, fourth, fifth):
        five.connect(receiver, sender=User)
    for signal in (unheard, muted_unheard):
        signal.connect(first, sender=Group)


def send(signal: Sends, sends: int) -> float:
    """Send with the arguments of `post_save` and return nanoseconds per send; the loop itself takes about ten."""
    user = USER
    began_ns = perf_counter_ns()
    for _ in repeat(None, sends):
        signal.send(
            sender=User,
            instance=user,
            created=True,
            update_fields=None,
            raw=False,
            using="default",
        )
    return (perf_counter_ns() - began_ns) / sends


def send_in_request(
    signal: Sends,
    sends: int,
    warm_up: int = WARM_UP,
    within: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> float:
    """Send as a receiver of another dispatch does in a request, so that each has a parent and an origin."""
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/benchmark/"}
    request_started.send(sender=None, environ=environ)
    try:
        # A transaction begins inside: Django closes what it finds in one as a request starts.
        with within():
            if warm_up:
                around.send(sender=None, inside=lambda: send(signal, warm_up))
            responses: Any = around.send(sender=None, inside=lambda: send(signal, sends))
    finally:
        request_finished.send(sender=None)
    return responses[0][1]  # type: ignore[no-any-return]
