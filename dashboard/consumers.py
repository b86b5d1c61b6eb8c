"""The feed's socket: allow, resume, push, leave. Owns pace and acknowledgements, not what is shown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from dashboard import access
from dashboard.feed import feed
from dashboard.maps.state import MapState
from dashboard.maps.viewer import MapViewer
from dashboard.mounting import script_name
from dashboard.state import State
from dashboard.viewer import FeedViewer
from tracer.showing import visible

logger = logging.getLogger("signalbox.dashboard")

MAX_UNACKNOWLEDGED = 4
ACK_TIMEOUT_S = 20.0
MAX_MESSAGE = 4_096
"""Characters of a message from the page."""
MOST_MESSAGES = 200
"""In a second. A page says one for each push, of which ten come a second, and when somebody freezes it."""
MOST_REASON = 120
"""Bytes of the reason for which a socket is closed; the protocol has room for 123."""

NOT_OURS = 4400
FORBIDDEN = 4403
TOO_SLOW = 4408
TOO_MANY = 4429


Cursor = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class PageMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What a page may say: go on after a cursor, freeze or go on, a push has arrived; or ask whether we are there."""

    resume: Cursor | None = None
    epoch: str = ""
    frozen: bool | None = None
    ack: Cursor | None = None
    alive: bool | None = None


_decoder = msgspec.json.Decoder(PageMessage)


class TooManyMessages(Exception):  # noqa: N818  # it is what happened
    """More came in a second than a page says."""


def _cut(reason: str) -> str:
    return reason.encode("utf-8", "replace")[:MOST_REASON].decode("utf-8", "ignore")


class FeedConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One open page. Nothing is sent before the page has said where it stands."""

    # An alias that does not exist: the host's own channel layer is left alone.
    channel_layer_alias = "signalbox: none"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer: FeedViewer | MapViewer | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._unacknowledged: deque[int] = deque()
        """The cursors of the pushes that are under way."""
        self._second, self._messages = 0, 0
        """A second by the loop's clock, and how many messages came in it."""
        self._is_closed = False
        self._script = ""

    async def connect(self) -> None:
        """Let in who may look and comes from a page of this very host."""
        origin, host = access.header(self.scope, "origin"), access.host(self.scope)
        self._script = script_name(self.scope.get("root_path", ""))
        # The callable of the setting ACCESS may well ask the host's database.
        allowed = await database_sync_to_async(access.may_look)(self.scope)
        is_secure = access.is_secure(self.scope)
        if not allowed or not access.own_origin(origin, host, is_secure=is_secure):
            logger.warning("A socket from %s was refused.", visible(origin)[:MOST_REASON])
            await self.close(code=FORBIDDEN)
            return
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        state = State.read(query)
        if state.filter is None:
            await self.close(code=FORBIDDEN, reason="The filter does not parse.")
            return
        await asyncio.to_thread(feed().catch_up)
        if "map" in query.get("page", ()):
            self._viewer = MapViewer(feed(), MapState.read(query))
        else:
            self._viewer = FeedViewer(
                feed(), state.filter, is_tree=state.is_tree, process=state.process
            )
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take what the page says; close on anything that is not ours, or too much of it."""
        if self._is_closed:
            # It was said before the other side knew.
            return
        try:
            self._count_message()
            if text_data is None or len(text_data) > MAX_MESSAGE:
                raise msgspec.ValidationError("Expected a short text message.")
            message = _decoder.decode(text_data)
            if message == PageMessage(epoch=message.epoch):
                raise msgspec.ValidationError("Expected resume, frozen, ack or alive.")
        except TooManyMessages as error:
            await self._refuse(TOO_MANY, str(error))
        except (msgspec.MsgspecError, UnicodeError) as error:
            await self._refuse(NOT_OURS, str(error))
        else:
            if message.alive:
                await self.send(text_data='{"alive":true}')
            await self._take(message)

    async def _refuse(self, code: int, reason: str) -> None:
        """Close the socket, and say so in one line, whatever else has been said over it."""
        self._is_closed = True
        # What was sent may stand in it.
        said = visible(reason[:200])
        logger.warning("A socket was closed on what the page does not say: %s", said)
        await self._leave()
        await self.close(code=code, reason=_cut(said))

    def _count_message(self) -> None:
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            raise TooManyMessages(f"Expected at most {MOST_MESSAGES} messages a second.")

    def _acknowledge(self, cursor: int) -> None:
        """Make room for what a page says it has; of what is not under way it may say so in vain."""
        if cursor in self._unacknowledged:
            while self._unacknowledged.popleft() != cursor:
                continue
            self._acknowledged.set()

    async def disconnect(self, code: int) -> None:
        """Forget the viewer."""
        await self._leave()

    def wake(self) -> None:
        """Look for something to send; called by the feed."""
        self._changed.set()

    async def _take(self, message: PageMessage) -> None:
        viewer = self._viewer
        if viewer is None:
            return
        if message.resume is not None:
            await asyncio.to_thread(
                viewer.resume, message.resume, message.epoch, is_frozen=bool(message.frozen)
            )
            self._unacknowledged.clear()
        elif message.frozen is not None:
            await asyncio.to_thread(viewer.freeze, is_frozen=message.frozen)
        if message.ack is not None:
            self._acknowledge(message.ack)
        if message.resume is not None and self._pusher is None:
            feed().join(self, self._script)
            self._pusher = asyncio.create_task(self._push_on(viewer), name="signalbox push")
        self._changed.set()

    async def _push_on(self, viewer: FeedViewer | MapViewer) -> None:
        pushes = feed().pushes
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(viewer.idle_s):
                        await self._changed.wait()
                self._changed.clear()
                if not await self._has_room():
                    await self._give_up()
                    return
                push = await pushes.next_of(viewer, self._script)
                if push is None:
                    continue
                self._unacknowledged.append(push.cursor)
                await self.send(text_data=push.text)
                await asyncio.sleep(max(viewer.pace_s, pushes.rest_s))
        except Exception:
            logger.exception("A page could not be sent what is new.")
            await self.close(code=1011)

    async def _has_room(self) -> bool:
        """Wait until fewer than four pushes are under way; False when the page has gone silent."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ACK_TIMEOUT_S):
                while len(self._unacknowledged) >= MAX_UNACKNOWLEDGED:
                    self._acknowledged.clear()
                    await self._acknowledged.wait()
        return len(self._unacknowledged) < MAX_UNACKNOWLEDGED

    async def _give_up(self) -> None:
        """Close the socket of a page that reads no more: when it does, it connects anew and goes on where it is."""
        self._is_closed = True
        feed().leave(self)
        self._viewer = None
        await self.close(code=TOO_SLOW, reason="The page acknowledges no more. Connect again.")

    async def _leave(self) -> None:
        feed().leave(self)
        if self._pusher is not None:
            self._pusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pusher
            self._pusher = None
        self._viewer = None
