"""The socket, spoken to as a page does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.core.asgi import get_asgi_application

import tracer
from dashboard import consumers
from dashboard.asgi import signalbox
from dashboard.feed import Feed
from tests.dashboard.conftest import make_dispatch
from tracer.stores import Store

HEADERS = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
APPLICATION = signalbox(get_asgi_application())


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    settings.DEBUG = True


def socket(query: str = "", headers: list[tuple[bytes, bytes]] = HEADERS) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(APPLICATION, f"/signals/feed/{query}", headers)
    communicator.scope["client"] = ["127.0.0.1", 50000]
    return communicator


def on_loop(test: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(test)()


async def say(communicator: WebsocketCommunicator, **message: Any) -> None:
    await communicator.send_to(text_data=json.dumps(message))


async def hear(communicator: WebsocketCommunicator) -> dict[str, Any]:
    heard: dict[str, Any] = json.loads(await communicator.receive_from(timeout=5))
    return heard


async def rows_until(communicator: WebsocketCommunicator, record_id: str) -> dict[str, Any]:
    """Acknowledge pushes until one holds the row, and return that one."""
    while True:
        push = await hear(communicator)
        await say(communicator, ack=push["cursor"])
        if f'id="d-{record_id}"' in push["content"]:
            return push


def test_nothing_is_pushed_before_the_page_has_said_where_it_stands(
    feed: Feed, store: Store
) -> None:
    async def look() -> None:
        store.append([make_dispatch(id="a-1")])
        page = socket()
        assert (await page.connect())[0]
        assert await page.receive_nothing(timeout=0.3)
        await say(page, resume=0, epoch=store.epoch)
        assert (await rows_until(page, "a-1"))["epoch"] == store.epoch
        await page.disconnect()

    on_loop(look)


def test_each_new_dispatch_is_pushed_to_every_page_by_its_filter(feed: Feed, store: Store) -> None:
    async def look() -> None:
        one, other = socket("?filter=sender:a.A"), socket()
        for page in (one, other):
            assert (await page.connect())[0]
            await say(page, resume=0, epoch=store.epoch)
        store.append([make_dispatch(id="b-1", sender="b.B"), make_dispatch(id="a-1", sender="a.A")])
        assert 'id="d-b-1"' not in (await rows_until(one, "a-1"))["content"]
        assert 'id="d-b-1"' in (await rows_until(other, "a-1"))["content"]
        await one.disconnect()
        await other.disconnect()

    on_loop(look)


def test_page_that_asks_whether_we_are_there_is_answered(feed: Feed, store: Store) -> None:
    async def look() -> None:
        page = socket()
        assert (await page.connect())[0]
        await say(page, alive=True)
        assert await hear(page) == {"alive": True}
        await page.disconnect()

    on_loop(look)


def test_page_that_does_not_acknowledge_gets_four_pushes_and_is_closed_in_time(
    feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ACK_TIMEOUT_S", 0.5)

    async def look() -> None:
        page = socket()
        assert (await page.connect())[0]
        await say(page, resume=0, epoch=store.epoch)
        pushes = 0
        while (await page.receive_output(timeout=5)) and pushes < consumers.MAX_UNACKNOWLEDGED:
            pushes += 1
            store.append([make_dispatch(sender=f"a.M{pushes}")])
            if pushes == consumers.MAX_UNACKNOWLEDGED:
                break
        closing = await page.receive_output(timeout=5)
        assert (closing["type"], closing["code"]) == ("websocket.close", consumers.TOO_SLOW)
        await page.disconnect()

    on_loop(look)


@pytest.mark.parametrize(
    "message",
    [
        "not json", "[]", "{}", '{"resume": "x"}', '{"unknown": 1}', '{"ack": 1.5}',
        '{"resume": 0, "epoch": 7}', '{"ack": 1, "pad": "' + "x" * 5_000 + '"}', "\x00", "\ud800",
    ],
)  # fmt: skip
def test_message_that_is_not_the_pages_closes_the_socket_with_one_line(
    feed: Feed, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def look() -> None:
        page = socket()
        assert (await page.connect())[0]
        await page.send_to(text_data=message)
        closing = await page.receive_output(timeout=5)
        assert (closing["type"], closing["code"]) == ("websocket.close", consumers.NOT_OURS)
        assert closing["reason"]
        await page.disconnect()

    with caplog.at_level(logging.WARNING, "signalbox.dashboard"):
        on_loop(look)
    assert len(caplog.records) == 1


def test_bytes_are_not_the_pages(feed: Feed) -> None:
    async def look() -> None:
        page = socket()
        assert (await page.connect())[0]
        await page.send_to(bytes_data=b"\xff")
        assert (await page.receive_output(timeout=5))["code"] == consumers.NOT_OURS
        await page.disconnect()

    on_loop(look)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"localhost:8000")],
        [(b"host", b"localhost:8000"), (b"origin", b"null")],
        [(b"host", b"localhost:8000"), (b"origin", b"http://evil.example")],
        [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:9999")],
        [(b"host", b"evil.example"), (b"origin", b"http://evil.example")],
        [*HEADERS, (b"x-forwarded-for", b"203.0.113.9")],
    ],
)
def test_socket_from_elsewhere_is_refused(
    feed: Feed, headers: list[tuple[bytes, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    async def look() -> None:
        page = socket(headers=headers)
        accepted, code = await page.connect()
        assert (accepted, code) == (False, consumers.FORBIDDEN)

    on_loop(look)


def test_filter_that_does_not_parse_gets_no_socket(feed: Feed) -> None:
    async def look() -> None:
        accepted, _ = await socket("?filter=took:soon").connect()
        assert not accepted

    on_loop(look)


def test_leaving_page_is_forgotten(feed: Feed, store: Store) -> None:
    async def look() -> None:
        page = socket()
        assert (await page.connect())[0]
        await say(page, resume=0, epoch=store.epoch)
        await hear(page)
        assert len(feed._viewers) == 1
        await page.disconnect()
        assert feed._viewers == set()
        assert feed._reader is not None
        await asyncio.wait_for(feed._reader, 5)

    on_loop(look)


def test_socket_leaves_no_dispatch(feed: Feed, store: Store) -> None:
    async def look() -> None:
        page = socket()
        assert (await page.connect())[0]
        await say(page, resume=0, epoch=store.epoch)
        await hear(page)
        await page.disconnect()

    with tracer.capture() as dispatches:
        on_loop(look)
    assert dispatches == []


def test_other_scopes_go_to_the_wrapped_application_untouched() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> str:
        seen.append((scope, receive, send))
        return "answered"

    async def look() -> None:
        wrapped = signalbox(application)
        for scope in (
            {"type": "lifespan"},
            {"type": "http", "path": "/signals/feed/"},
            {"type": "websocket", "path": "/chat/", "headers": []},
            {"type": "websocket", "path": "/elsewhere/feed/", "headers": []},
        ):
            assert await wrapped(scope, "receive", "send") == "answered"
            assert seen.pop() == (scope, "receive", "send")

    on_loop(look)
