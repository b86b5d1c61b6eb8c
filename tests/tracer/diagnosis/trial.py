"""Signals, senders and receivers that are tried, and what is asked about them again and again."""

from __future__ import annotations

from collections.abc import Callable

from django.dispatch import Signal

import tracer
from tracer.diagnosis import Explanation, Uncalled, explain
from tracer.dispatches import Dispatch

parcel_sent = Signal()
parcel_lost = Signal()


class Parcel:
    """A sender."""


class Letter(Parcel):
    """A sender, and a child class."""


class Stamp:
    """A sender of its own."""


def receives(**_: object) -> None: ...


def receives_too(**_: object) -> None: ...


async def awaits(**_: object) -> None: ...


class Clerk:
    def note(self, **_: object) -> None: ...


def captured(send: Callable[[], object]) -> Dispatch:
    """Return the one dispatch that is made."""
    with tracer.capture() as dispatches:
        send()
    (dispatch,) = dispatches
    return dispatch


def explained(signal: Signal, sender: object, **named: object) -> Explanation:
    """Send, and explain the dispatch."""
    return explain(captured(lambda: signal.send(sender, **named)))


def only(explanation: Explanation, short: str = "receives") -> Uncalled:
    """Return what is said of one receiver."""
    (found,) = [each for each in explanation.uncalled if each.short == short]
    return found


def reasons(explanation: Explanation, short: str = "receives") -> list[str]:
    return [each.reason for each in explanation.uncalled if each.short == short]
