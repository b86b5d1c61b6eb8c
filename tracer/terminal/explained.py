"""`manage.py signals why`: a diagnosis as text. Owns its layout; `tracer.diagnosis` knows the reasons."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import repeat

from tracer import diagnosis, presence, process, publishing, registries, registry, stores
from tracer.diagnosis import Explanation, Uncalled, UnknownName
from tracer.exceptions import StoreError
from tracer.registry import RegisteredReceiver
from tracer.showing import visible
from tracer.terminal.ink import Ink, cells, columns, padded, shortened

_WIDEST = 110
"""Columns beyond which sentences are hard to read."""


def why(names: Sequence[str], ink: Ink) -> Iterator[str]:
    """
    Yield what a signal would lead to, of a sender and a signal in either order, or of a signal alone.

    Raises `UnknownName`.
    """
    signal, sender = named(names)
    if sender is None:
        yield from _whoever_sends(signal, ink)
        return
    found = diagnosis.would_run(signal, sender)
    yield ink(visible(signal), "bold") + " " + visible(f"from {sender}")
    yield ""
    yield from _called(found, signal, sender, ink)
    yield from _uncalled(found, ink)
    yield from _notes(found.notes, ink)
    yield from _in_others(signal, sender, ink)


def named(names: Sequence[str]) -> tuple[str, str | None]:
    """Return the signal and the sender that one or two names mean. Raises `UnknownName`."""
    if len(names) == 1:
        return diagnosis.find_signal(names[0]), None
    first, second = names
    signal, sender = _signal_or_none(second), first
    if signal is None:
        signal, sender = _signal_or_none(first), second
    if signal is not None:
        return signal, diagnosis.find_sender(sender)
    # Neither is a signal; the one that is no sender either was to be one.
    return diagnosis.find_signal(first if _is_sender(second) else second), None


def unknown_words(unknown: UnknownName) -> str:
    """Return what to say of a name that nobody here knows."""
    said = f'There is no {unknown.kind} "{visible(unknown.name)}" here.'
    if unknown.nearest:
        said += f" Nearest: {', '.join(map(visible, unknown.nearest))}."
    if unknown.kind == "signal" and _is_sender(unknown.name):
        said += " It is a sender: name the signal as well."
    return said


def _signal_or_none(name: str) -> str | None:
    try:
        return diagnosis.find_signal(name)
    except UnknownName:
        return None


def _is_sender(name: str) -> bool:
    try:
        diagnosis.find_sender(name)
    except UnknownName:
        return False
    return True


def _whoever_sends(signal: str, ink: Ink) -> Iterator[str]:
    """Yield all receivers of a signal in calling order, each with the sender that it waits for."""
    yield ink(visible(signal), "bold") + ", whoever sends it"
    yield ""
    receivers = next((each.receivers for each in registry.snapshot() if each.name == signal), ())
    if not receivers:
        yield ink("No receiver is connected", "bold", "amber")
    else:
        yield ink("Connected, in the order in which they are called", "bold")
        names = [shortened(each.name, columns() // 2) for each in receivers]
        senders = [
            shortened(each.sender or "all", columns() // 4) + (" async" if each.is_async else "")
            for each in receivers
        ]
        places = [each.place for each in receivers]
        yield from _columns(names, senders, places, ink, is_ordered=True)
        yield ""
        yield "Name a sender too, to see what would run for it, and why the others would not."
    yield from _notes(diagnosis.unsent(signal), ink)


def _called(found: Explanation, signal: str, sender: str | None, ink: Ink) -> Iterator[str]:
    if not found.called:
        yield ink("No receiver would run", "bold", "amber")
        return
    yield ink("Would run, in this order", "bold")
    known = _receivers(signal, sender)
    names = [visible(name) for name in found.called]
    widest = min(max(map(cells, names)), columns() // 2)
    for place, name in enumerate(found.called, 1):
        receiver = known.get(name)
        text = shortened(name, widest)
        line = f"{place:>3}  " + ink(text, "green")
        if receiver is not None:
            kind = "async " if receiver.is_async else "sync  "
            where = shortened(receiver.place or "", max(12, columns() - widest - 15))
            line += " " * (widest - cells(text)) + f"  {kind} " + ink(where, "dim")
        yield line.rstrip()


def _uncalled(found: Explanation, ink: Ink) -> Iterator[str]:
    told = [each for each in found.uncalled if each.reason != "sender" or each.mend]
    if told:
        yield ""
        yield ink("Would not run", "bold")
    for each in told:
        yield f"  {ink('✗', 'red')}  {shortened(each.receiver, columns() - 5)}"
        yield from _wrapped(each.text, "     ")
        if each.mend:
            yield from _wrapped(each.mend, "     → ", ink)
        where = _places(each)
        if where:
            yield ink("     " + shortened(where, columns() - 5), "dim")
    yield from _for_others([each for each in found.uncalled if each not in told], ink)


def _for_others(others: Sequence[Uncalled], ink: Ink) -> Iterator[str]:
    """Yield a line for each receiver that is connected for a sender which has nothing to do with this one."""
    if not others:
        return
    yield ""
    yield ink("Connected for other senders", "bold")
    names = [shortened(each.receiver, columns() // 2) for each in others]
    senders = [shortened(each.sender or "all", columns() // 4) for each in others]
    yield from _columns(names, senders, [each.place for each in others], ink)


def _columns(
    names: Sequence[str],
    senders: Sequence[str],
    places: Sequence[str | None],
    ink: Ink,
    *,
    is_ordered: bool = False,
) -> Iterator[str]:
    widest, wide = max(map(cells, names)), max(map(cells, senders))
    leads = (
        [f"{number:>3}  " for number in range(1, len(names) + 1)] if is_ordered else repeat("     ")
    )
    for lead, name, sender, place in zip(leads, names, senders, places, strict=False):
        where = shortened(place or "", max(12, columns() - widest - wide - 9))
        line = f"{lead}{padded(name, widest)}  {padded(sender, wide)}  {ink(where, 'dim')}"
        yield line.rstrip()


def _notes(notes: Sequence[str], ink: Ink) -> Iterator[str]:
    if notes:
        yield ""
        yield ink("To know", "bold")
        for note in notes:
            yield from _wrapped(note, "  · ")


def _in_others(signal: str, sender: str, ink: Ink) -> Iterator[str]:
    """Yield the receivers of this sender that are not connected in every process that is heard from."""
    try:
        told = registries.read(stores.shared())
    except StoreError:
        return
    this = process.this()
    label = f"this command {this.pid}@{this.host}"
    mine = registries.published(label, registry.snapshot(), publishing.project_modules())
    others = [each for each in told if each.process != this.label]
    apart = presence.differences([mine, *others], this.host).get(signal, {})
    found = [one for (_, known), one in apart.items() if known in (None, sender)]
    if found:
        yield ""
        yield ink("Not the same in all processes", "bold")
    for each in found:
        yield f"  ≠  {shortened(each.connection.name, columns() - 5)}"
        yield from _wrapped(each.text, "     ")


def _places(each: Uncalled) -> str:
    words = []
    if each.place:
        words.append(f"defined {each.place}")
    if each.connected_at:
        words.append(f"connected {each.connected_at}")
    return " · ".join(words)


def _receivers(signal: str, sender: str | None) -> dict[str, RegisteredReceiver]:
    for registered in registry.snapshot():
        if registered.name == signal:
            return {
                receiver.name: receiver
                for receiver in reversed(registered.receivers)
                if receiver.sender in (None, sender)
            }
    return {}


def _wrapped(text: str, lead: str, ink: Ink | None = None) -> Iterator[str]:
    lines = textwrap.wrap(
        visible(text),
        max(20, min(columns(), _WIDEST) - cells(lead)),
        break_long_words=False,
        break_on_hyphens=False,
    )
    for at, line in enumerate(lines):
        written = ink(line, "green") if ink is not None else line
        yield (lead if at == 0 else " " * cells(lead)) + written
