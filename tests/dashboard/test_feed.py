"""The one reader that the viewers of a process share."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from pytest_django import Settings

import dashboard.feed
from dashboard.feed import CAPACITY, Feed
from tests.conftest import WaitUntil
from tests.dashboard.conftest import make_dispatch
from tests.redis_server import RedisServer
from tracer import control, stores
from tracer.dispatches import Record
from tracer.stores import Store
from tracer.stores.lasting import Capacity
from tracer.stores.memory import MemoryStore
from tracer.stores.sqlite import SqliteStore


class Woken:
    """A viewer that counts how often it is woken."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def wake(self) -> None:
        self.event.set()


class Following(Woken):
    """One that notes how far the window was each time, until it has come to a cursor."""

    def __init__(self, feed: Feed, until: int) -> None:
        super().__init__()
        self.reached: list[int] = []
        self._feed, self._until = feed, until

    def wake(self) -> None:
        self.reached.append(self._feed.window.cursor)
        if self.reached[-1] >= self._until:
            super().wake()


def test_catching_up_reads_what_is_new_and_says_whether_there_was(feed: Feed, store: Store) -> None:
    feed.catch_up()
    feed.has_news()
    feed.catch_up()
    assert not feed.has_news()
    store.append([make_dispatch(id="a-1")])
    feed.catch_up()
    # Somebody else reads before the reader asks.
    feed.catch_up()
    assert feed.has_news()
    assert not feed.has_news()
    assert list(feed.window.rows) == ["a-1"]


