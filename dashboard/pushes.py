"""Draws what viewers are to be sent next, for all who ask at once in one turn of a thread. Sends nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from typing import Protocol

import msgspec

from dashboard.mounting import below


class Push(Protocol):
    """What a viewer is to be sent, as msgspec can write it."""

    @property
    def cursor(self) -> int:
        """What the page acknowledges it by."""


class Asking(Protocol):
    """A viewer that may have something to send."""

    def next_push(self) -> Push | None:
        """Return what is new for its page, or None; called in a thread."""


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """A push as it is sent."""

    cursor: int
    text: str
    """JSON."""


class Pushes:
    """
    The turns in which pushes are drawn. Belongs to the loop that asks.

    A thread for each push would cost more than the push, when a hundred viewers wait for theirs.
    """

    def __init__(self) -> None:
        self.rest_s = 0.0
        """How long the last turn took: who rests for as long leaves half of a processor to others."""
        self._asked: list[tuple[Asking, str, asyncio.Future[Drawn | None]]] = []
        self._drawing: asyncio.Task[None] | None = None

    async def next_of(self, viewer: Asking, script: str = "") -> Drawn | None:
        """
        Return a viewer's next push, or None when nothing is new; raises what drawing it raised.

        Its links begin with the script name that the viewer came by.
        """
        loop = asyncio.get_running_loop()
        if self._drawing is None or self._drawing.done() or self._drawing.get_loop() is not loop:
            self._asked = []
            self._drawing = loop.create_task(self._draw_on(), name="signalbox draw")
        answer: asyncio.Future[Drawn | None] = loop.create_future()
        self._asked.append((viewer, script, answer))
        return await answer

    async def _draw_on(self) -> None:
        while self._asked:
            turn, self._asked = self._asked, []
            began_s = time.monotonic()
            drawn = await asyncio.to_thread(
                lambda: [_drawn(viewer, script) for viewer, script, _ in turn]  # noqa: B023
            )
            self.rest_s = time.monotonic() - began_s
            for (_, _, answer), text in zip(turn, drawn, strict=True):
                if answer.done():
                    # The page has gone meanwhile.
                    continue
                if isinstance(text, Exception):
                    answer.set_exception(text)
                else:
                    answer.set_result(text)


def _drawn(viewer: Asking, script: str) -> Drawn | Exception | None:
    try:
        push = below(script, viewer.next_push)
        if push is None:
            return None
        return Drawn(push.cursor, json.dumps(msgspec.to_builtins(push)))
    except Exception as error:  # noqa: BLE001
        # Of this page alone.
        return error
