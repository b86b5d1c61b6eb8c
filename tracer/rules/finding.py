"""What a rule found, as plain values. Owns the record; the rules make it."""

from __future__ import annotations

from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake, or something to know."""

    id: str
    """`W001` to `W009`; the check's id is `signalbox_tracer.` and this."""
    level: Literal["warning", "info"] = "warning"
    signal: str | None
    """Dotted name of the signal; None where it is about a module."""
    receiver: str | None
    """Dotted name of the receiver, as the registry has it; None where it is about a module."""
    sender: str | None = None
    """What the receiver is connected for, as the registry has it; for a lazy sender its label as it was written."""
    place: str | None
    """`file.py:12` of what is to be mended; None where there is no source."""
    text: str
    """One sentence that names what is wrong."""
    hint: str
    """What to do, with the lines to paste where there are any."""
    tag: str
    """Two or three words for the mark in the registry, such as `fast delete off`."""
