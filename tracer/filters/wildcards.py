"""Wildcards, in time linear in the text; knows no fields."""

from __future__ import annotations

from collections.abc import Callable

TextTest = Callable[[str], bool]
"""Takes casefolded text."""


def glob(pattern: str) -> TextTest:
    """Return a test whether a whole text is like the pattern; `*` is any number of characters."""
    first, *middle, last = pattern.casefold().split("*")
    shortest = len(first) + len(last)

    def is_like(text: str) -> bool:
        if len(text) < shortest or not (text.startswith(first) and text.endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in middle:
            # The leftmost place is always good enough, so nothing is tried twice.
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return is_like
