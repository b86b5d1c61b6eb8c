"""A page's socket without a browser: takes pushes, acknowledges them, and notes when each came."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

PATH = "/signals/feed/"


class Viewer(threading.Thread):
    """One of several; `pushes` holds the moment in microseconds since the epoch, and the cursor reached."""

    def __init__(
        self,
        port: int,
        see: Callable[[dict[str, Any]], object] = lambda push: None,
        *,
        query: str = "",
        cursor: int = 0,
        epoch: str = "",
    ) -> None:
        """`see` is given each push, on the viewer's thread."""
        super().__init__(daemon=True)
        self._see = see
        self.pushes: list[tuple[int, int]] = []
        self.problem = ""
        self._path = f"{PATH}?{query}" if query else PATH
        self._reached = {"resume": cursor, "epoch": epoch}
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self._socket.makefile("rb")
        self._shake_hands()

    def run(self) -> None:
        """Begin with what comes from now on, until the socket is closed."""
        try:
            self._say(**self._reached, frozen=False)
            while True:
                push = json.loads(self._hear())
                self.pushes.append((time.time_ns() // 1000, push["cursor"]))
                self._see(push)
                self._say(ack=push["cursor"])
        except (OSError, ValueError) as error:
            self.problem = f"{type(error).__name__}: {error}"

    def close(self) -> None:
        """Be gone, without a word to the server; end the thread too."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self.join(10)
        self._file.close()
        self._socket.close()

    def _shake_hands(self) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self._path} HTTP/1.1",
            f"Host: {self._host}",
            f"Origin: http://{self._host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        status = self._file.readline()
        if b" 101 " not in status:
            raise RuntimeError(f"The server refused the socket: {status!r}")
        while self._file.readline().strip():
            pass

    def _say(self, **message: object) -> None:
        data = json.dumps(message).encode()
        # A client's frames are masked; by zeroes they read as they are.
        self._socket.sendall(b"\x81" + bytes([0x80 | len(data)]) + b"\0\0\0\0" + data)

    def _hear(self) -> bytes:
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._take(8))
            data = self._take(length)
            if first & 0x0F == 1:
                return data
            if first & 0x0F == 8:
                raise ValueError(f"closed by the server: {data!r}")

    def _take(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise ValueError("the server went away")
        return data
