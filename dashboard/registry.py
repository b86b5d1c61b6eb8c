"""What the registry column shows: what is connected, counted and found, joined. Renders nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from dashboard import wording
from dashboard.counters import Count, Counters
from dashboard.entries import ReceiverEntry, receiver_entries
from tracer.presence import Connection, Differences, Presence
from tracer.registry import RegisteredSignal
from tracer.rules import Finding

_NONE = Count()
_SAME: Differences = MappingProxyType({})
_NOWHERE: Mapping[Connection, Presence] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class SignalEntry:
    """One signal with its receivers."""

    key: str
    name: str
    short: str
    family: str
    count: Count
    is_muted: bool
    receivers: tuple[ReceiverEntry, ...]
    gone_more: int
    """Receivers that are gone and have no row."""
    marks: tuple[Finding, ...]
    """About the signal itself."""
    differing: int
    """Receivers that are not connected in every process."""


@dataclasses.dataclass(frozen=True, slots=True)
class Elsewhere:
    """Findings about no signal of the registry, with one row each, and how many there are in all."""

    rows: tuple[Finding, ...]
    total: int


def elsewhere(findings: Sequence[Finding]) -> Elsewhere:
    """Return what the registry says above its signals."""
    rows = tuple(each for each in findings if each.signal is None)
    return Elsewhere(rows, len(findings))


def groups(
    signals: Iterable[RegisteredSignal],
    counters: Counters,
    muted: frozenset[str],
    findings: Iterable[Finding] = (),
    differences: Differences = _SAME,
) -> list[tuple[str, list[SignalEntry]]]:
    """Return the signals by their module, Django's own first, then by name: all that anybody knows of."""
    registered = {signal.name: signal for signal in signals}
    about: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.signal is not None:
            about.setdefault(finding.signal, []).append(finding)
    return _by_module(
        signal_entry(
            name,
            registered.get(name),
            counters,
            muted,
            about.get(name, ()),
            differences.get(name, _NOWHERE),
        )
        for name in {*registered, *counters.signals, *muted, *about, *differences}
    )


def groups_of_one(
    signals: Iterable[RegisteredSignal],
    counters: Counters,
    muted: frozenset[str],
    differences: Differences,
) -> list[tuple[str, list[SignalEntry]]]:
    """Return the same of one process alone: the signals that it knows, with what is connected there."""
    return _by_module(
        signal_entry(
            each.name,
            each,
            counters,
            muted,
            (),
            differences.get(each.name, _NOWHERE),
            is_one=True,
        )
        for each in signals
    )


def _by_module(entries: Iterable[SignalEntry]) -> list[tuple[str, list[SignalEntry]]]:
    entries = sorted(entries, key=lambda entry: _order(entry.name))
    return [
        (module, list(group)) for module, group in groupby(entries, lambda one: _module(one.name))
    ]


def signal_entry(
    name: str,
    registered: RegisteredSignal | None,
    counters: Counters,
    muted: frozenset[str],
    findings: Sequence[Finding],
    apart: Mapping[Connection, Presence] = _NOWHERE,
    *,
    is_one: bool = False,
) -> SignalEntry:
    """Return one signal's row with those under it: connected, elsewhere connected, gone, never come."""
    receivers, gone_more = receiver_entries(
        name, registered, counters, findings, apart, is_one=is_one
    )
    return SignalEntry(
        key=wording.dom_id(name),
        name=name,
        short=wording.short(name),
        family=wording.family(name),
        count=counters.signals.get(name, _NONE),
        is_muted=name in muted,
        receivers=receivers,
        gone_more=gone_more,
        marks=tuple(each for each in findings if each.receiver is None),
        differing=sum(each.apart is not None for each in receivers),
    )


def _module(name: str) -> str:
    return name.rpartition(".")[0]


_DJANGO = ("django.db.models.signals", "django.core.signals")
_LIFE = (
    "pre_init",
    "post_init",
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
)


def _order(name: str) -> tuple[int, str, int, str]:
    module, _, last = name.rpartition(".")
    rank = _DJANGO.index(module) if module in _DJANGO else len(_DJANGO)
    life = _LIFE.index(last) if module == _DJANGO[0] and last in _LIFE else len(_LIFE)
    # What is muted from the start is of least interest.
    return rank, module, life + (20 if last in _LIFE[:2] and not rank else 0), name
