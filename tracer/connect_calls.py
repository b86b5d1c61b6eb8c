"""
What was connected and disconnected, where, and when: the calls of `connect` as they are remembered.

A receiver is held no longer than its connection holds it, so one that is collected stays known by its name only.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import deque
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType
from typing import Any, Literal
from weakref import WeakMethod
from weakref import ref as weak_reference  # by its own name, for a test may replace `weakref.ref`

from django.dispatch import Signal

from tracer import _compat, naming
from tracer.locks import free_after_fork
from tracer.time_of_day import time_of_day

Shape = Literal["function", "lambda", "local", "method", "partial", "builtin", "class", "instance"]
"""What a receiver is, as far as it says what could hold it."""
Site = tuple[CodeType, int]
"""Code and the offset of an instruction in it; `words.site_words` puts it into words."""

logger = logging.getLogger("signalbox.tracer")

MOST = 10_000
"""Connections that are remembered while they are there."""
MOST_ENDED = 100
"""Of a signal, those that are over and are remembered."""

MOST_FRAMES = 20
"""Between `connect` and who called it."""
_OURS = str(Path(__file__).with_name("connections.py"))


class ConnectCall:
    """One call of `connect` that added a receiver."""

    __slots__ = (
        "_connected_us",
        "_ended_us",
        "_set_back_ns",
        "ended_site",
        "lookup",
        "receiver",
        "reference",
        "sender",
        "shape",
        "site",
    )

    def __init__(
        self, connection: _compat.Connection, receiver: object, sender: object, site: Site | None
    ) -> None:
        self.receiver = naming.receiver_key(receiver)
        self.shape = shape_of(receiver)
        self.sender = naming.sender_key(sender)
        # Not the signal's own reference, whose callback holds the signal.
        self.reference = _reference_to(receiver) if connection.is_weak else None
        """A weak reference to the receiver; None where the connection itself holds it."""
        self.lookup = connection.lookup
        """Django's key of the connection, made of numbers and text."""
        self.site = site
        self._connected_us = time.time_ns() // 1000
        self._ended_us: int | None = None
        self._set_back_ns = time_of_day.set_back_ns
        self.ended_site: Site | None = None

    @property
    def connected_us(self) -> int:
        """When it was connected, by the time of day as it has been set since."""
        return self._connected_us - self._since_us()

    @property
    def ended_us(self) -> int | None:
        """When it was disconnected; None while it is connected, and for a receiver that was collected."""
        return None if self._ended_us is None else self._ended_us - self._since_us()

    def end(self, site: Site | None) -> None:
        """Note that it is disconnected now."""
        self._ended_us, self.ended_site = time.time_ns() // 1000 + self._since_us(), site

    def _since_us(self) -> int:
        return (time_of_day.set_back_ns - self._set_back_ns) // 1000

    @property
    def is_collected(self) -> bool:
        """Whether the receiver was held weakly and is gone, without having been disconnected."""
        return self.ended_us is None and self.reference is not None and self.reference() is None

    def is_of(self, connection: _compat.Connection) -> bool:
        """Tell whether it made this connection."""
        return connection.lookup is self.lookup


class _History:
    """The calls of one signal: those whose connection is there, by Django's key, and the last that are over."""

    __slots__ = ("ended", "open", "ref", "sweep_at")

    def __init__(self, ref: weak_reference[Signal]) -> None:
        self.ref = ref
        self.open: dict[tuple[Any, int], ConnectCall] = {}
        self.ended: deque[ConnectCall] = deque(maxlen=MOST_ENDED)
        self.sweep_at = 2 * MOST_ENDED

    def add(self, call: ConnectCall) -> None:
        before = self.open.pop(call.lookup, None)
        if before is not None:
            self.ended.append(before)
        self.open[call.lookup] = call
        if len(self.open) >= self.sweep_at:
            self.sweep()

    def end(self, lookup: tuple[Any, int], site: Site | None) -> None:
        call = self.open.pop(lookup, None)
        if call is not None:
            call.end(site)
            self.ended.append(call)

    def sweep(self) -> None:
        """Part those that were collected from those that are there; so seldom that it costs a connection nothing."""
        for call in [call for call in self.open.values() if call.is_collected]:
            del self.open[call.lookup]
            self.ended.append(call)
        self.sweep_at = 2 * (len(self.open) + MOST_ENDED)

    def calls(self) -> list[ConnectCall]:
        return sorted([*self.ended, *self.open.values()], key=lambda call: call.connected_us)


_histories: dict[int, _History] = {}
"""By `id()` of the signal, as long as it lives."""
_lazy: dict[tuple[int, int, str], tuple[str, Site | None]] = {}
"""
Label and place of calls with a sender's name, until the model comes.

By the `id()` of signal and receiver, and the label in lower case.
"""
_lock = free_after_fork(threading.RLock())


def of(signal: Signal) -> tuple[ConnectCall, ...]:
    """Return the calls of `connect` that are remembered of a signal, oldest first, over or not."""
    history = _history_of(signal)
    return () if history is None else tuple(history.calls())


def made(signal: Signal, connection: _compat.Connection) -> ConnectCall | None:
    """Return the call that made a connection; None where the tracer was not there, or could not remember it."""
    history = _history_of(signal)
    if history is None or not _compat.is_plain_lookup(connection.lookup):
        return None
    call = history.open.get(connection.lookup)
    return call if call is not None and call.is_of(connection) else None


