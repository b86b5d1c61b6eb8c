"""
What is connected now: the signals of this process and their receivers, as a read-only snapshot.

Looking imports nothing, connects nothing and calls no receiver; a strong reference is taken only while its
name is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import repeat
from typing import Any, Literal, NamedTuple
from weakref import ref as weak_reference

import msgspec
from django.apps import apps
from django.dispatch import Signal

from tracer import _compat, connections, heap, naming, signal_names, words
from tracer.connections import ConnectCall, Shape

Senders = Mapping[int, Any]
"""Senders by their `id()`, all of them alive."""


class RegisteredReceiver(msgspec.Struct, frozen=True, kw_only=True):
    """One connection of a receiver to a signal."""

    name: str
    """Dotted name, as `ReceiverCall.receiver` has it; `a receiver that was collected` where nobody knows it."""
    short: str
    place: str | None
    """`file.py:12`; None for what has no Python source."""
    file: str | None
    """Whole path of its source, and with `line` where it begins; None for what has none."""
    line: int
    sender: str | None
    """The sender it is connected for; None: all senders."""
    shape: Shape | None
    """What it is; None when it is gone and nobody saw it connected."""
    is_weak: bool
    is_async: bool
    dispatch_uid: str | None
    is_dead: bool
    """Weakly held and collected; Django forgets it at the next connect or send."""
    connected_at: str | None
    """`file.py:31 function` of the call of `connect`; None where the tracer was not there yet."""
    connected_us: int | None
    """Microseconds since the epoch; None as above."""


class GoneReceiver(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver that was connected since the tracer was put in, and is not any more."""

    name: str
    short: str
    place: str | None
    sender: str | None
    shape: Shape
    how: Literal["collected", "disconnected"]
    connected_at: str | None
    connected_us: int
    ended_at: str | None
    """`file.py:31 function` of the call of `disconnect`; None for one that was collected."""
    ended_us: int | None
    """None for one that was collected: nobody was told when."""


class RegisteredSignal(msgspec.Struct, frozen=True, kw_only=True):
    """One signal, its receivers in the order in which Django calls them: sync ones first."""

    name: str
    """Dotted name, as `Dispatch.signal` has it."""
    module: str
    short: str
    is_muted: bool
    receivers: tuple[RegisteredReceiver, ...]
    gone: tuple[GoneReceiver, ...]
    """Those whose connection is over, the one that was connected last at the end."""


_looked_at: list[weak_reference[Signal]] = []
"""The signals of the last look. Not told to `naming`: a signal has to be met as it is dispatched first."""


class LiveConnection(NamedTuple):
    """A connection with the objects themselves; never to be kept, since it would keep them alive."""

    connection: _compat.Connection
    receiver: Any
    """None when it was held weakly and collected."""
    sender: Any
    """The very object it is connected for; None: all senders, or one that is gone."""
    call: ConnectCall | None
    """The call of `connect` that made it, where the tracer saw it."""


class LiveSignal(NamedTuple):
    """A signal with its connections, in the order of connecting; never to be kept."""

    name: str
    signal: Signal
    connections: list[LiveConnection]


def snapshot() -> tuple[RegisteredSignal, ...]:
    """
    Return all signals that have a name, and as one those without that receivers are connected to, sorted by name.

    Takes tens of milliseconds in a large process, since every object is looked at; call it where a person waits.
    """
    by_name: dict[str, list[RegisteredSignal]] = {}
    for live in _every_signal():
        if live.connections or is_named(live.name):
            by_name.setdefault(live.name, []).append(_registered(live))
    return tuple(_as_one(by_name[name]) for name in sorted(by_name))


def live_signals() -> list[LiveSignal]:
    """
    Return all that have a name, as live objects, which the caller lets go at once.

    Looks at what the modules hold, not at every object: half of what `snapshot` costs, or less.
    """
    signal_names.scan(force=True)
    found = {live.name: live for live in _living(signal_names.named())}
    return [found[name] for name in sorted(found)]


def _every_signal() -> Iterator[LiveSignal]:
    """Go through all signals."""
    signal_names.scan(force=True)
    # isinstance() would ask objects for their __class__, and a lazy one would be evaluated.
    living = heap.living(lambda every: map(issubclass, map(type, every), repeat(Signal)))
    # After `gc.freeze()`, as servers do before they fork, the garbage collector names no object from before it.
    signals = {id(signal): signal for signal in (*living, *signal_names.named())}.values()
    _looked_at[:] = [weak_reference(signal) for signal in signals]
    yield from _living(signals)


def _living(signals: Collection[Signal]) -> Iterator[LiveSignal]:
    """Go through signals; of the receivers, those of one at a time are held, while it is looked at."""
    sender_ids = {each.sender_id for signal in signals for each in _compat.connections_of(signal)}
    senders = _senders(sender_ids - {_compat.ANY_SENDER})
    for signal in signals:
        name = signal_names.known_name_of(signal) or signal_names.unnamed(signal)
        yield LiveSignal(
            naming.clean(name),
            signal,
            [_live(signal, each, senders) for each in _compat.connections_of(signal)],
        )


