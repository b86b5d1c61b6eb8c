"""Who is let in: from which address, through which proxy, by whose word."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from dashboard.feed import Feed
from tests.attacks.ways import HERE, OWN, Headers, all_paths, by_socket, over_asgi, over_wsgi

AWAY = "203.0.113.9"
WAYS = pytest.mark.parametrize("ask", [over_wsgi, over_asgi, by_socket])
Ask = Callable[..., int]


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True
    settings.INTERNAL_IPS = []


@WAYS
def test_this_machine_is_let_in(ask: Ask) -> None:
    assert ask(OWN) in (101, 200)


@WAYS
@pytest.mark.parametrize("address", [AWAY, "192.168.0.7", "2001:db8::1", "::ffff:203.0.113.9"])
def test_other_machine_is_kept_out(ask: Ask, address: str) -> None:
    assert ask(OWN, address) == 403


@WAYS
@pytest.mark.parametrize(
    "claims",
    [
        [(b"x-forwarded-for", b"127.0.0.1")],
        [(b"x-forwarded-for", b"127.0.0.1, ::1"), (b"x-real-ip", b"127.0.0.1")],
        [(b"forwarded", b"for=127.0.0.1")],
        [(b"x-forwarded-host", b"localhost"), (b"x-forwarded-for", b"localhost")],
        [(b"client-ip", b"127.0.0.1"), (b"x-remote-addr", b"127.0.0.1")],
    ],
)
def test_other_machine_that_says_it_is_this_one_is_kept_out(ask: Ask, claims: Headers) -> None:
    assert ask([*OWN, *claims], AWAY) == 403


@WAYS
@pytest.mark.parametrize(
    "passed_on",
    [
        [(b"x-forwarded-for", b"203.0.113.9")],
        # What the client forged stands first, in a line of its own.
        [(b"x-forwarded-for", b"127.0.0.1, 203.0.113.9")],
        [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-for", b"203.0.113.9")],
        [(b"x-forwarded-for", b"127.0.0.1"), (b"x-real-ip", b"203.0.113.9")],
        [(b"forwarded", b"for=203.0.113.9")],
        [(b"forwarded", b'for=127.0.0.1;proto=http, For="[2001:db8::1]:4711"')],
        [(b"forwarded", b"for=127.0.0.1"), (b"forwarded", b"for=203.0.113.9:80;by=10.0.0.1")],
        [(b"forwarded", b"for=unknown")],
        [(b"forwarded", b"for=_hidden")],
        [(b"cf-connecting-ip", b"203.0.113.9")],
        [(b"true-client-ip", b"203.0.113.9")],
        [(b"x-client-ip", b"203.0.113.9")],
        [(b"fly-client-ip", b"203.0.113.9")],
        [(b"x-forwarded-for", b"203.0.113.9\x1b[2J")],
        [(b"x-forwarded-for", b"unknown")],
    ],
)
def test_whoever_comes_by_a_tunnel_on_this_machine_is_kept_out(
    ask: Ask, passed_on: Headers
) -> None:
    assert ask([*OWN, *passed_on], HERE) == 403


@WAYS
@pytest.mark.parametrize(
    "passed_on",
    [
        [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-for", b"::1")],
        [(b"x-forwarded-for", b"127.0.0.1:50123"), (b"x-real-ip", b"[::1]:50123")],
        [(b"forwarded", b'for=127.0.0.1;host=localhost;proto=http, for="[::1]:80"')],
    ],
)
def test_proxy_on_this_machine_lets_this_machine_in(ask: Ask, passed_on: Headers) -> None:
    assert ask([*OWN, *passed_on], HERE) in (101, 200)


@WAYS
def test_nobody_is_let_in_without_debug(ask: Ask, settings: Any) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    assert ask(OWN) == 403


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "PUT", "TRACE"])
def test_no_view_is_left_open_without_debug(settings: Any, method: str) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    own = [*OWN, (b"hx-request", b"true")]
    answers = {path: over_wsgi(own, path=path, method=method) for path in all_paths()}
    assert len(answers) > 20
    assert set(answers.values()) == {403}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_view_is_left_open_to_another_machine(method: str) -> None:
    own = [*OWN, (b"hx-request", b"true")]
    answers = {path: over_wsgi(own, AWAY, path, method) for path in all_paths()}
    assert set(answers.values()) == {403}


# -- ACCESS --------------------------------------------------------------------------------------

SECRET = "hunter2-in-the-message"


class Unsure:
    """An answer that can be read neither as yes nor as no."""

    def __bool__(self) -> bool:
        raise RuntimeError(SECRET)


def raises(seeker: object) -> bool:
    password = SECRET
    raise RuntimeError(f"no connection as admin:{password}")


def exits(seeker: object) -> bool:
    sys.exit(SECRET)


def is_cancelled(seeker: object) -> bool:
    raise asyncio.CancelledError


def asks_what_is_not_there(seeker: Any) -> bool:
    return bool(seeker.no_such_user.is_staff)


async def answers_later(seeker: object) -> bool:
    return True


async def refuses_later(seeker: object) -> bool:
    return False


def answers_with_many(seeker: object) -> Iterator[bool]:
    yield False


def answers_with_unsure(seeker: object) -> Unsure:
    return Unsure()


def takes_nothing() -> bool:
    return True


@pytest.fixture
def decides(settings: Any) -> Iterator[Callable[[object], None]]:
    """Return what lets a callable of a module of the host decide."""
    module = ModuleType("host_access")
    sys.modules["host_access"] = module

    def decide(callable_: object) -> None:
        module.may_look = callable_  # type: ignore[attr-defined]
        settings.SIGNALBOX = {"STORE": "memory", "ACCESS": "host_access.may_look"}

    yield decide
    del sys.modules["host_access"]


@WAYS
@pytest.mark.parametrize(
    "callable_",
    [
        raises, exits, is_cancelled, asks_what_is_not_there, answers_later, refuses_later, answers_with_many,
        answers_with_unsure, takes_nothing, "no callable", None,
    ],
)  # fmt: skip
def test_access_that_gives_no_answer_keeps_everybody_out(
    ask: Ask, callable_: object, decides: Callable[[object], None], caplog: pytest.LogCaptureFixture
) -> None:
    decides(callable_)
    with caplog.at_level(logging.DEBUG, "signalbox"):
        assert ask(OWN) == 403
    assert "host_access.may_look" in caplog.text
    # Neither the message nor the frames, which hold what it knew.
    assert SECRET not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)


@WAYS
@pytest.mark.parametrize(("answer", "is_in"), [(1, True), ("yes", True), ([], False), (0, False)])
def test_access_answers_as_it_is_true_or_not(
    ask: Ask, answer: object, is_in: bool, decides: Callable[[object], None]
) -> None:
    decides(lambda seeker: answer)
    assert (ask(OWN, AWAY) in (101, 200)) is is_in
