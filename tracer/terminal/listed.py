"""`manage.py signals list`: the registry of this process, as a table or as JSON. Connects and calls nothing."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tracer import registry
from tracer.registry import RegisteredReceiver, RegisteredSignal
from tracer.rules import Finding
from tracer.showing import count, visible
from tracer.terminal.argv import COMMANDS
from tracer.terminal.chosen import Choice, Chosen
from tracer.terminal.ink import Ink, columns, shortened
from tracer.terminal.table import Row, drawn, gone_row, marks, receiver_row


def as_json(text: str) -> str:
    """
    Return the signals that a filter means as a JSON list, in ASCII; without a filter all there are.

    A receiver has its `findings`. Raises `FilterError`.
    """
    found = _findings()
    signals = []
    for chosen in Choice(text).of(registry.snapshot()):
        signal: dict[str, Any] = msgspec.to_builtins(chosen.signal)
        signal["receivers"] = [
            {
                "order": place,
                **msgspec.to_builtins(receiver),
                "findings": [
                    msgspec.to_builtins(each) for each in _of(receiver, chosen.signal, found)
                ],
            }
            for place, receiver in chosen.receivers
        ]
        signal["gone"] = [msgspec.to_builtins(gone) for gone in chosen.gone]
        signals.append(signal)
    return json.dumps(signals, indent=2)


def as_table(text: str, ink: Ink, *, has_all: bool) -> Iterator[str]:
    """
    Yield the lines of the table of what a filter means.

    Signals without receivers are left out, and counted at the end, unless `has_all` or the filter asks for
    them. Raises `FilterError`.
    """
    choice = Choice(text)
    found = _findings()
    signals = registry.snapshot()
    chosen = choice.of(signals)
    is_whole = has_all or choice.names_something
    groups = [(each, _rows(each, found)) for each in chosen]
    shown = [(each, rows) for each, rows in groups if rows or is_whole]
    yield from drawn(shown, columns(), ink)
    yield from _other_findings(signals, found, choice, ink)
    if shown or not choice.names_something:
        yield _total(shown, len(groups) - len(shown), ink)


def nothing_words(text: str) -> str | None:
    """Return what to say when a filter asks for something that is not there, with the nearest names; else None."""
    choice = Choice(text)
    signals = registry.snapshot()
    if not choice.names_something or choice.of(signals):
        return None
    if any(map(choice.means_finding, _findings())):
        return None
    known = _names(signals)
    wanted = [
        value.text.casefold()
        for term in choice.terms
        if not term.is_negated and term.field != "app"
        for value in term.values
        if value.kind == "text"
    ]
    near = [
        known[name]
        for word in wanted
        for name in difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    ]
    said = f'Nothing in the registry matches "{visible(text)}".'
    if near:
        said += f" Nearest: {', '.join(dict.fromkeys(near))}."
    if difflib.get_close_matches(text.casefold(), COMMANDS, n=1):
        said += f" The sub-commands are {', '.join(COMMANDS)}."
    return said


def _names(signals: Sequence[RegisteredSignal]) -> dict[str, str]:
    """Return the names that a filter may ask for, by what is compared with its words."""
    names: set[str] = set()
    for signal in signals:
        names |= {signal.name, signal.short}
        for known in signal.receivers:
            names |= {known.name, known.short, known.sender or known.name}
        for gone in signal.gone:
            names |= {gone.name, gone.short, gone.sender or gone.name}
    return {name.casefold(): visible(name) for name in sorted(names)}


def _rows(chosen: Chosen, found: Sequence[Finding]) -> list[Row]:
    return [
        *(
            receiver_row(place, receiver, _of(receiver, chosen.signal, found))
            for place, receiver in chosen.receivers
        ),
        *map(gone_row, chosen.gone),
    ]


def _findings() -> tuple[Finding, ...]:
    from tracer import rules

    return rules.findings()


def _of(
    receiver: RegisteredReceiver, signal: RegisteredSignal, found: Sequence[Finding]
) -> list[Finding]:
    key = (signal.name, receiver.name, receiver.sender)
    return [each for each in found if (each.signal, each.receiver, each.sender) == key]


def _other_findings(
    signals: Sequence[RegisteredSignal], found: Sequence[Finding], choice: Choice, ink: Ink
) -> Iterator[str]:
    """Yield what was found about receivers that are not connected, and about modules."""
    rows = {
        (signal.name, receiver.name, receiver.sender)
        for signal in signals
        for receiver in signal.receivers
    }
    others = [
        each
        for each in found
        if (each.signal, each.receiver, each.sender) not in rows and choice.means_finding(each)
    ]
    if others:
        yield ink("not connected", "bold")
    for each in others:
        place = f"{each.place}  " if each.place else ""
        room = columns() - 5
        yield "  !  " + ink(shortened(f"{marks([each])}  {place}{each.text}", room), "amber")


def _total(shown: Sequence[tuple[Chosen, list[Row]]], left_out: int, ink: Ink) -> str:
    receivers = sum(len(each.receivers) for each, _ in shown)
    words = f"{count(len(shown), 'signal')}, {count(receivers, 'receiver')}"
    if left_out:
        words += f"; {count(left_out, 'signal')} without receivers left out (--all)"
    return ink(f"{words}.", "dim")
