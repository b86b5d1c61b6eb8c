"""Pushes that are drawn for many at once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import async_to_sync

from dashboard.pushes import Drawn, Pushes
from dashboard.viewer import Push


class Asking:
    """A viewer that has one thing to say, or a fault; notes on which thread it was asked."""

    def __init__(self, said: Push | Exception | None) -> None:
        self._said = said
        self.thread = 0

    def next_push(self) -> Push | None:
        self.thread = threading.get_ident()
        if isinstance(self._said, Exception):
            raise self._said
        return self._said


def push(content: str) -> Push:
    return Push(content, cursor=7, epoch="e", added=1, errors=0)


def on_loop(test: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(test)()


def test_all_who_ask_at_once_are_answered_from_one_turn_of_another_thread() -> None:
    async def look() -> None:
        pushes = Pushes()
        viewers = [Asking(push(f"<b>{number}</b>")) for number in range(20)]
        answers = await asyncio.gather(*map(pushes.next_of, viewers))
        assert [json.loads(drawn.text)["content"] for drawn in answers if drawn] == [
            f"<b>{number}</b>" for number in range(20)
        ]
        assert len({viewer.thread for viewer in viewers}) == 1
        assert viewers[0].thread != threading.get_ident()
        assert pushes.rest_s > 0

    on_loop(look)


def test_who_has_nothing_to_say_gets_none_and_may_ask_again() -> None:
    async def look() -> None:
        pushes = Pushes()
        assert await pushes.next_of(Asking(None)) is None
        assert await pushes.next_of(Asking(push("x"))) is not None

    on_loop(look)


def test_fault_of_one_page_is_its_own() -> None:
    async def look() -> None:
        pushes = Pushes()
        good, bad = Asking(push("x")), Asking(ValueError("a row that cannot be drawn"))
        answers = await asyncio.gather(
            pushes.next_of(bad), pushes.next_of(good), return_exceptions=True
        )
        assert isinstance(answers[0], ValueError)
        assert isinstance(answers[1], Drawn)

    on_loop(look)


def test_page_that_goes_while_its_push_is_drawn_holds_up_nobody() -> None:
    async def look() -> None:
        pushes = Pushes()
        gone = asyncio.create_task(pushes.next_of(Asking(push("x"))))
        other = asyncio.create_task(pushes.next_of(Asking(push("y"))))
        await asyncio.sleep(0)
        gone.cancel()
        assert json.loads((await other).text)["content"] == "y"  # type: ignore[union-attr]
        with pytest.raises(asyncio.CancelledError):
            await gone

    on_loop(look)


def test_another_loop_may_ask_after_the_first_has_ended() -> None:
    pushes = Pushes()
    for _ in range(2):
        answer = async_to_sync(pushes.next_of)(Asking(push("x")))
        assert answer is not None
