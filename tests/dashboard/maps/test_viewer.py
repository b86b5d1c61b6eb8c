"""What a page with the map is sent, and when."""

from __future__ import annotations

import re

import pytest

from dashboard.feed import Feed
from dashboard.maps import viewer as module
from dashboard.maps.state import MapState
from dashboard.maps.viewer import MapPush, MapViewer, map_html
from dashboard.viewer import FeedViewer
from tests.dashboard.conftest import make_call, make_dispatch
from tracer.filters import Filter
from tracer.stores import Store

SIGNAL, OTHER = "app.signals.placed", "app.signals.paid"


def send(store: Store, **given: object) -> None:
    calls = (make_call(receiver="app.receivers.one"),)
    store.append([make_dispatch(**{"signal": SIGNAL, "calls": calls} | given)])


def opened(feed: Feed, query: MapState | None = None) -> tuple[MapViewer, str]:
    """Return a viewer that goes on from the page as it was answered, and that page."""
    state = query or MapState()
    feed.catch_up()
    with feed.lock:
        html = map_html(feed, state)
    viewer = MapViewer(feed, state)
    shape = re.search(r'data-epoch="(\w+)"', html)
    assert shape
    viewer.resume(0, shape[1], is_frozen=state.freeze)
    return viewer, html


def next_push(feed: Feed, viewer: MapViewer) -> MapPush | None:
    feed.catch_up()
    return viewer.next_push()


def id_of(html: str, name: str) -> str:
    found = re.search(rf'<a id="([\w-]+)" class="[^"]*"[^>]*data-name="{re.escape(name)}"', html)
    assert found, html
    return found[1]


def test_page_is_sent_what_changes_in_its_picture(feed: Feed, store: Store) -> None:
    send(store)
    viewer, html = opened(feed)
    next_push(feed, viewer)
    send(store)
    push = next_push(feed, viewer)
    assert push is not None
    assert push.content == ""
    change = push.changes[id_of(html, "app.receivers.one")]
    assert change["text"] == "2"
    assert "2 calls" in change["aria-label"]
    assert {key[0] for key in push.changes} == {"n", "e"}


def test_new_edge_gives_a_new_picture(feed: Feed, store: Store) -> None:
    send(store)
    viewer, _ = opened(feed)
    next_push(feed, viewer)
    send(store, signal=OTHER)
    push = next_push(feed, viewer)
    assert push is not None
    assert 'hx-target="#sb-map-picture"' in push.content
    assert f'data-name="{OTHER}"' in push.content
    assert push.changes == {}


def test_picture_that_is_as_the_page_has_it_is_not_sent_again(feed: Feed, store: Store) -> None:
    send(store)
    viewer, _ = opened(feed)
    first = next_push(feed, viewer)
    assert first is not None
    assert "sb-map-picture" not in first.content
    assert next_push(feed, viewer) is None


def test_frozen_picture_stands_and_then_shows_what_came_meanwhile(feed: Feed, store: Store) -> None:
    send(store)
    viewer, html = opened(feed)
    next_push(feed, viewer)
    viewer.freeze(is_frozen=True)
    send(store)
    assert next_push(feed, viewer) is None
    viewer.freeze(is_frozen=False)
    push = next_push(feed, viewer)
    assert push is not None
    assert push.changes[id_of(html, SIGNAL)]["text"] == "2"


def test_brightness_goes_although_nothing_comes(
    feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(store)
    viewer, html = opened(feed)
    next_push(feed, viewer)
    last_us = feed.window.traffic.senders["auth.User", SIGNAL].last_us
    for age_s, age in ((0, 0), (20, 2), (2_000, 4)):
        now_ns = (last_us + age_s * 1_000_000) * 1_000
        monkeypatch.setattr(module, "time", type("Clock", (), {"time_ns": lambda now=now_ns: now}))
        push = next_push(feed, viewer)
        assert push is not None
        assert f"sb-age-{age}" in push.changes[id_of(html, SIGNAL)]["class"]


def test_table_is_sent_whole_when_it_changes(feed: Feed, store: Store) -> None:
    send(store)
    viewer, _ = opened(feed, MapState(is_table=True))
    assert viewer.pace_s >= 1.0
    first = next_push(feed, viewer)
    assert first is not None
    assert next_push(feed, viewer) is None
    send(store)
    push = next_push(feed, viewer)
    assert push is not None
    assert "<table" in push.content
    assert push.changes == {}


def test_viewer_is_sent_four_pictures_a_second_at_most(feed: Feed) -> None:
    assert MapViewer(feed, MapState()).pace_s >= 0.25


def test_parts_around_the_map_are_sent_but_not_those_it_has_not(feed: Feed, store: Store) -> None:
    viewer, _ = opened(feed)
    feed.refresh_panels()
    push = next_push(feed, viewer)
    assert push is not None
    assert "#sb-status" in push.content
    assert "#sb-registry" not in push.content
    assert "#sb-rate" not in push.content


def test_store_that_was_cleared_empties_the_map(feed: Feed, store: Store) -> None:
    send(store)
    viewer, html = opened(feed)
    assert SIGNAL in html
    next_push(feed, viewer)
    store.clear()
    push = next_push(feed, viewer)
    assert push is not None
    assert "#sb-map-picture" in push.content
    assert SIGNAL not in push.content


def test_order_stays_while_nodes_come_and_is_anew_for_a_new_page(feed: Feed, store: Store) -> None:
    for number in range(6):
        send(store, signal=f"app.signals.s{number}", sender=f"app.M{5 - number}")
    feed.catch_up()
    with feed.lock:
        before = [node.key for node in feed.arranged.graph(feed, is_origins=False).columns[0]]
    send(store, signal="app.signals.s9", sender="app.A")
    feed.catch_up()
    with feed.lock:
        after = feed.arranged.graph(feed, is_origins=False)
        assert feed.arranged.graph(feed, is_origins=False) is after
        anew = feed.arranged.graph(feed, is_origins=False, is_anew=True)
    keys = [node.key for node in after.columns[0]]
    assert [key for key in keys if key != "sender app.A"] == before
    assert sorted(node.key for node in anew.columns[0]) == sorted(keys)


def test_map_is_drawn_for_nobody_who_has_only_the_feed_open(feed: Feed, store: Store) -> None:
    send(store)
    feed.catch_up()
    viewer = FeedViewer(feed, Filter(), is_tree=True)
    viewer.resume(0, feed.epoch, is_frozen=False)
    # Whoever would draw it asks for the graph.
    feed.arranged = None  # type: ignore[assignment]
    feed.refresh_panels()
    push = viewer.next_push()
    assert push is not None
    assert "sb-map" not in push.content