def _senders(ids: set[int]) -> dict[int, Any]:
    """Return the objects of these ids that are alive; all that live are looked through only when some is no app's."""
    usual: list[Any] = list(apps.app_configs.values())
    for models in list(apps.all_models.values()):
        usual += list(models.values())
    found = {id(each): each for each in usual if id(each) in ids}
    left = ids - found.keys()
    for held in signal_names.in_modules() if left else ():
        if id(held) in left:
            found[id(held)] = held
            left.remove(id(held))
            if not left:
                break
    if left:
        others = heap.living(lambda every: map(left.__contains__, map(id, every)))
        found |= {id(other): other for other in others}
    return found


def is_named(name: str) -> bool:
    """Tell whether a signal's name says which one it is: those that nothing holds by a name share one."""
    return not name.startswith("unnamed ")


def _as_one(signals: list[RegisteredSignal]) -> RegisteredSignal:
    """Return what stands for signals of one name: those that were made at run time and that nothing names."""
    if len(signals) == 1 or is_named(signals[0].name):
        return signals[-1]
    return msgspec.structs.replace(
        signals[0],
        receivers=tuple(receiver for each in signals for receiver in each.receivers),
        gone=tuple(receiver for each in signals for receiver in each.gone),
    )


def fingerprint() -> int:
    """Return a number that changes when a receiver is connected, disconnected or collected, or a signal is muted."""
    return hash((signal_names.muted, connections_fingerprint()))


def connections_fingerprint() -> int:
    """Return a number that changes when a receiver of a signal is connected, disconnected or collected."""
    known = [each.ref() for each in naming.known_signals()]
    signals = {
        id(signal): signal
        # One that was made since the last look is known by what was connected to it.
        for signal in (*known, *(each() for each in _looked_at), *connections.connected())
        if signal is not None
    }
    parts = [
        (key, tuple((id(each.lookup), is_gone(each)) for each in _compat.connections_of(signal)))
        for key, signal in signals.items()
    ]
    return hash(tuple(parts))


def is_gone(connection: _compat.Connection) -> bool:
    """Tell whether a connection's receiver was held weakly and was collected."""
    return connection.is_weak and connection.receiver is None


def _live(signal: Signal, connection: _compat.Connection, senders: Senders) -> LiveConnection:
    return LiveConnection(
        connection,
        connection.receiver,
        None if connection.sender_id == _compat.ANY_SENDER else senders.get(connection.sender_id),
        connections.made(signal, connection),
    )


def _registered(live: LiveSignal) -> RegisteredSignal:
    name = live.name
    module, _, short = name.rpartition(".")
    receivers = [_registered_receiver(each) for each in live.connections]
    present = {id(each.call) for each in live.connections}
    return RegisteredSignal(
        name=name,
        module=module,
        short=short,
        is_muted=name in signal_names.muted,
        receivers=tuple(sorted(receivers, key=lambda receiver: receiver.is_async)),
        gone=tuple(
            _gone(call)
            for call in connections.of(live.signal)
            if id(call) not in present and (call.ended_us is not None or call.is_collected)
        ),
    )


def _registered_receiver(live: LiveConnection) -> RegisteredReceiver:
    connection, call = live.connection, live.call
    known = call.receiver if call is not None else None
    if live.receiver is not None:
        known = naming.receiver_key(live.receiver)
    name, place = (
        ("a receiver that was collected", None) if known is None else words.receiver_words(known)
    )
    code = None if known is None else words.code_of(known)
    shape = call.shape if call is not None else None
    return RegisteredReceiver(
        name=name,
        short=short_name(name),
        place=place,
        file=None if code is None else code.co_filename,
        line=0 if code is None else code.co_firstlineno,
        sender=_sender_words(live),
        shape=shape if live.receiver is None else connections.shape_of(live.receiver),
        is_weak=connection.is_weak,
        is_async=connection.is_async,
        dispatch_uid=_uid_words(connection.uid),
        is_dead=live.receiver is None,
        connected_at=None if call is None or call.site is None else words.site_words(*call.site),
        connected_us=None if call is None else call.connected_us,
    )


def _gone(call: ConnectCall) -> GoneReceiver:
    name, place = words.receiver_words(call.receiver)
    return GoneReceiver(
        name=name,
        short=short_name(name),
        place=place,
        sender=words.sender_words(call.sender),
        shape=call.shape,
        how="collected" if call.ended_us is None else "disconnected",
        connected_at=None if call.site is None else words.site_words(*call.site),
        connected_us=call.connected_us,
        ended_at=None if call.ended_site is None else words.site_words(*call.ended_site),
        ended_us=call.ended_us,
    )


def short_name(name: str) -> str:
    """Return what tells a receiver apart in a list: a function's name, a method's with its class."""
    head, _, tail = name.rpartition(".")
    owner = head.rpartition(".")[2]
    return f"{owner}.{tail}" if owner[:1].isupper() else tail


def _sender_words(live: LiveConnection) -> str | None:
    if live.connection.sender_id == _compat.ANY_SENDER:
        return None
    if live.sender is None:
        return "a sender that is gone"
    return words.sender_words(naming.sender_key(live.sender))


def _uid_words(uid: object) -> str | None:
    if uid is None:
        return None
    return naming.clean(uid) if type(uid) is str else f"<{type(uid).__name__}>"
