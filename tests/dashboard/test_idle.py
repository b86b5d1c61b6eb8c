"""What stands where no row does, and why there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

import tracer
from dashboard.feed import Feed
from tests.dashboard.conftest import make_dispatch
from tracer import control
from tracer.stores import Store

FILTERED = "?filter=sender:shop.Order"


@pytest.fixture(autouse=True)
def installed(settings: Any, feed: Feed) -> Iterator[None]:
    settings.DEBUG = True
    tracer.install()
    yield
    tracer.uninstall()


def headings(client: Client, query: str = "") -> list[str]:
    """Return the headings of the empty feed that are not hidden."""
    response: Any = client.get(f"/signals/{query}")
    empty = response.content.decode().split('class="sb-empty"')[1].split('id="sb-pill"')[0]
    seen = re.sub(r"<div hidden>.*", "", empty, flags=re.DOTALL)
    return re.findall(r"<h2[^>]*>(.*?)</h2>", seen)


def test_nothing_was_dispatched_yet(client: Client) -> None:
    assert headings(client) == ["Listening"]
    assert b"is not sent while nobody listens" in client.get("/signals/").content


def test_nothing_matches_and_the_filter_can_be_cleared(client: Client, store: Store) -> None:
    assert headings(client, FILTERED) == ["Nothing is kept that could match"]
    store.append([make_dispatch(sender="auth.User")])
    assert headings(client, FILTERED) == ["No dispatch matches the filter"]
    assert (
        b'<a class="sb-button" href="/signals/">Show all</a>'
        in client.get(f"/signals/{FILTERED}").content
    )


def test_filter_does_not_parse(client: Client) -> None:
    assert headings(client, "?filter=is:nothing") == ["The filter does not parse"]


def test_recording_is_stopped(client: Client, feed: Feed) -> None:
    control.set_recording(False)
    assert headings(client) == ["Recording is stopped"]
    control.set_recording(True)
    assert headings(client) == ["Listening"]


def test_cleared_is_said_with_its_time_until_something_comes(
    client: Client, store: Store, feed: Feed
) -> None:
    store.append([make_dispatch()])
    feed.catch_up()
    store.clear()
    assert headings(client) == ["Cleared"]
    assert re.search(
        rb'until <time datetime="[^"]+" title="[^"]+">\d\d:\d\d:\d\d\.\d{3}</time>',
        client.get("/signals/").content,
    )


def test_open_page_is_sent_the_same(store: Store, feed: Feed) -> None:
    store.append([make_dispatch()])
    feed.catch_up()
    store.clear()
    feed.catch_up()
    assert feed.refresh_panels()
    assert "<h2>Cleared</h2>" in feed.panels["idle"]


def test_store_cannot_be_read(client: Client, store: Store) -> None:
    store.close()
    assert headings(client) == ["The store cannot be read"]
    # Whether anything would match is not known.
    assert headings(client, FILTERED) == ["The store cannot be read"]


def test_tracer_is_not_installed(client: Client) -> None:
    tracer.uninstall()
    assert headings(client) == ["Nothing is recorded in this process"]
