"""Fixtures for the tests of the demo site: what it holds, and its buttons."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

import tracer
from demo_site import seed
from demo_site.cases.catalogue import CASES
from tracer import Dispatch, ReceiverCall, connections


@dataclasses.dataclass(frozen=True)
class Pressed:
    """What pressing a button gave: the answer, and every dispatch of its request."""

    response: HttpResponse
    dispatches: Sequence[Dispatch]

    def of(self, signal: str, sender: str | None = None) -> list[Dispatch]:
        """Return the dispatches of a signal, by the last part of its name, in start order."""
        return [
            dispatch
            for dispatch in self.dispatches
            if dispatch.signal.rpartition(".")[2] == signal
            and (sender is None or dispatch.sender == sender)
        ]

    def one(self, signal: str, sender: str | None = None) -> Dispatch:
        """Return the only dispatch of a signal."""
        [dispatch] = self.of(signal, sender)
        return dispatch

    def under(self, parent: Dispatch) -> list[Dispatch]:
        """Return what receivers of `parent` dispatched."""
        return [dispatch for dispatch in self.dispatches if dispatch.parent_id == parent.id]


Press = Callable[[str], Pressed]


def receivers(dispatch: Dispatch) -> list[str]:
    """Return the short names of a dispatch's receivers."""
    return [short(call) for call in dispatch.calls]


def short(call: ReceiverCall) -> str:
    return call.receiver.rpartition(".")[2]


def call_of(dispatch: Dispatch, receiver: str) -> ReceiverCall:
    """Return the only call of a receiver, by the last part of its name."""
    [call] = [call for call in dispatch.calls if short(call) == receiver]
    return call


@pytest.fixture
def sown(db: None) -> None:
    """Let the site hold what a new one holds."""
    cache.clear()
    seed.sow()


@pytest.fixture
def watched() -> Iterator[None]:
    """Note what is connected during the test, as the running site does."""
    connections.watch()
    yield
    connections.unwatch()


@pytest.fixture
def press(sown: None, client: Client) -> Press:
    """Return a function that presses a case's button and gives what was dispatched."""

    def press(slug: str) -> Pressed:
        client.raise_request_exception = not CASES[slug].leaves_page
        with tracer.capture() as dispatches:
            response = client.post(f"/cases/{slug}/", headers={"HX-Request": "true"})
        return Pressed(response, dispatches)

    return press
