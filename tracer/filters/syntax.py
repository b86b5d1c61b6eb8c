"""Reads a regular expression into nodes: a part of Python's syntax; runs nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from tracer.exceptions import FilterError
from tracer.filters.nodes import Char, Either, Node, Place, Repeat, Sequence, is_word

MAX_DEPTH = 20
"""Groups within groups."""


def read(pattern: str, start: int) -> Node:
    """Return the node of a whole expression that stands at `start`; raise `FilterError`."""
    reader = _Reader(pattern, start)
    node = reader.either()
    if reader.peek():
        reader.fail("Expected an opening ( before this ).", reader.at)
    return node


_CLASSES: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "D": lambda char: not char.isdecimal(),
    "w": is_word,
    "W": lambda char: not is_word(char),
    "s": str.isspace,
    "S": lambda char: not char.isspace(),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_PLACES = {
    "b": Place("edge"),
    "B": Place("inside"),
    "A": Place("start"),
    "Z": Place("end"),
}
_COUNTED = re.compile(r"\{(?!\})([0-9]*)(,?)([0-9]*)\}")


class _Reader:
    """Where reading stands in the expression."""

    def __init__(self, pattern: str, start: int) -> None:
        self.at = 0
        self._pattern = pattern
        self._start = start
        self._depth = 0

    def peek(self) -> str:
        return self._pattern[self.at : self.at + 1]

    def fail(self, message: str, start: int) -> NoReturn:
        end = min(max(self.at, start + 1), len(self._pattern))
        raise FilterError(message, self._start + min(start, end), self._start + end)

    def either(self) -> Node:
        options = [self._sequence()]
        while self._takes("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _takes(self, text: str) -> bool:
        found = self._pattern.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def _sequence(self) -> Node:
        parts = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self._repeated())
        return Sequence(tuple(parts))

    def _repeated(self) -> Node:
        start = self.at
        if self._count() is not None:
            self.fail(
                "Expected something to repeat before this; a plain one has a \\ before.", start
            )
        node = self._single()
        at = self.at
        count = self._count()
        if count is None:
            return node
        if isinstance(node, Place):
            self.fail("A place cannot be repeated.", at)
        self._takes("?")  # as few as possible: where a match ends is all the same here
        at = self.at
        if self._count() is not None:
            self.fail("Expected one repeat, not two; group the first: (…)*.", at)
        return Repeat(node, *count)

    def _count(self) -> tuple[int, int | None] | None:
        start = self.at
        for sign, count in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(sign):
                return count
        found = _COUNTED.match(self._pattern, self.at)
        if found is None:
            return None
        self.at = found.end()
        if len(found[1]) > 3 or len(found[3]) > 3:
            self.fail("Expected at most 999 repeats.", start)
        least = int(found[1] or 0)
        most = int(found[3]) if found[3] else (None if found[2] else least)
        if most is not None and most < least:
            self.fail("Expected the smaller number of repeats first.", start)
        return least, most

    def _single(self) -> Node:
        start = self.at
        char = self.peek()
        self.at += 1
        match char:
            case "(":
                return self._group(start)
            case "[":
                return self._set(start)
            case "\\":
                return self._escape(start)
            case ".":
                return Char(bool)
            case "^":
                return Place("start")
            case "$":
                return Place("end")
            case _:
                return _literal(char)

    def _group(self, start: int) -> Node:
        if self._takes("?") and not self._takes(":"):
            self.at += 1
            message = (
                'Only (…) and (?:…) are known here; for "not", write a term of its own with -.'
            )
            self.fail(message, start)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(f"Expected at most {MAX_DEPTH} groups within each other.", start)
        node = self.either()
        self._depth -= 1
        if not self._takes(")"):
            self.fail("Expected a closing ) for this (.", start)
        return node

    def _escape(self, start: int) -> Node:
        char = self.peek()
        self.at += 1
        if char in _PLACES:
            return _PLACES[char]
        if char in _CLASSES:
            return Char(_CLASSES[char])
        return _literal(self._escaped(char, start))

    def _escaped(self, char: str, start: int) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if not char or (char.isascii() and char.isalnum()):
            self.fail("Expected an escape such as \\d, \\w, \\s, \\b, or a sign such as \\.", start)
        return char

    def _set(self, start: int) -> Node:
        is_negated = self._takes("^")
        tests: list[Callable[[str], bool]] = []
        first = self.at
        while self.peek() != "]" or self.at == first:
            if not self.peek():
                self.fail("Expected a closing ] for this [.", start)
            tests.append(self._member())
        self.at += 1
        return Char(lambda char: any(test(char) for test in tests) is not is_negated)

    def _member(self) -> Callable[[str], bool]:
        start = self.at
        low = self._set_char()
        if self.peek() != "-" or self._pattern[self.at + 1 : self.at + 2] in ("", "]"):
            return low.casefold().__eq__ if isinstance(low, str) else low
        self.at += 1
        high = self._set_char()
        if not isinstance(low, str) or not isinstance(high, str) or high < low:
            self.fail("Expected a range from a lower to a higher character, such as a-z.", start)
        return lambda char: low <= char <= high or low <= _upper(char) <= high

    def _set_char(self) -> str | Callable[[str], bool]:
        start = self.at
        char = self.peek()
        self.at += 1
        if char != "\\":
            return char
        char = self.peek()
        self.at += 1
        return _CLASSES[char] if char in _CLASSES else self._escaped(char, start)


def _literal(char: str) -> Node:
    folded = char.casefold()
    parts = tuple(Char(part.__eq__) for part in folded)
    return parts[0] if len(parts) == 1 else Sequence(parts)


def _upper(char: str) -> str:
    upper = char.upper()
    return upper if len(upper) == 1 else char
