"""
Which source a name on the page leads to, and how it is opened.

A client names a receiver, or a dispatch and one of its places; a path it can never name. What a record says of its
places may come from another process, and be forged: it leads to functions of modules that are loaded here, and to
what stands outside of any only in modules that define a signal or a connected receiver.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from tracer.dispatches import Dispatch
from tracer.editor import editor_url, file_of
from tracer.listing import Listing, listing_of
from tracer.registry import RegisteredSignal
from tracer.rules.namespaces import named_thing


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A source as it is shown, or the place alone where there is none to show."""

    what: str
    """`Defined`, `Sent`, `Raised`, `Connected` or `Disconnected`."""
    place: str
    listing: Listing | None
    editor: str | None
    """The link that opens it; None without `SIGNALBOX["EDITOR"]`."""
    is_outside: bool = False
    """Whether the link leads to a page, and not to a program."""


def source_at(what: str, place: str | None) -> Source | None:
    """Return the source of a place in words that this process itself has named; None for no place."""
    if not place:
        return None
    found = file_of(place)
    return Source(what, place, None, None) if found is None else source_of(what, *found, place)


def source_told(signals: Iterable[RegisteredSignal], what: str, place: str | None) -> Source | None:
    """Return the source of a place as a record has it, which anybody may have written; None for no place."""
    source = source_at(what, place)
    listing = None if source is None else source.listing
    if source is None or listing is None or listing.is_function:
        return source
    if _defines(listing.file, signals):
        return source
    return dataclasses.replace(source, listing=None)


def _defines(file: str, signals: Iterable[RegisteredSignal]) -> bool:
    """Return whether a signal or a connected receiver is defined in a file."""
    return any(
        named_thing(each.name.rpartition(".")[0], "__file__") == file
        or any(receiver.file == file for receiver in each.receivers)
        for each in signals
    )


def source_of(what: str, file: str, line: int, place: str) -> Source:
    """Return the source of a line of a file that the process itself has named."""
    listing = listing_of(file, line)
    editor = editor_url(file, line if listing is None else listing.line)
    shown = place if listing is None or what != "Defined" else listing.place
    is_outside = editor is not None and editor.lower().startswith(("http:", "https:"))
    return Source(what, shown, listing, editor, is_outside)


def definition_of(
    signals: Iterable[RegisteredSignal], signal: str, receiver: str, place: str | None
) -> Source | None:
    """Return where a receiver is defined: as the process knows it while it is connected, else by its place."""
    for each in signals:
        for known in each.receivers if each.name == signal else ():
            if known.name == receiver and known.file is not None:
                return source_of("Defined", known.file, known.line, known.place or known.file)
    return source_told(signals, "Defined", place)


def source_in(signals: Iterable[RegisteredSignal], dispatch: Dispatch, at: str) -> Source | None:
    """Return a dispatch's own place: `site`, `call-3` for a receiver, `raised-3` for where it raised; else None."""
    what, _, number = at.partition("-")
    if what == "site":
        return source_told(signals, "Sent", dispatch.call_site)
    if not number.isascii() or not number.isdecimal() or len(number) > 6:
        return None
    call = next(iter(dispatch.calls[int(number) : int(number) + 1]), None)
    if call is None:
        return None
    if what == "raised":
        return source_told(signals, "Raised", call.raised_at)
    if what == "call":
        return definition_of(signals, dispatch.signal, call.receiver, call.place)
    return None
