"""The registry's rows under a signal: receivers that are connected, run elsewhere, are gone, or never came."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from dashboard import wording
from dashboard.counters import Count, Counters
from tracer import conf
from tracer.presence import Connection, Presence
from tracer.registry import GoneReceiver, RegisteredReceiver, RegisteredSignal
from tracer.rules import Finding

MOST_GONE = 5
"""Receivers that are gone, of one signal, that have a row."""

_NONE = Count()
_NOWHERE: Mapping[Connection, Presence] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class ReceiverEntry:
    """One receiver under its signal."""

    key: str
    name: str
    short: str
    title: str
    """What there is no room for in the row."""
    place: str = ""
    count: Count = dataclasses.field(default_factory=Count)
    tags: tuple[str, ...] = ()
    """What tells its connection apart, in a word each, the most telling first."""
    is_slow: bool = False
    is_here: bool = True
    """Whether it is connected in this process; what others dispatched may name receivers that are not."""
    gone: str = ""
    """`collected` or `disconnected`; empty for one that is connected."""
    times: int = 1
    """How many of the same are gone."""
    marks: tuple[Finding, ...] = ()
    apart: Presence | None = None
    """In which processes it is connected, when that is not in all."""


def receiver_entries(
    name: str,
    registered: RegisteredSignal | None,
    counters: Counters,
    findings: Sequence[Finding],
    apart: Mapping[Connection, Presence] = _NOWHERE,
    *,
    is_one: bool = False,
) -> tuple[tuple[ReceiverEntry, ...], int]:
    """
    Return the rows under a signal, and how many receivers are gone and have none.

    `apart` are those of its receivers that are not connected in every process. With `is_one` it is the row of one
    process alone, the one whose registry is given.
    """
    connected = registered.receivers if registered is not None else ()
    live = [each for each in connected if not each.is_dead]
    gone = _gone_groups(registered)
    here = {each.name for each in live}
    known = {(each.name, each.sender) for each in live}
    known |= {(group[-1].name, group[-1].sender) for group in gone}
    away = [presence for connection, presence in apart.items() if connection not in known]
    seen = here | {group[-1].name for group in gone} | {each.connection.name for each in away}
    about = [each for each in findings if each.receiver is not None]
    entries = [
        *_live_entries(name, live, counters, about, apart),
        *([] if is_one else _away_entries(name, away, counters)),
        *([] if is_one else _foreign_entries(name, seen, counters)),
        # By itself a process shows nothing of what ran elsewhere of those that it has no more.
        *_gone_entries(name, gone[-MOST_GONE:], Counters() if is_one else counters, about, apart),
    ]
    entries += _pending_entries(name, about, {each.name for each in entries})
    return tuple(entries), sum(len(each) for each in gone[:-MOST_GONE])


def _live_entries(
    signal: str,
    live: Sequence[RegisteredReceiver],
    counters: Counters,
    findings: list[Finding],
    apart: Mapping[Connection, Presence],
) -> Iterable[ReceiverEntry]:
    slow_ns = int(conf.current().SLOW_MS * 1_000_000)
    for number, receiver in enumerate(live):
        count = counters.receivers.get((signal, receiver.name), _NONE)
        yield ReceiverEntry(
            key=f"{wording.dom_id(signal)}-{number}",
            name=receiver.name,
            short=receiver.short,
            title=_title(receiver),
            place=receiver.place or "",
            count=count,
            tags=_tags(receiver),
            is_slow=(count.average_ns or 0) >= slow_ns,
            marks=_marks(findings, receiver.name, receiver.sender),
            apart=apart.get((receiver.name, receiver.sender)),
        )


def _tags(receiver: RegisteredReceiver) -> tuple[str, ...]:
    tags = ["async"] if receiver.is_async else []
    if receiver.sender is not None:
        tags.append(wording.short(receiver.sender))
    if not receiver.is_weak:
        tags.append("strong")
    if receiver.dispatch_uid is not None:
        tags.append("uid")
    return tuple(tags)


def _title(receiver: RegisteredReceiver) -> str:
    parts = [
        receiver.name,
        f"for {receiver.sender}" if receiver.sender is not None else "for every sender",
        "held weakly" if receiver.is_weak else "held by the signal",
        *(["async"] if receiver.is_async else []),
        *([f"dispatch_uid {receiver.dispatch_uid}"] if receiver.dispatch_uid is not None else []),
        *([receiver.place] if receiver.place else []),
        *([f"connected at {receiver.connected_at}"] if receiver.connected_at else []),
    ]
    return " · ".join(parts)


def _away_entries(
    signal: str, away: Iterable[Presence], counters: Counters
) -> Iterable[ReceiverEntry]:
    """Yield receivers that are connected in other processes only."""
    for each in away:
        receiver = each.connection
        yield ReceiverEntry(
            key=wording.dom_id(f"{signal}-away-{receiver.name}-{receiver.sender}"),
            name=receiver.name,
            short=receiver.short,
            title=f"{_title(receiver)} · {each.text}",
            place=receiver.place or "",
            count=counters.receivers.get((signal, receiver.name), _NONE),
            tags=_tags(receiver),
            is_here=False,
            apart=each,
        )


def _foreign_entries(signal: str, seen: set[str], counters: Counters) -> Iterable[ReceiverEntry]:
    """Yield receivers that were seen to run and were never connected in this process."""
    for (name, receiver), count in sorted(counters.receivers.items(), key=lambda item: item[0]):
        if name == signal and receiver not in seen:
            yield ReceiverEntry(
                key=f"{wording.dom_id(signal)}-{wording.dom_id(receiver)}",
                name=receiver,
                short=wording.short(receiver),
                title=f"{receiver} · not connected in this process",
                count=count,
                is_here=False,
            )


def gone_of(registered: RegisteredSignal | None) -> list[GoneReceiver]:
    """Return the receivers that are gone, whether Django has noticed or not, the one connected last at the end."""
    if registered is None:
        return []
    dead = [
        GoneReceiver(
            name=each.name,
            short=each.short,
            place=each.place,
            sender=each.sender,
            shape=each.shape or "function",
            how="collected",
            connected_at=each.connected_at,
            connected_us=each.connected_us or 0,
            ended_at=None,
            ended_us=None,
        )
        for each in registered.receivers
        if each.is_dead
    ]
    return sorted([*registered.gone, *dead], key=lambda each: each.connected_us)


def _gone_groups(registered: RegisteredSignal | None) -> list[list[GoneReceiver]]:
    """Return those that are gone, the same ones together; not those that are connected again."""
    present = {
        (each.name, each.sender)
        for each in (registered.receivers if registered is not None else ())
        if not each.is_dead
    }
    found: dict[tuple[str, str | None, str], list[GoneReceiver]] = {}
    for each in gone_of(registered):
        if (each.name, each.sender) not in present:
            key = each.name, each.sender, each.how
            found[key] = [*found.pop(key, []), each]
    return list(found.values())


def _gone_entries(
    signal: str,
    gone: Sequence[Sequence[GoneReceiver]],
    counters: Counters,
    findings: list[Finding],
    apart: Mapping[Connection, Presence],
) -> Iterable[ReceiverEntry]:
    for each in gone:
        last = each[-1]
        key = wording.dom_id(f"{signal}-{last.how}-{last.name}-{last.sender}")
        at = f" · connected at {last.connected_at}" if last.connected_at else ""
        ended = f" · disconnected at {last.ended_at}" if last.ended_at else ""
        yield ReceiverEntry(
            key=key,
            name=last.name,
            short=last.short,
            title=f"{last.name} · for {last.sender or 'every sender'}{at}{ended}",
            count=counters.receivers.get((signal, last.name), _NONE),
            gone=last.how,
            times=len(each),
            marks=_marks(findings, last.name, last.sender),
            apart=apart.get((last.name, last.sender)),
        )


def _pending_entries(
    signal: str, findings: Sequence[Finding], placed: set[str]
) -> Iterable[ReceiverEntry]:
    """Yield receivers that something was found about, and that are connected to nothing: their sender never came."""
    for number, each in enumerate(findings):
        if each.receiver is not None and each.receiver not in placed:
            yield ReceiverEntry(
                key=f"{wording.dom_id(signal)}-pending-{number}",
                name=each.receiver,
                short=wording.short(each.receiver),
                title=f"{each.receiver} · for {each.sender or 'every sender'}",
                marks=(each,),
            )


def _marks(findings: list[Finding], receiver: str, sender: str | None) -> tuple[Finding, ...]:
    """Return what was found about a receiver; where that names a sender, about its connection for this one."""
    return tuple(
        each
        for each in findings
        if each.receiver == receiver and (each.sender is None or each.sender == sender)
    )
