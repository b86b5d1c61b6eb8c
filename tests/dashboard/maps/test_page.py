"""The map's page, its fragment and its socket, asked for as a browser and as htmx do."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import tracer
from dashboard.feed import Feed
from dashboard.maps.graph import graph
from dashboard.maps.state import MapState
from dashboard.maps.view import map_view
from dashboard.rendering import render
from tests.dashboard.conftest import get_by_asgi, make_call, make_dispatch
from tests.dashboard.test_consumers import hear, on_loop, say, socket
from tracer.stores import Store

SIGNAL, CAUSED = "app.signals.placed", "app.signals.paid"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


def get(client: Client, query: str = "", **headers: str) -> HttpResponse:
    response: HttpResponse = client.get(f"/signals/map/{query}", headers=headers)  # type: ignore[assignment]
    return response


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def fill(store: Store, **given: object) -> None:
    calls = (make_call(receiver="app.receivers.one"),)
    parent = make_dispatch(**{"id": "p", "signal": SIGNAL, "calls": calls} | given)
    child = make_dispatch(signal=CAUSED, id="c", parent_id="p", parent_call=0, root_id="p", depth=1)
    store.append([parent, child])


def test_page_draws_the_map_under_its_own_strict_policy(store: Store) -> None:
    fill(store)
    response = get_by_asgi("/signals/map/")
    text = text_of(response)
    for name in (SIGNAL, "app.receivers.one", "auth.User", CAUSED):
        assert f'data-name="{name}"' in text
    assert 'hx-ws:connect="/signals/feed/?page=map"' in text
    assert "default-src 'self'" in response["Content-Security-Policy"]
    for inline in ("<style", " style=", " onclick", "hx-on", "js:", "<script>"):
        assert inline not in text


def test_map_leaves_no_dispatch(client: Client) -> None:
    with tracer.capture() as dispatches:
        get(client)
        get(client, "?from=origins&by=time", **HTMX)
        get(client, "?view=table")
    assert dispatches == []


def test_map_is_only_for_those_who_may_look(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    assert get(client).status_code == 403


def test_htmx_gets_the_map_alone_and_its_address(client: Client, store: Store) -> None:
    fill(store)
    response = get_by_asgi("/signals/map/?by=time&from=origins", **HTMX)
    assert text_of(response).lstrip().startswith('<div id="sb-map"')
    assert response["HX-Push-Url"] == "/signals/map/?from=origins&by=time"
    assert "hx-ws:connect=\"/signals/feed/?page=map&from=origins&by=time\"" in unescape(text_of(response))  # fmt: skip
    restored = get(client, **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<!doctype html>" in text_of(restored)


def test_table_says_the_same_in_words(client: Client, store: Store) -> None:
    fill(store)
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", text_of(get(client, "?view=table")))
    words = [re.sub("<[^>]+>", "", cell) for cell in cells]
    assert words.count(SIGNAL) == 2
    assert words.count("app.receivers.one") == 2
    assert words.count(CAUSED) == 2


def test_map_of_nothing_says_what_would_be_there() -> None:
    view = map_view(graph([], {}, {}, {}, (), is_origins=False), MapState(), 0)
    assert "Nothing is connected" in render("_map_picture.html", view=view, here="/signals/")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><a href=x>', "a\u202eb"])
def test_names_are_escaped(client: Client, store: Store, name: str) -> None:
    fill(store, sender=name, origin=f"GET /{name}")
    for query in ("", "?from=origins", "?view=table"):
        text = text_of(get(client, query))
        assert name not in text
        assert "<script>alert" not in text


def test_what_an_address_cannot_mean_is_as_if_it_were_not_there(client: Client) -> None:
    for query in ("?from=x&by=y&view=z&freeze=q&fold=%00&unfold=receiver", "?fold=" + "x" * 5_000):
        assert get(client, query).status_code == 200


def test_socket_of_the_map_gets_what_changes(feed: Feed, store: Store, client: Client) -> None:
    fill(store)
    shape = re.search(r'data-epoch="(\w+)"', text_of(get(client)))
    assert shape

    async def look() -> None:
        page = socket("?page=map")
        assert (await page.connect())[0]
        await say(page, resume=0, epoch=shape[1])
        store.append([make_dispatch(signal=SIGNAL, id="later")])
        changes: dict[str, dict[str, str]] = {}
        async with asyncio.timeout(10):
            while not any(change.get("text") == "2" for change in changes.values()):
                push = await hear(page)
                await say(page, ack=push["cursor"])
                assert "sb-map-picture" not in push["content"]
                changes |= push["changes"]
        await page.disconnect()

    on_loop(look)


def test_page_is_linked_from_the_feed_and_marked_there(client: Client) -> None:
    path = reverse("signalbox:map")
    assert f'<a href="{path}">Map</a>' in text_of(client.get("/signals/"))
    assert f'<a href="{path}" aria-current="page">Map</a>' in text_of(get(client))