def test_feed_far_behind_begins_with_the_newest(feed: Feed) -> None:
    feed.catch_up()
    store = stores.shared()
    for _ in range(4):
        store.append([make_dispatch() for _ in range(CAPACITY // 2)])
    feed.catch_up()
    assert len(feed.window.rows) == CAPACITY
    assert feed.window.trimmed_to == CAPACITY
    assert feed.window.cursor == 2 * CAPACITY


def test_counts_are_of_all_that_came_although_the_window_holds_a_part(
    feed: Feed, store: Store
) -> None:
    store.append([make_dispatch()])
    feed.catch_up()
    store.append([make_dispatch() for _ in range(3 * CAPACITY)])
    feed.catch_up()
    assert len(feed.window.rows) == CAPACITY
    assert feed.window.counters.dispatches == 3 * CAPACITY + 1


def test_feed_that_would_never_be_done_begins_with_the_newest(
    feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard.feed, "FAR", CAPACITY)
    feed.catch_up()
    store.append([make_dispatch() for _ in range(3 * CAPACITY)])
    feed.catch_up()
    assert feed.window.counters.dispatches == CAPACITY
    assert (feed.window.cursor, feed.window.trimmed_to) == (3 * CAPACITY, 2 * CAPACITY)


class Emptied(MemoryStore):
    """A store that somebody clears as soon as its newest record was asked for."""

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        found = super().newest(limit)
        if limit == 1:
            self.clear()
        return found


def test_feed_that_is_far_behind_as_the_store_is_cleared_begins_anew(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard.feed, "FAR", CAPACITY)
    store = Emptied(Capacity(10 * CAPACITY, 1 << 30))
    feed._read(store)
    store.append([make_dispatch() for _ in range(3 * CAPACITY)])
    feed._read(store)
    store.append([make_dispatch(id="new-1")])
    feed._read(store)
    assert list(feed.window.rows) == ["new-1"]


def test_viewers_are_shown_what_was_read_before_the_rest_is(feed: Feed, store: Store) -> None:
    async def look() -> None:
        feed.catch_up()
        store.append([make_dispatch() for _ in range(2 * CAPACITY)])
        viewer = Following(feed, 2 * CAPACITY)
        feed.join(viewer)
        await asyncio.wait_for(viewer.event.wait(), 30)
        feed.leave(viewer)
        assert feed._reader is not None
        await asyncio.wait_for(feed._reader, 30)
        assert viewer.reached[0] == CAPACITY

    async_to_sync(look)()


def test_store_that_cannot_be_read_is_told_and_comes_back(feed: Feed, store: Store) -> None:
    store.append([make_dispatch()])
    feed.catch_up()
    store.close()
    feed.catch_up()
    assert feed.has_news()
    assert feed.problem == "The store is closed."
    assert len(feed.window.rows) == 1
    stores.close_shared()
    stores.shared().append([make_dispatch(id="new-1")])
    feed.catch_up()
    assert feed.has_news()
    assert (feed.problem, list(feed.window.rows)) == (None, ["new-1"])


def test_viewers_are_woken_when_something_comes_and_the_reader_ends_with_the_last(
    feed: Feed, store: Store
) -> None:
    async def look() -> None:
        one, other = Woken(), Woken()
        feed.join(one)
        feed.join(other)
        reader = feed._reader
        assert reader is not None
        await asyncio.wait_for(asyncio.gather(one.event.wait(), other.event.wait()), 30)
        one.event.clear()
        feed.leave(other)
        store.append([make_dispatch()])
        await asyncio.wait_for(one.event.wait(), 30)
        feed.leave(one)
        await asyncio.wait_for(reader, 30)

    async_to_sync(look)()


def test_redis_wakes_the_viewers_by_one_blocking_reader_that_ends_with_the_last(
    feed: Feed, redis_server: RedisServer, settings: Settings
) -> None:
    settings.SIGNALBOX = {"STORE": redis_server.url}
    store = stores.shared()

    async def look() -> None:
        viewers = [Woken() for _ in range(5)]
        for viewer in viewers:
            feed.join(viewer)
        reader = feed._reader
        assert reader is not None
        for number in range(3):
            for viewer in viewers:
                viewer.event.clear()
            await asyncio.to_thread(store.append, [make_dispatch(id=f"a-{number}")])
            for viewer in viewers:
                await asyncio.wait_for(viewer.event.wait(), 30)
        for viewer in viewers:
            feed.leave(viewer)
        await asyncio.wait_for(reader, 30)

    async_to_sync(look)()
    with redis_server.client() as client:
        blocking = [one for one in client.client_list() if one["cmd"] == "xread"]
    assert len(blocking) == 1
    feed.catch_up()
    assert list(feed.window.rows) == ["a-0", "a-1", "a-2"]


def test_viewers_look_at_the_window_while_the_store_takes_its_time_for_the_panels(
    feed: Feed, tmp_path: Path, settings: Settings, wait_until: WaitUntil
) -> None:
    settings.SIGNALBOX = {"STORE": f"sqlite:///{tmp_path / 'box.sqlite3'}"}
    feed.catch_up()
    store = stores.shared()
    assert isinstance(store, SqliteStore)
    refreshing = threading.Thread(target=feed.refresh_panels)
    with store._reading.use():
        refreshing.start()
        wait_until(lambda: feed._panels_at > 0)
        assert feed.lock.acquire(timeout=5)
        assert feed.panels == {}, "it waits for the store"
        feed.lock.release()
    refreshing.join(30)
    assert "0 kept" in feed.panels["status"]


def test_nothing_is_read_or_drawn_without_a_viewer(feed: Feed, store: Store) -> None:
    async def look() -> None:
        viewer = Woken()
        feed.join(viewer)
        await asyncio.wait_for(viewer.event.wait(), 30)
        feed.leave(viewer)
        assert feed._reader is not None
        await asyncio.wait_for(feed._reader, 30)

    async_to_sync(look)()
    cursor, panels = feed.window.cursor, feed.panels
    store.append([make_dispatch()])
    assert (feed.window.cursor, feed.panels) == (cursor, panels)


def test_there_is_one_feed_per_process(feed: Feed) -> None:
    assert dashboard.feed.feed() is feed


def test_what_is_drawn_for_a_page_that_polls_is_news_for_those_with_a_socket(
    feed: Feed, store: Store
) -> None:
    feed.look()
    assert feed.has_news()
    control.set_recording(on=False)
    feed._panels_at = 0.0
    feed.look()
    assert feed.has_news()
    assert not feed.has_news()
