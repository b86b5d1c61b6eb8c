"""Which signal or sender somebody means by a name. Owns how names are matched; imports nothing to find one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

from tracer import registry
from tracer.diagnosis.answers import UnknownName
from tracer.diagnosis.senders import known_senders

_MOST_NEAREST = 5


def find_signal(text: str) -> str:
    """
    Return the dotted name of the signal that is meant by its last part, or by any more of it.

    Of several, Django's own is meant. Raises `UnknownName`, with those that could be meant or the nearest names.
    Takes tens of milliseconds in a large process.
    """
    return match_signal(text, [live.name for live in registry.live_signals()])


def find_sender(text: str) -> str:
    """
    Return a model's label, given in any case, or the dotted name of a class that is a known sender.

    Raises `UnknownName`, with the nearest names. Takes tens of milliseconds in a large process.
    """
    return match_sender(text, known_senders(registry.live_signals()))


def match_signal(text: str, names: Iterable[str]) -> str:
    """Return the one of some dotted names that is meant, as `find_signal` does."""
    names = list(names)
    found = [name for name in names if name == text or name.endswith(f".{text}")]
    found = [name for name in found if name == text] or found
    if len(found) > 1:
        found = [name for name in found if name.startswith("django.")] or found
    if len(found) != 1:
        raise unknown("signal", text, found or names)
    return found[0]


def match_sender(text: str, names: Iterable[str]) -> str:
    """Return the one of some senders that is meant, as `find_sender` does."""
    names = list(names)
    found = [name for name in names if name == text] or [
        name for name in names if name.lower() == text.lower()
    ]
    if len(found) != 1:
        raise unknown("sender", text, found or names)
    return found[0]


def unknown(kind: Literal["signal", "sender"], text: str, names: Iterable[str]) -> UnknownName:
    """Return what is to be raised for a name that is not among some, with those of them that are nearest."""
    wanted, tail = text.lower(), _tail(text)
    likeness = {
        name: max(_likeness(wanted, name.lower()), _likeness(tail, _tail(name))) for name in names
    }
    nearest = sorted(
        (name for name, like in likeness.items() if like >= 0.6),
        key=lambda name: (-likeness[name], -_likeness(wanted, name.lower()), name),
    )
    return UnknownName(kind, text, tuple(nearest[:_MOST_NEAREST]))


def _tail(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
