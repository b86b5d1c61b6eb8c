"""Records to show, and a feed of one's own to show them in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient

import dashboard.feed
import tracer
from dashboard.feed import Feed
from dashboard.window import Window
from tracer import control, stores
from tracer.dispatches import Dispatch, Marker, ReceiverCall, Record

NOON_US = 1_780_000_000_000_000
_numbers = itertools.count(1)


class Clock:
    """The time, as a test sets it; it stands in a module for its `time`."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def time_ns(self) -> int:
        return NOON_US * 1_000 + int(self.now * 1_000_000_000)


def make_dispatch(**given: Any) -> Dispatch:
    number = next(_numbers)
    name = given.pop("id", f"test-{number}")
    values: dict[str, Any] = {
        "id": name,
        "process": "pytest 1@here",
        "thread": "MainThread",
        "signal": "django.db.models.signals.post_save",
        "sender": "auth.User",
        "method": "send",
        "started_us": NOON_US + number * 1_000,
        "duration_ns": 1_000_000,
        "state": "ok",
        "root_id": name,
    }
    return Dispatch(**values | given)


def make_call(**given: Any) -> ReceiverCall:
    values: dict[str, Any] = {
        "receiver": "app.receivers.one",
        "started_ns": 0,
        "duration_ns": 1_000,
    }
    return ReceiverCall(**values | given)


def make_marker(**given: Any) -> Marker:
    number = next(_numbers)
    values: dict[str, Any] = {
        "id": f"marker-{number}",
        "process": "runserver 1@here",
        "kind": "started",
        "at_us": NOON_US + number * 1_000,
    }
    return Marker(**values | given)


def window_of(*records: Record, capacity: int = 1_000) -> Window:
    window = Window(capacity)
    window.add(list(enumerate(records, 1)))
    return window


def get_by_asgi(path: str, **headers: str) -> HttpResponse:
    """Ask for a page over ASGI, where there may be a socket."""
    response: HttpResponse = async_to_sync(AsyncClient().get)(path, headers=headers)
    return response


@pytest.fixture
def store() -> Iterator[stores.Store]:
    """Return the shared store, in memory and empty, into which nothing but the test writes."""
    # A test that loads the apps anew has their `ready()` install the tracer.
    tracer.uninstall()
    stores.close_shared()
    yield stores.shared()
    control.apply(stores.Control())
    stores.close_shared()


@pytest.fixture
def feed(store: stores.Store) -> Iterator[Feed]:
    """Return the process's feed, begun anew."""
    dashboard.feed.feed.cache_clear()
    yield dashboard.feed.feed()
    dashboard.feed.feed.cache_clear()
