"""Says what could be written at the cursor of a filter; works on text that does not parse yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from tracer.filters.language import FIELD_BY_NAME, FIELDS, FLAGS, Field
from tracer.filters.terms import FIELD_START, Value, has_regex, written

MAX_COMPLETIONS = 12

Seen = Mapping[str, Iterable[str]]
"""Names of fields and the values seen of each; `arg` has `name` and `name=value`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Completion:
    """One thing that could be written: `text` in place of what stands from `start` to `end`."""

    start: int
    """Offset in characters into the filter's text."""
    end: int
    text: str
    """As it has to be written, quotes included; a field ends with its colon."""
    label: str
    """What to show."""
    what: str
    """A short explanation; may be empty."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """What stands at the cursor: the field, and the piece of a value that was begun."""

    field: str | None
    start: int
    end: int
    typed: str
    is_first: bool
    """Nothing of the term but a `-` stands before the piece, so it may become a field."""


def complete(text: str, cursor: int, seen: Seen) -> list[Completion]:
    """
    Return what could stand at the cursor, best first, at most `MAX_COMPLETIONS`; never raises.

    Offered are fields, flags after `is:`, and after another field the values of it that were seen.
    Inside a regular expression nothing is.
    """
    cursor = min(max(cursor, 0), len(text))
    place = _place(text, cursor)
    if place is None:
        return []
    if place.field is None:
        found = _fields(place, seen) if place.is_first else []
    elif place.field not in FIELD_BY_NAME:
        found = []
    else:
        found = _values(place, FIELD_BY_NAME[place.field], seen)
    # What stands there already is no news.
    return [one for one in found if one.text != text[one.start : one.end]][:MAX_COMPLETIONS]


def _place(text: str, cursor: int) -> _Place | None:
    at = 0
    while True:
        while at < cursor and text[at].isspace():
            at += 1
        start = at + (text[at : at + 1] == "-" and at < cursor)
        found = FIELD_START.match(text, start, cursor)
        field = found[1].lower() if found is not None else None
        at = first = found.end() if found is not None else start
        while True:
            piece, at = at, _piece_end(text, at, cursor, field)
            if at >= cursor:
                return _at_cursor(text, piece, cursor, field, is_first=piece == first)
            if text[at] != ",":
                break
            at += 1


def _piece_end(text: str, start: int, limit: int, field: str | None) -> int:
    """Return where the value that begins at `start` ends, or `limit` if it goes on so far."""
    at, closing = start, ""
    opening = '"/' if has_regex(field) else '"'
    while at < limit:
        char = text[at]
        if closing:
            at += char == "\\"
            closing = "" if char == closing else closing
        elif char in opening and (at == start or text[at - 1] == "="):
            closing = char
        elif char == "," or char.isspace():
            return at
        at += 1
    return limit


def _at_cursor(
    text: str, start: int, cursor: int, field: str | None, *, is_first: bool
) -> _Place | None:
    typed = text[start:cursor]
    if typed.startswith("/") and has_regex(field):
        return None
    end = cursor
    if '"' in typed:
        closing = text.find('"', cursor)
        end = closing + 1 if closing >= 0 and not typed.endswith('"') else cursor
        typed = typed.replace('"', "")
    else:
        while end < len(text) and text[end] != "," and not text[end].isspace():
            end += 1
        name = FIELD_START.match(text, start) if field is None else None
        end = end if name is None else name.end()
    return _Place(field, start, end, typed.casefold(), is_first)


def _fields(place: _Place, seen: Seen) -> list[Completion]:
    begun = [field for field in FIELDS if field.name.startswith(place.typed)]
    found = [
        Completion(place.start, place.end, f"{field.name}:", f"{field.name}:", field.what)
        for field in begun
    ]
    if len(place.typed) < 2:
        return found
    for flag in FLAGS:
        if place.typed in flag.name:
            text = f"is:{flag.name}"
            found.append(Completion(place.start, place.end, text, text, flag.what))
    for field in FIELDS:
        for value in _ranked(place.typed, seen.get(field.name, ())):
            text = f"{field.name}:{_insert(field, value, seen)}"
            found.append(Completion(place.start, place.end, text, f"{field.name}:{value}", ""))
    return found


def _values(place: _Place, field: Field, seen: Seen) -> list[Completion]:
    if field.kind == "flags":
        return [
            Completion(place.start, place.end, flag.name, flag.name, flag.what)
            for flag in sorted(FLAGS, key=lambda flag: not flag.name.startswith(place.typed))
            if place.typed in flag.name
        ]
    offered = [offer for offer in field.offers if offer.startswith(place.typed)]
    found = [Completion(place.start, place.end, offer, offer, field.what) for offer in offered]
    for value in _ranked(place.typed, seen.get(field.name, ())):
        text = _insert(field, value, seen)
        if value not in offered:
            found.append(Completion(place.start, place.end, text, value, ""))
    return found


def _ranked(typed: str, values: Iterable[str]) -> Iterator[str]:
    """Return the values that hold what was typed; first those of which a part begins with it."""
    ranks = []
    for value in set(values):
        folded = value.casefold()
        if typed in folded:
            is_inside = not folded.startswith(typed) and "." + typed not in folded
            ranks.append((is_inside, folded, value))
    return (value for _, _, value in sorted(ranks))


def _insert(field: Field, value: str, seen: Seen) -> str:
    """Return a value as it has to be written, a dotted name by as many parts as it needs."""
    if field.kind == "arguments":
        name, equals, rest = value.partition("=")
        wanted = Value(rest, name=Value(name)) if equals else Value("*", "glob", Value(name))
        return written("arg", wanted)
    if field.kind == "names":
        value = _shortest(value, seen.get(field.name, ()))
    return written(field.name, Value(value))


def _shortest(name: str, others: Iterable[str]) -> str:
    rivals = [other.casefold() for other in others if other != name]
    parts = name.split(".")
    for count in range(1, len(parts)):
        short = ".".join(parts[-count:])
        folded = short.casefold()
        if short and not any(other == folded or other.endswith("." + folded) for other in rivals):
            return short
    return name
