"""A way to a server that can be cut, or stand still, and be whole again: a network for tests."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import Any


class Proxy:
    """Hands bytes on between whoever connects and a port of this machine, on a thread of its own."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._others: dict[socket.socket, socket.socket] = {}
        self._state = "whole"
        self._has_turned = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Break all connections, and each new one at once."""
        self._turn("cut")

    def stall(self) -> None:
        """Keep the connections and hand nothing on, as when nobody is told that the way is gone."""
        self._turn("stalled")

    def mend(self) -> None:
        """Hand on what comes, and what has waited."""
        self._turn("whole")

    def close(self) -> None:
        """End the thread."""
        self._turn("closed")
        self._thread.join(10)
        for each in (self._waker, self._woken, self._listening, self._selector):
            each.close()

    def _turn(self, state: str) -> None:
        self._has_turned.clear()
        self._state = state
        self._waker.send(b"!")
        assert self._has_turned.wait(10)

    def _run(self) -> None:
        while self._state != "closed":
            for key, _ in self._selector.select():
                self._serve(key.fileobj)
        self._break_all()
        self._has_turned.set()

    def _serve(self, ready: Any) -> None:
        if ready is self._woken:
            ready.recv(1)
            if self._state == "cut":
                self._break_all()
            for one in self._others:
                self._watch(one, self._state != "stalled")
            if self._state != "closed":
                self._has_turned.set()
        elif ready is self._listening:
            self._accept()
        elif ready in self._others and self._state == "whole":
            self._hand_on(ready)

    def _accept(self) -> None:
        came, _ = self._listening.accept()
        if self._state == "cut":
            came.close()
            return
        there = socket.create_connection(self._to)
        for one, other in ((came, there), (there, came)):
            self._others[one] = other
            self._watch(one, self._state != "stalled")

    def _hand_on(self, one: socket.socket) -> None:
        other = self._others[one]
        try:
            data = one.recv(65_536)
            if data:
                other.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._break(one)

    def _watch(self, one: socket.socket, is_watched: bool) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(one)
        if is_watched:
            self._selector.register(one, selectors.EVENT_READ)

    def _break_all(self) -> None:
        for one in list(self._others):
            self._break(one)

    def _break(self, one: socket.socket) -> None:
        other = self._others.pop(one, None)
        if other is None:
            return
        self._others.pop(other, None)
        for each in (one, other):
            self._watch(each, is_watched=False)
            each.close()
