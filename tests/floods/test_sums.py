"""Shown, collapsed and counted as dropped are together what was dispatched, whatever comes, however fast."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.dispatch import Signal

import dashboard.feed
from dashboard.feed import CAPACITY, Feed
from dashboard.viewer import FeedViewer
from tests.conftest import WaitUntil
from tests.dashboard.conftest import make_dispatch, make_marker
from tests.floods.page import Page
from tracer import stores
from tracer.context import quiet
from tracer.filters import Filter
from tracer.recorder import recorder
from tracer.stores import Store

poured, tipped = Signal(), Signal()


@pytest.fixture
def installed_store(settings: Any, installed_store: Store) -> Store:
    settings.SIGNALBOX = settings.SIGNALBOX | {"CAPACITY": 100_000}
    stores.close_shared()
    return stores.shared()


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    for signal in (poured, tipped):
        signal.receivers = []
        signal.sender_receivers_cache.clear()


def drink(**_: object) -> None: ...


def viewer_of(feed: Feed, page: Page, text: str = "") -> Callable[[], None]:
    """Return a function that gives the page what is new for it."""
    feed.catch_up()
    viewer = FeedViewer(feed, Filter.parse(text), is_tree=True)
    viewer.resume(feed.window.cursor, feed.epoch, is_frozen=False)

    def look() -> None:
        with quiet():  # As the page's own requests and sockets are.
            feed.catch_up()
            push = viewer.next_push()
        if push is not None:
            page.take(push)

    return look


@pytest.fixture
def live(installed_store: Store) -> Iterator[Feed]:
    """Return the feed over the store that the tracer writes, and which keeps all of it."""
    dashboard.feed.feed.cache_clear()
    recorder.flush()  # What the settings of the test have dispatched.
    yield dashboard.feed.feed()
    dashboard.feed.feed.cache_clear()


def dispatched() -> int:
    """Return how many dispatches were met: taken into the ring, or found it full."""
    return recorder.taken + recorder.dropped


def poured_in_one_request(number: int, *, within: Callable[[], None] = drink) -> None:
    request_started.send(None, environ={"REQUEST_METHOD": "GET", "PATH_INFO": "/pour/"})
    try:
        for each in range(number):
            poured.send(None)
            if each % 4_000 == 3_999:
                within()
    finally:
        request_finished.send(None)


def test_fifty_thousand_of_one_request_are_shown_collapsed_or_counted(
    live: Feed, wait_until: WaitUntil
) -> None:
    page = Page()
    look = viewer_of(live, page)
    poured.connect(drink)
    before = dispatched()
    poured_in_one_request(50_000, within=look)
    assert dispatched() - before == 50_002

    def is_accounted() -> bool:
        recorder.flush(even_running=True)
        look()
        return page.accounted >= 50_002

    wait_until(is_accounted, 30)
    assert page.accounted == 50_002
    # However many come, a push brings no more than a hundred rows of them.
    assert page.collapsed > 0
    assert live.window.origins.keys() <= {one.origin_id for one in live.window.dispatches()}


def test_loop_that_finds_the_ring_full_is_counted_where_the_rows_would_have_been(
    live: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "capacity", 500)
    page = Page()
    look = viewer_of(live, page)
    for _ in range(20):
        with recorder._lock:
            for _ in range(1_500):
                poured.send(None)
        recorder.flush()
        look()
    assert (page.dropped, page.accounted) == (20_000, 30_000)


def test_what_the_store_made_room_for_before_it_was_read_is_said(
    feed: Feed, store: Store, settings: Any
) -> None:
    page = Page()
    look = viewer_of(feed, page)
    for _ in range(3):
        store.append([make_dispatch() for _ in range(10_000)])
    assert store.trimmed_to() > 0
    look()
    assert page.accounted == 30_000
    assert any(">about " in row for row in page.rows.values())


def test_record_that_comes_again_leaves_no_gap(feed: Feed, store: Store) -> None:
    page = Page()
    look = viewer_of(feed, page)
    runs = {"state": "running", "duration_ns": None}
    store.append([make_dispatch(id=f"r-{n}", sender=f"a.M{n}", **runs) for n in range(20)])
    store.append([make_dispatch(id=f"r-{n}", sender=f"a.M{n}") for n in range(20)])
    look()
    assert (page.shown, page.accounted) == (20, 20)


def test_dropped_is_said_although_its_marker_has_left_the_window(feed: Feed, store: Store) -> None:
    page = Page()
    look = viewer_of(feed, page)
    store.append([make_marker(kind="dropped", count=700, text="the ring was full")])
    store.append([make_dispatch() for _ in range(CAPACITY)])
    feed.catch_up()
    store.append([make_dispatch() for _ in range(CAPACITY)])
    look()
    assert (page.lost, page.dropped) == (CAPACITY, 700)


def test_marker_of_what_was_dropped_is_in_no_gap(feed: Feed, store: Store) -> None:
    page = Page()
    look = viewer_of(feed, page)
    for number in range(3):
        store.append([make_dispatch(sender=f"a.M{n}") for n in range(300)])
        store.append([make_marker(kind="dropped", count=1_000 + number, text="the ring was full")])
    store.append([make_dispatch(sender=f"a.M{n}") for n in range(300)])
    look()
    assert (page.shown, page.collapsed, page.dropped) == (100, 1_100, 3_003)


def test_receiver_that_dispatches_for_ever_is_shown_while_it_does_and_bounded(
    live: Feed, wait_until: WaitUntil
) -> None:
    page = Page()
    look = viewer_of(live, page)
    stop, sent = threading.Event(), [0]

    def for_ever(**_: object) -> None:
        while not stop.is_set():
            tipped.send(None)
            sent[0] += 1
            if sent[0] % 2_000 == 0:
                recorder.flush(even_running=True)
                look()
                stop.set() if sent[0] >= 8 * CAPACITY else None

    poured.connect(for_ever)
    before = dispatched()
    thread = threading.Thread(target=poured.send, args=(None,))
    thread.start()
    thread.join()
    recorder.flush(even_running=True)
    look()
    after = dispatched()
    assert after - before == sent[0] + 1
    assert page.accounted == sent[0] + 1
    assert not any("still running" in row for row in page.rows.values())
    window = live.window
    assert len(window.rows) <= CAPACITY
    assert sum(map(len, window.children.values())) <= 3 * CAPACITY
    assert len(window._versions) <= 2 * CAPACITY
    assert not recorder._unfinished
    assert not recorder._unfinished._handed_on_running


@pytest.mark.parametrize("is_committed", [True, False])
def test_open_transaction_of_thousands_gives_no_row_twice_as_it_ends(
    feed: Feed, store: Store, is_committed: bool
) -> None:
    page = Page()
    look = viewer_of(feed, page)
    ids = [f"t-{number}" for number in range(3_000)]
    for first in range(0, 3_000, 500):
        store.append([make_dispatch(id=each, transaction="open") for each in ids[first:][:500]])
        look()
    assert page.accounted == 3_000
    outcome = "committed" if is_committed else "rolled back"
    store.append([make_dispatch(id=each, transaction=outcome) for each in ids])
    look()
    assert page.accounted == 3_000


def test_row_that_runs_on_is_drawn_as_it_ended_although_thousands_came_meanwhile(
    feed: Feed, store: Store
) -> None:
    page = Page()
    look = viewer_of(feed, page)
    store.append([make_dispatch(id="r-1", state="running", duration_ns=None)])
    look()
    for count in (2_000, CAPACITY + 1):
        store.append([make_dispatch(sender=f"a.M{n}") for n in range(count)])
        look()
    store.append([make_dispatch(id="r-1")])
    look()
    assert "still running" not in page.rows["d-r-1"]
    assert page.accounted == 2_000 + CAPACITY + 2


@pytest.mark.parametrize("away", [1, 700, CAPACITY - 10, 3 * CAPACITY], ids=str)
@pytest.mark.parametrize("kinds", [1, 3], ids=["all equal", "three kinds"])
def test_viewer_that_returns_has_no_gap_and_no_double_row(
    feed: Feed, store: Store, kinds: int, away: int
) -> None:
    """As after a cut of the network, or an hour in which the tab slept: by the cursor that the page had reached."""
    page, number = Page(), 0

    def come(count: int) -> None:
        nonlocal number
        for first in range(0, count, CAPACITY):
            senders = range(number + first, number + min(first + CAPACITY, count))
            store.append([make_dispatch(sender=f"a.M{n // 7 % kinds}") for n in senders])
            feed.catch_up()
        number += count

    look = viewer_of(feed, page)
    for _ in range(4):
        come(330)
        look()
    cursor, epoch = feed.window.cursor, feed.epoch
    come(away)
    viewer = FeedViewer(feed, Filter(), is_tree=True)
    viewer.resume(cursor, epoch, is_frozen=False)
    for _ in range(3):
        push = viewer.next_push()
        if push is not None:
            page.take(push)
        come(40)
    push = viewer.next_push()
    assert push is not None
    page.take(push)
    assert page.accounted == number


def test_viewer_that_returns_sees_what_ran_as_it_ended(feed: Feed, store: Store) -> None:
    page = Page()
    look = viewer_of(feed, page)
    runs = {"state": "running", "duration_ns": None}
    store.append([make_dispatch(id="a-1"), make_dispatch(id="a-2", **runs), make_dispatch()])
    look()
    cursor, epoch = feed.window.cursor, feed.epoch
    store.append([make_dispatch(id="a-2"), make_dispatch()])
    feed.catch_up()
    viewer = FeedViewer(feed, Filter(), is_tree=True)
    viewer.resume(cursor, epoch, is_frozen=False)
    push = viewer.next_push()
    assert push is not None
    page.take(push)
    assert "still running" not in page.rows["d-a-2"]
    assert page.shown == 4