def connected() -> list[Signal]:
    """Return the signals of which a call of `connect` is remembered, as far as they are alive."""
    found = [history.ref() for history in list(_histories.values())]
    return [signal for signal in found if signal is not None]


def lazy_site(signal: Signal, receiver: object, label: str | None = None) -> Site | None:
    """
    Return where a receiver was connected whose sender, given by its name, has not come yet.

    `label` in any case tells which one, of several senders of the same receiver.
    """
    return _lazy_note(signal, receiver, label)[1]


def lazy_label(signal: Signal, receiver: object, label: str) -> str:
    """Return the name of that sender as it was written; as it was given where the tracer was not there yet."""
    return _lazy_note(signal, receiver, label)[0] or label


def _lazy_note(signal: Signal, receiver: object, label: str | None) -> tuple[str, Site | None]:
    pair = id(signal), id(receiver)
    if label is not None:
        return _lazy.get((*pair, label.lower()), ("", None))
    return next((note for key, note in list(_lazy.items()) if key[:2] == pair), ("", None))


def note_connect(
    signal: Signal, last: object, receiver: object, sender: object, frame: FrameType
) -> None:
    """Remember the connection that was made, if one was, since `last` was the newest."""
    connection = _compat.newest_connection(signal, last)
    # Another receiver with the same key may have been there already, and a strange key would keep what is in it alive.
    if connection is None or not _compat.is_plain_lookup(connection.lookup):
        return
    site = _late_site(signal, receiver, sender) or _site(frame)
    call = ConnectCall(connection, receiver, sender, site)
    with _lock:
        # An earlier wrapper of ours may stand underneath somebody else's and have been here before.
        if made(signal, connection) is None and _has_room():
            _history(signal).add(call)


def note_disconnect(
    signal: Signal, receiver: object, sender: object, uid: object, frame: FrameType
) -> None:
    """Remember that a connection is over: the one that Django found by these arguments."""
    history = _history_of(signal)
    if history is not None:
        with _lock:
            history.end(_compat.lookup_of(receiver, sender, uid), _site(frame))


def note_lazy(signal: Signal, receiver: object, label: str, frame: FrameType) -> None:
    """Remember where a sender was named, for when its model comes."""
    if len(_lazy) < MOST:
        _lazy[id(signal), id(receiver), label.lower()] = label, _site(frame)


def forget() -> None:
    """Remember nothing of what was."""
    global _room, _is_full
    with _lock:
        _histories.clear()
        _lazy.clear()
        _room, _is_full = MOST, False


def shape_of(receiver: object) -> Shape:
    """Return what a receiver is; it is not asked."""
    kind = type(receiver)
    if kind is MethodType:
        return "method"
    if kind is FunctionType:
        qualname: str = receiver.__qualname__  # type: ignore[attr-defined]
        if receiver.__name__ == "<lambda>":  # type: ignore[attr-defined]
            return "lambda"
        return "local" if "<locals>" in qualname else "function"
    if kind is functools.partial:
        return "partial"
    if kind is BuiltinFunctionType:
        return "builtin"
    return "class" if issubclass(kind, type) else "instance"


def _late_site(signal: Signal, receiver: object, sender: object) -> Site | None:
    """Return where a sender was named that has come now; the frames here are those of the model's definition."""
    if not issubclass(type(sender), type):
        return None
    label = naming.class_name(sender).name.lower()  # type: ignore[arg-type]
    return _lazy.pop((id(signal), id(receiver), label), ("", None))[1]


def _history_of(signal: Signal) -> _History | None:
    history = _histories.get(id(signal))
    return None if history is None or history.ref() is not signal else history


def _history(signal: Signal) -> _History:
    history = _history_of(signal)
    if history is None:
        key = id(signal)

        def forget(_: object) -> None:
            _histories.pop(key, None)

        history = _histories[key] = _History(weak_reference(signal, forget))
    return history


_room = MOST
"""Calls that may be remembered before they are counted again."""
_is_full = False


def _has_room() -> bool:
    """Tell whether one more may be remembered; says so, once, when there is no more room."""
    global _room, _is_full
    _room -= 1
    if _room > 0:
        return True
    histories = list(_histories.values())
    for history in histories:
        history.sweep()
    _room = MOST - sum(len(history.open) for history in histories)
    if _room <= 0 and not _is_full:
        _is_full = True
        logger.warning("Signalbox remembers where %d receivers were connected, and no more.", MOST)
    return _room > 0


def _reference_to(receiver: Any) -> weak_reference[Any]:
    return WeakMethod(receiver) if type(receiver) is MethodType else weak_reference(receiver)


def _site(frame: FrameType | None) -> Site | None:
    """Return who called `connect` or `disconnect`, Django's own apps too; its machinery in between is passed over."""
    for _ in range(MOST_FRAMES):
        if frame is None:
            break
        filename = frame.f_code.co_filename
        if filename != _OURS and filename not in _compat.CONNECTING_FILES:
            # A model that is being defined brings a lazy connection about; it did not ask for it.
            is_asking = filename != _compat.DEFINING_FILE
            return (frame.f_code, frame.f_lasti) if is_asking else None
        frame = frame.f_back
    return None
