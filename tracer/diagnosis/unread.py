"""Which modules would connect receivers to a signal if somebody imported them. Reads sources, and imports nothing."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from tracer.rules.unimported_modules import unimported


def unread(signal: str, called: Collection[str] = ()) -> list[str]:
    """
    Return a sentence on each module that names a signal, connects receivers, and is imported by nobody here.

    Without those of which a receiver was `called`, by its dotted name: another process has imported them.
    """
    name = signal.rpartition(".")[2]
    is_named = re.compile(rf"\b{re.escape(name)}\b").search
    return [
        f"`{each.name}` names {name} and connects receivers, but nobody imports it: {each.place}, W003."
        for each in unimported(lambda file: is_named(_text_of(file)) is not None)
        if not any(receiver.startswith(f"{each.name}.") for receiver in called)
    ]


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
