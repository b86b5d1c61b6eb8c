"""W007: a receiver that was collected since it was connected, or that is bound to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import MethodType
from typing import Any, NamedTuple
from weakref import ReferenceType

from django.db.models.signals import class_prepared

from tracer import _compat, connections, naming, words
from tracer.connections import ConnectCall, Shape
from tracer.registry import LiveSignal
from tracer.rules import functions, holding, namespaces, subjects
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject

_OF_ONE_SITE = 2
_MENDS: dict[str, str] = {
    "method": "Keep what it is bound to alive, such as by a name in its module",
    "partial": "Give the partial a name in its module",
    "instance": "Give the object a name in its module",
    "function": "Give it a name of its own in its module, if another function of that name took its place",
}


class Suspect(NamedTuple):
    """A weakly connected receiver that nothing visible holds, by plain values and weak references."""

    finding: Finding
    reference: ReferenceType[Any]


def collected_receivers(live: Iterable[LiveSignal]) -> Iterator[Finding]:
    """Yield one finding for each name and place of `connect` that lost receivers, Django's own left out."""
    for each in live:
        if each.signal is class_prepared:
            continue  # It has told what it had to tell when its receivers go.
        present = {
            (subjects.described(one.receiver)[0], one.connection.sender_id)
            for one in each.connections
            if one.receiver is not None
        }
        groups: dict[object, list[ConnectCall]] = defaultdict(list)
        for call in connections.of(each.signal):
            if call.is_collected and _is_users_loss(call, present):
                groups[words.receiver_words(call.receiver)[0], call.site].append(call)
        for calls in groups.values():
            yield _collected(each.name, calls)


def suspects_of(connected: Iterable[Subject]) -> list[Suspect]:
    """Return those that are to be looked at more closely, some of each place; usually none. Holds none of them."""
    in_modules: set[int] | None = None
    counts: dict[object, int] = defaultdict(int)
    found: list[Suspect] = []
    for each in connected:
        reference = each.connection.reference
        if not issubclass(type(reference), ReferenceType) or not _is_users(each):
            continue
        if in_modules is None:
            in_modules = {
                id(value) for names in namespaces.namespaces() for value in list(names.values())
            }
        target = _target(each.receiver)
        if id(target) in in_modules or issubclass(type(target), type):
            continue
        site = each.call.site if each.call is not None else None
        key = each.name, each.signal_name, site
        counts[key] += 1
        if counts[key] <= _OF_ONE_SITE and len(found) < holding.MOST_AT_ONCE:
            found.append(Suspect(_bound_to_be(each), reference))
    return found


def bound_to_be_collected(suspects: list[Suspect]) -> Iterator[Finding]:
    """Yield one finding for each that nothing of the host holds; nobody else may hold any of them meanwhile."""
    alive, targets = [], []
    for suspect in suspects:
        target = _target(suspect.reference())
        if target is not None:
            alive.append(suspect)
            targets.append(target)
    target = None
    findings = (alive[position].finding for position in sorted(holding.unheld(targets)))
    yield from dict.fromkeys(findings)


def _target(receiver: object) -> object:
    """Return what has to be held for a receiver to live: of a bound method what it is bound to."""
    return receiver.__self__ if type(receiver) is MethodType else receiver


def _is_users(each: Subject) -> bool:
    if each.call is not None and each.call.site is not None:
        return functions.is_own(each.call.site[0]) and not functions.is_djangos(each.code)
    return functions.is_own(each.code)


def _is_users_loss(call: ConnectCall, present: set[tuple[str, int]]) -> bool:
    """Tell whether somebody misses the receiver: not when its sender is gone too, or another took its place."""
    code = words.code_of(call.receiver)
    if call.site is None or not functions.is_own(call.site[0]) or functions.is_djangos(code):
        return False
    sender_id = _compat.ANY_SENDER
    if type(call.sender) is naming.ClassName:
        sender = call.sender.ref()
        if sender is None:
            return False
        sender_id = id(sender)
    return (words.receiver_words(call.receiver)[0], sender_id) not in present


def _collected(signal_name: str, calls: list[ConnectCall]) -> Finding:
    call = calls[-1]
    name, place = words.receiver_words(call.receiver)
    short = signal_name.rpartition(".")[2]
    times = f"{len(calls)} times, " if len(calls) > 1 else ""
    site = subjects.site_place(call.site)
    return Finding(
        id="W007",
        signal=signal_name,
        receiver=name,
        sender=words.sender_words(call.sender),
        place=site or place,
        text=(
            f"{name} was connected to {short}{f' at {site}' if site else ''}, {times}and was collected since: "
            "the connection is weak, nothing else held it, and it is never called."
        ),
        hint=_hint(short, call.shape),
        tag="collected",
    )


def _bound_to_be(each: Subject) -> Finding:
    site = each.connected_at
    return Finding(
        id="W007",
        signal=each.signal_name,
        receiver=each.name,
        sender=each.sender_words,
        place=site or each.place,
        text=(
            f"{each.name} is connected to {each.signal_short}{f' at {site}' if site else ''} by a weak reference, "
            "and nothing of yours holds it: a cache that Django fills under DEBUG may keep it alive for a while, "
            "and in production it is gone at once."
        ),
        hint=_hint(each.signal_short, connections.shape_of(each.receiver)),
        tag="bound to vanish",
    )


def _hint(signal: str, shape: Shape) -> str:
    mend = _MENDS.get(shape, "Move it to module level")
    return f"{mend}, or let the connection hold it:\n\n    {signal}.connect(…, weak=False)"
