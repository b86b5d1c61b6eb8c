"""What regular expressions are made of; reads and runs nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class Char:
    """One character of a casefolded text."""

    test: Callable[[str], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A place between two characters."""

    kind: Literal["start", "end", "edge", "inside"]

    def holds(self, before: bool | None, char: str) -> bool:
        """
        Say whether this is such a place.

        `before` says if the last character was one of a word, and is None at the start; `char` is
        the next character, "" at the end.
        """
        match self.kind:
            case "start":
                return before is None
            case "end":
                return not char
            case "edge":
                return bool(before) is not is_word(char)
            case "inside":
                return bool(before) is is_word(char)


@dataclasses.dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Either:
    """One of them."""

    options: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Repeat:
    """The same again and again."""

    node: Node
    least: int
    most: int | None
    """None: without end."""


Node = Char | Place | Sequence | Either | Repeat


def is_word(char: str) -> bool:
    """Say whether a character is a letter, a digit or an underscore; "" is not."""
    return char.isalnum() or char == "_"
