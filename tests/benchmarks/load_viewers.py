"""A hundred pages' sockets in one process and one thread, each under a filter of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import threading
import time
from collections.abc import Sequence
from urllib.parse import quote

import msgspec

PATH = "/signals/feed/"


class _Push(msgspec.Struct):
    cursor: int


_decode = msgspec.json.Decoder(_Push).decode


class Page:
    """One of them; `pushes` is as `load_viewer.Viewer` has it."""

    def __init__(self, port: int, filter_text: str) -> None:
        self.filter = filter_text
        self.pushes: list[tuple[int, int]] = []
        self.problem = ""
        self._port = port

    async def look(self) -> None:
        """Connect, and take what comes until the server or the caller ends it."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
            try:
                await self._shake_hands(reader, writer)
                _say(writer, resume=0, epoch="", frozen=False)
                while True:
                    push = _decode(await _heard(reader))
                    self.pushes.append((time.time_ns() // 1000, push.cursor))
                    _say(writer, ack=push.cursor)
            finally:
                writer.close()
        except (OSError, ValueError, asyncio.IncompleteReadError, msgspec.MsgspecError) as error:
            self.problem = f"{type(error).__name__}: {error}"

    async def _shake_hands(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        host = f"127.0.0.1:{self._port}"
        lines = [
            f"GET {PATH}?filter={quote(self.filter)} HTTP/1.1",
            f"Host: {host}",
            f"Origin: http://{host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise ValueError(f"the server refused the socket: {answer[:60]!r}")


class Pages(threading.Thread):
    """All of them, until `close`."""

    def __init__(self, port: int, filters: Sequence[str]) -> None:
        super().__init__(daemon=True)
        self.pages = [Page(port, text) for text in filters]
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()

    def run(self) -> None:
        """Look with every page."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._look())

    def wait_until_pushed(self, timeout_s: float) -> None:
        """Return as each page has had a push; raise `TimeoutError` when that takes longer."""
        deadline = time.monotonic() + timeout_s
        while not all(page.pushes for page in self.pages):
            if time.monotonic() > deadline:
                raise TimeoutError([page.problem for page in self.pages if not page.pushes][:3])
            time.sleep(0.1)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self.join(30)

    async def _look(self) -> None:
        looking = [asyncio.create_task(page.look()) for page in self.pages]
        await self._ended.wait()
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)


def _say(writer: asyncio.StreamWriter, **message: object) -> None:
    data = json.dumps(message).encode()
    # A client's frames are masked; by zeroes they read as they are.
    writer.write(b"\x81" + bytes([0x80 | len(data)]) + b"\0\0\0\0" + data)


async def _heard(reader: asyncio.StreamReader) -> bytes:
    while True:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", await reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await reader.readexactly(8))
        data = await reader.readexactly(length)
        if first & 0x0F == 1:
            return data
        if first & 0x0F == 8:
            raise ValueError(f"closed by the server: {data!r}")
