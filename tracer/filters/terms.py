"""The parts of a filter and how they are written; owns quoting, not what a term means."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

from tracer.filters.language import FIELD_BY_NAME

FIELD_START = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*):")
"""A word that begins so is read as a field, known or not."""


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """One of the values of a term, without its quotes or slashes."""

    text: str
    kind: Literal["text", "glob", "regex"] = "text"
    name: Value | None = None
    """The argument's name before the `=` of an `arg:` term; None for other fields."""
    start: int = dataclasses.field(default=0, compare=False)
    """Offset in characters into the filter's text, quotes included."""
    end: int = dataclasses.field(default=0, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """One term of a filter; two terms are equal when they mean the same, wherever they stand."""

    field: str | None
    """None for words that are looked for everywhere."""
    values: tuple[Value, ...]
    """One of them has to match."""
    is_negated: bool = False
    text: str = dataclasses.field(default="", compare=False)
    """As it was written."""
    start: int = dataclasses.field(default=0, compare=False)
    """Offset in characters into the filter's text, the `-` included."""
    end: int = dataclasses.field(default=0, compare=False)

    def __str__(self) -> str:
        values = ",".join(written(self.field, value) for value in self.values)
        return f"{'-' if self.is_negated else ''}{self.field + ':' if self.field else ''}{values}"


def written(field: str | None, value: Value) -> str:
    """Return a value as it has to stand in a filter, quoted where it would be read differently."""
    if value.name is not None:
        name = _quoted_if(value.name, special="=")
        if (value.kind, value.text) == ("glob", "*"):
            return name
        return f"{name}={written(field, dataclasses.replace(value, name=None))}"
    if value.kind == "regex":
        return f"/{value.text}/"
    if value.kind == "text" and _reads_otherwise(field, value.text):
        return quoted(value.text)
    return _quoted_if(value)


def quoted(text: str) -> str:
    """Return the text between quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def has_regex(field: str | None) -> bool:
    """Say whether `/…/` is a regular expression in that field; an origin holds paths."""
    return field != "origin"


def _reads_otherwise(field: str | None, text: str) -> bool:
    if text.startswith("/") and has_regex(field):
        return True
    found = FIELD_START.match(text)
    if field is None:
        return text.startswith("-") or found is not None
    return found is not None and found[1].lower() in FIELD_BY_NAME


def _quoted_if(value: Value, special: str = "") -> str:
    text = value.text
    if value.kind == "glob":
        return text
    is_plain = text and not any(char in '",*' + special or char.isspace() for char in text)
    return text if is_plain else quoted(text)
