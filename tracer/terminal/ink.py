"""Colour and width: how text is made to fit a terminal. Owns no words, and lets no character act on the terminal."""

from __future__ import annotations

import os
import shutil
import unicodedata
from typing import Any

from tracer.showing import visible

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "amber": "33",
    "blue": "34",
    "violet": "35",
    "slate": "36",
}
FAMILY_STYLES = {"model": "blue", "request": "slate", "other": "violet"}
UNLIMITED = 1_000
"""Columns of what is no terminal: a file or a pipe is to have the names whole."""


class Ink:
    """Puts text into colour, or leaves it as it is; the text must be `visible` already."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on

    def __call__(self, text: str, *styles: str) -> str:
        """Return the text in styles of `_CODES`; an empty style is none."""
        codes = ";".join(_CODES[style] for style in styles if style)
        return f"\x1b[{codes}m{text}\x1b[0m" if codes and text and self._is_on else text


def ink_for(stream: Any, *, no_color: bool, force_color: bool) -> Ink:
    """Return ink for a stream: colour on a terminal only, unless Django's options or `NO_COLOR` say otherwise."""
    if force_color:
        return Ink(is_on=True)
    is_unwanted = (
        no_color
        or bool(os.environ.get("NO_COLOR"))
        or os.environ.get("DJANGO_COLORS") == "nocolor"
        or os.environ.get("TERM") == "dumb"
    )
    return Ink(is_on=not is_unwanted and is_terminal(stream))


def is_terminal(stream: Any) -> bool:
    """Tell whether somebody sees the stream as it is written."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty()) if callable(isatty) else False


def columns() -> int:
    """Return how many columns there are: of the terminal, or `COLUMNS`; `UNLIMITED` where neither is."""
    return max(40, shutil.get_terminal_size((UNLIMITED, 24)).columns)


def cells(text: str) -> int:
    """Return how many columns visible text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else 1


def shortened(text: str, width: int) -> str:
    """Return the text, made visible, in at most so many columns: its middle gives way, more of its end is kept."""
    text = visible(text)
    if cells(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    ahead = (width - 1) // 3
    return f"{_within(text, ahead)}…{_within(text[::-1], width - 1 - ahead)[::-1]}"


def padded(text: str, width: int, *, is_right: bool = False) -> str:
    """Return the text in exactly so many columns."""
    text = shortened(text, width)
    space = " " * (width - cells(text))
    return space + text if is_right else text + space


def _within(text: str, width: int) -> str:
    taken = 0
    for at, char in enumerate(text):
        taken += _cell(char)
        if taken > width:
            return text[:at]
    return text
