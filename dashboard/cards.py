"""What the panels of a receiver and of a signal show: the registry, the counters and the rules, joined."""

from __future__ import annotations

import dataclasses

from dashboard import registry, wording
from dashboard.counters import Count, Counters
from dashboard.entries import gone_of
from dashboard.places import Source, definition_of, source_at
from dashboard.shown import Known
from tracer import diagnosis
from tracer.presence import Differences, Presence
from tracer.registry import GoneReceiver, RegisteredReceiver
from tracer.rules import Finding

MOST_GONE = 20
"""Connections that are over, of one receiver or signal, that are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection, here or in another process."""

    connection: RegisteredReceiver
    at: str
    """What the page calls the place of its `connect()`; empty for another process's, which has its source."""
    apart: Presence | None
    """In which processes it is, when that is not in all."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiverCard:
    """A receiver of a signal: all its connections, past and present."""

    signal: str
    signal_short: str
    family: str
    name: str
    short: str
    count: Count
    is_slow: bool
    connections: tuple[RegisteredReceiver, ...]
    """Those of this process."""
    shown: tuple[ConnectionView, ...]
    """The same, and those of other processes."""
    gone: tuple[GoneReceiver, ...]
    findings: tuple[Finding, ...]
    also: tuple[str, ...]
    """Other signals that it is connected to."""
    source: Source | None
    order: int
    """Its place in the calling order, from 1; 0 when it is not connected here."""


@dataclasses.dataclass(frozen=True, slots=True)
class SignalCard:
    """A signal with its receivers in calling order."""

    entry: registry.SignalEntry
    gone: tuple[GoneReceiver, ...]
    gone_more: int
    unsent: tuple[str, ...]
    findings: tuple[Finding, ...]


def receiver_card(
    signal: str,
    receiver: str,
    at: str,
    registered: Known,
    count: Count | None,
    slow_ns: int,
) -> ReceiverCard | None:
    """
    Return the card of a receiver; None when nothing at all is known of it.

    Not to be called under the feed's lock: it reads a source.
    """
    known = registered.find(signal)
    receivers = known.receivers if known is not None else ()
    connections = tuple(each for each in receivers if each.name == receiver and not each.is_dead)
    gone = [each for each in gone_of(known) if each.name == receiver][-MOST_GONE:]
    findings = tuple(
        each for each in registered.findings if (each.signal, each.receiver) == (signal, receiver)
    )
    shown = _shown(connections, signal, receiver, registered.differences)
    if not (shown or gone or findings or count):
        return None
    count = count or Count()
    places = [each.place for each in gone] + [each.place for each in findings]
    place = next(filter(None, [*(each.connection.place for each in shown), *places]), None)
    return ReceiverCard(
        signal=signal,
        signal_short=wording.short(signal),
        family=wording.family(signal),
        name=receiver,
        short=wording.short(receiver),
        count=count,
        is_slow=(count.average_ns or 0) >= slow_ns,
        connections=connections,
        shown=shown,
        gone=tuple(gone),
        findings=findings,
        also=tuple(
            each.name
            for each in registered.signals
            if each.name != signal and any(one.name == receiver for one in each.receivers)
        ),
        source=_source(at, connections, gone)
        or definition_of(registered.signals, signal, receiver, place),
        order=receivers.index(connections[0]) + 1 if connections else 0,
    )


def signal_card(
    signal: str, registered: Known, counters: Counters, muted: frozenset[str]
) -> SignalCard | None:
    """Return the card of a signal; None when nothing at all is known of it."""
    known = registered.find(signal)
    apart = registered.differences.get(signal, {})
    if known is None and not apart and signal not in counters.signals and signal not in muted:
        return None
    gone = gone_of(known)
    findings = tuple(each for each in registered.findings if each.signal == signal)
    return SignalCard(
        entry=registry.signal_entry(signal, known, counters, muted, findings, apart),
        gone=tuple(reversed(gone[-MOST_GONE:])),
        gone_more=max(len(gone) - MOST_GONE, 0),
        unsent=diagnosis.unsent(signal),
        findings=findings,
    )


def _shown(
    connections: tuple[RegisteredReceiver, ...],
    signal: str,
    receiver: str,
    differences: Differences,
) -> tuple[ConnectionView, ...]:
    apart = {
        connection: presence
        for connection, presence in differences.get(signal, {}).items()
        if connection[0] == receiver
    }
    here = [
        ConnectionView(each, f"connected-{index}", apart.get((receiver, each.sender)))
        for index, each in enumerate(connections)
    ]
    known = {each.sender for each in connections}
    away = [
        ConnectionView(presence.connection, "", presence)
        for (_, sender), presence in apart.items()
        if sender not in known
    ]
    return (*here, *away)


def _source(
    at: str, connections: tuple[RegisteredReceiver, ...], gone: list[GoneReceiver]
) -> Source | None:
    """Return the place of a call of `connect` or `disconnect`: `connected-0`, `gone-0`, `ended-0`."""
    what, _, number = at.partition("-")
    if not number.isascii() or not number.isdecimal() or len(number) > 6:
        return None
    index = int(number)
    if what == "connected" and index < len(connections):
        return source_at("Connected", connections[index].connected_at)
    if what == "gone" and index < len(gone):
        return source_at("Connected", gone[index].connected_at)
    if what == "ended" and index < len(gone):
        return source_at("Disconnected", gone[index].ended_at)
    return None
