"""Puts all rules to work over this process. Owns their order and that one which fails takes none along."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from tracer import faults, registry
from tracer.registry import LiveSignal
from tracer.rules.abstract_senders import abstract_senders
from tracer.rules.costly_receivers import costly_receivers
from tracer.rules.fading_receivers import (
    Suspect,
    bound_to_be_collected,
    collected_receivers,
    suspects_of,
)
from tracer.rules.finding import Finding
from tracer.rules.hidden_coroutines import hidden_coroutines
from tracer.rules.lazy_senders import lazy_senders
from tracer.rules.lost_decorators import lost_decorators
from tracer.rules.raw_guards import raw_guards
from tracer.rules.repeated_receivers import repeated_receivers
from tracer.rules.subjects import Subject, subjects_of
from tracer.rules.unimported_modules import unimported_modules

T = TypeVar("T")

_OF_CONNECTIONS = (
    abstract_senders,
    repeated_receivers,
    lost_decorators,
    costly_receivers,
    hidden_coroutines,
    raw_guards,
)

_MOST_FAILURES = 3
"""Times that a rule may fail before it is not tried again: the page asks often, and faults take the tracer off."""
_failures: Counter[str] = Counter()


def findings() -> tuple[Finding, ...]:
    """
    Return what is wrong in this process, sorted by id, then place; never raises.

    Costs what `registry.live_signals()` does, tens of milliseconds in a large process, and little more when
    nothing is suspect: a few file names in each app's folder, and no file read. Files that are read are parsed
    once until they change. A receiver that nothing visible holds costs a walk over the heap for each level of
    its holders, together about as much again.
    """
    found: list[Finding] = []
    _apply(found, "W001", lazy_senders)
    _apply(found, "W003", unimported_modules)
    # Apart, so that no live object is held any more when it is asked who holds them.
    suspects = _examine_connections(found)
    if suspects:
        _apply(found, "W007", lambda: bound_to_be_collected(suspects))
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _examine_connections(found: list[Finding]) -> list[Suspect]:
    suspects: list[Suspect] = []
    live: list[LiveSignal] = []
    connected: list[Subject] = []
    _apply(live, "the registry", registry.live_signals)
    _apply(connected, "receivers", lambda: subjects_of(live))
    for rule in _OF_CONNECTIONS:
        _apply(found, rule.__name__, functools.partial(rule, connected))
    _apply(found, "collected receivers", lambda: collected_receivers(live))
    _apply(suspects, "receivers bound to be collected", lambda: suspects_of(connected))
    return suspects


def _apply(found: list[T], name: str, rule: Callable[[], Iterable[T]]) -> None:
    """Add what a rule finds; what it found before it failed is true."""
    if _failures[name] >= _MOST_FAILURES:
        return
    try:
        for finding in rule():
            found.append(finding)  # noqa: PERF402
    except Exception:  # noqa: BLE001
        _failures[name] += 1
        faults.report(f"checking {name}")


def _order(finding: Finding) -> tuple[str, str, str, str, str]:
    return (
        finding.id,
        finding.place or "",
        finding.receiver or "",
        finding.signal or "",
        finding.sender or "",
    )
