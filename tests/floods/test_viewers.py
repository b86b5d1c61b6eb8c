"""Viewers that do not behave: what each may cost is bounded, and the others do not notice."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator

from dashboard import consumers
from dashboard.feed import CAPACITY, Feed
from tests.dashboard.conftest import make_dispatch
from tests.dashboard.test_consumers import hear, say, socket
from tests.floods.page import Page
from tracer.stores import Store

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    settings.DEBUG = True


def on_loop(test: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(test)()


class Pushed:
    """A push as a page has it."""

    def __init__(self, heard: dict[str, Any]) -> None:
        self.content: str = heard["content"]
        self.cursor: int = heard["cursor"]


async def opened(store: Store, cursor: int = 0) -> WebsocketCommunicator:
    page = socket()
    assert (await page.connect())[0]
    await say(page, resume=cursor, epoch=store.epoch)
    return page


async def read_until(communicator: WebsocketCommunicator, page: Page, accounted: int) -> int:
    """Acknowledge pushes until the page tells of so many dispatches; return the cursor that it has reached."""
    cursor = 0
    while page.accounted < accounted:
        push = Pushed(await hear(communicator))
        page.take(push)
        cursor = push.cursor
        await say(communicator, ack=cursor)
    return cursor


async def closed(communicator: WebsocketCommunicator) -> tuple[int, int]:
    """Read until the server closes; return with which code, and how many pushes came before."""
    pushes = 0
    while (output := await communicator.receive_output(timeout=10))["type"] == "websocket.send":
        pushes += 1
    assert output["type"] == "websocket.close"
    return output["code"], pushes


def test_hundred_viewers_have_each_row_once(feed: Feed, store: Store) -> None:
    async def look() -> None:
        viewers = [await opened(store) for _ in range(100)]
        pages = [Page() for _ in viewers]
        for first in (0, 60):
            store.append([make_dispatch(sender=f"a.M{first + n}") for n in range(60)])
            looking = (
                read_until(viewer, page, first + 60)
                for viewer, page in zip(viewers, pages, strict=True)
            )
            await asyncio.gather(*looking)
        assert {(page.shown, page.accounted) for page in pages} == {(120, 120)}
        assert len(feed._viewers) == 100
        for viewer in viewers:
            await viewer.disconnect()
        assert feed._viewers == set()

    on_loop(look)


def test_viewer_that_stops_reading_is_closed_and_goes_on_where_it_was(
    feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ACK_TIMEOUT_S", 0.3)

    async def look() -> None:
        page, other_page = Page(), Page()
        viewer, other = await opened(store), await opened(store)
        store.append([make_dispatch(sender=f"a.M{n}") for n in range(50)])
        cursor = await read_until(viewer, page, 50)
        total = 50
        for _ in range(12):
            store.append([make_dispatch(sender=f"a.M{n}") for n in range(CAPACITY // 4)])
            total += CAPACITY // 4
            # Meanwhile the others have what comes.
            await read_until(other, other_page, total)
        code, pushes = await closed(viewer)
        assert code == consumers.TOO_SLOW
        assert pushes <= consumers.MAX_UNACKNOWLEDGED
        assert len(feed._viewers) == 1
        await viewer.disconnect()
        # It comes again with the cursor that it had reached, as the page's script does.
        viewer = await opened(store, cursor)
        await read_until(viewer, page, total)
        assert (page.accounted, other_page.accounted) == (total, total)
        assert page.lost > 0
        await viewer.disconnect()
        await other.disconnect()

    on_loop(look)


def test_viewer_that_acknowledges_what_it_was_not_sent_is_sent_no_more_for_it(
    feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ACK_TIMEOUT_S", 1.0)

    async def look() -> None:
        viewer, other = await opened(store), await opened(store)
        page = Page()
        for number in range(12):
            store.append([make_dispatch(sender=f"a.M{number}")])
            await read_until(other, page, number + 1)
            await say(viewer, ack=10**9)
        code, pushes = await closed(viewer)
        assert (code, pushes) == (consumers.TOO_SLOW, consumers.MAX_UNACKNOWLEDGED)
        await viewer.disconnect()
        await other.disconnect()

    on_loop(look)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("\x00\xffgarbage", consumers.NOT_OURS),
        ("[" * 4_000, consumers.NOT_OURS),
        ("x" * MEGABYTE, consumers.NOT_OURS),
        (json.dumps({"a\nline\r\nof its own": 1}), consumers.NOT_OURS),
        (json.dumps({"é" * 1_000: 1}, ensure_ascii=False), consumers.NOT_OURS),
        (json.dumps({"ack": 1}), consumers.TOO_MANY),
        (json.dumps({"frozen": True}), consumers.TOO_MANY),
        (json.dumps({"resume": 0, "epoch": ""}), consumers.TOO_MANY),
    ],
    ids=["garbage", "depth", "megabyte", "lines", "long", "acks", "freezes", "resumes"],
)
def test_thousand_messages_at_once_close_the_socket_with_one_line(
    feed: Feed,
    store: Store,
    message: str,
    code: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A machine that is busy may take seconds for a thousand.
    monkeypatch.setattr(consumers, "MOST_MESSAGES", 20)

    async def look() -> None:
        other = await opened(store)
        viewer = socket()
        assert (await viewer.connect())[0]
        for _ in range(20 if len(message) == MEGABYTE else 1_000):
            await viewer.send_to(text_data=message)
        while (closing := await viewer.receive_output(timeout=10))["type"] == "websocket.send":
            continue
        assert (closing["type"], closing["code"]) == ("websocket.close", code)
        # What the protocol has room for.
        assert 0 < len(closing["reason"].encode()) <= 123
        assert await viewer.receive_nothing(timeout=0.1)
        assert len(feed._viewers) == 1
        store.append([make_dispatch()])
        await read_until(other, Page(), 1)
        await viewer.disconnect()
        await other.disconnect()

    with caplog.at_level(logging.WARNING, "signalbox.dashboard"):
        on_loop(look)
    (record,) = caplog.records
    assert record.getMessage().isprintable()
    assert len(record.getMessage()) < 300


def test_page_that_says_what_pages_say_is_never_too_much(feed: Feed, store: Store) -> None:
    async def look() -> None:
        viewer, page = await opened(store), Page()
        for number in range(consumers.MOST_MESSAGES // 4):
            store.append([make_dispatch(sender=f"a.M{number}")])
            await say(viewer, frozen=True)
            await say(viewer, frozen=False)
        await read_until(viewer, page, consumers.MOST_MESSAGES // 4)
        await viewer.disconnect()

    on_loop(look)
