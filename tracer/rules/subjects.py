"""A connection as the rules look at it: the live objects, beside their names and places. Asks nothing of them."""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType
from typing import Any, NamedTuple

from django.dispatch import Signal

from tracer import _compat, naming, words
from tracer.connections import ConnectCall
from tracer.registry import LiveSignal


class Subject(NamedTuple):
    """A receiver that is alive, with what it is connected to; never to be kept, since it would keep it alive."""

    signal_name: str
    signal: Signal
    receiver: Any
    sender: Any
    """The very object it is connected for; None: all senders, or one that is gone."""
    sender_words: str | None
    connection: _compat.Connection
    call: ConnectCall | None
    name: str
    place: str | None
    code: CodeType | None
    """What it runs first; None for what has no Python source."""

    @property
    def is_for_all(self) -> bool:
        """Whether it is connected for every sender."""
        return self.connection.sender_id == _compat.ANY_SENDER

    @property
    def signal_short(self) -> str:
        """The signal's name without its module."""
        return self.signal_name.rpartition(".")[2]

    @property
    def connected_at(self) -> str | None:
        """`file.py:31` of the call of `connect`; None where the tracer was not there yet."""
        return None if self.call is None else site_place(self.call.site)


def subjects_of(live: Iterable[LiveSignal]) -> list[Subject]:
    """Return all receivers that are alive, by signal, then in the order of connecting."""
    return [
        _subject(each, connected)
        for each in live
        for connected in each.connections
        if connected.receiver is not None
    ]


def described(receiver: object) -> tuple[str, str | None, CodeType | None]:
    """Return a receiver's dotted name, its place and its code."""
    known = naming.receiver_key(receiver)
    return *words.receiver_words(known), words.code_of(known)


def site_place(site: tuple[CodeType, int] | None) -> str | None:
    """Return `file.py:31` of a call of `connect`."""
    site_words = None if site is None else words.site_words(*site)
    return None if site_words is None else site_words.rpartition(" ")[0]


def _subject(live: LiveSignal, connected: Any) -> Subject:
    name, place, code = described(connected.receiver)
    connection = connected.connection
    if connection.sender_id == _compat.ANY_SENDER:
        sender_words = None
    elif connected.sender is None:
        sender_words = "a sender that is gone"
    else:
        sender_words = words.sender_words(naming.sender_key(connected.sender))
    return Subject(
        signal_name=live.name,
        signal=live.signal,
        receiver=connected.receiver,
        sender=connected.sender,
        sender_words=sender_words,
        connection=connection,
        call=connected.call,
        name=name,
        place=place,
        code=code,
    )
