"""Reads a filter's text into terms, says where it does not parse; never what a term means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from tracer.exceptions import FilterError
from tracer.filters.language import FIELD_BY_NAME
from tracer.filters.terms import FIELD_START, Term, Value, has_regex

MAX_LENGTH = 2_000
"""Characters of a filter."""


def read(text: str) -> tuple[Term, ...]:
    """Return the terms of a filter in the order in which they stand; raise `FilterError`."""
    if len(text) > MAX_LENGTH:
        message = f"A filter holds at most {MAX_LENGTH:,} characters, got {len(text):,}."
        raise FilterError(message, MAX_LENGTH, len(text))
    terms = []
    at = 0
    while (at := _after_spaces(text, at)) < len(text):
        term = _term(text, at)
        terms.append(term)
        at = term.end
    return tuple(terms)


def shown(text: str) -> str:
    """Return the text in quotes for a message: not too long, and safe to encode."""
    short = text if len(text) <= 40 else text[:39] + "…"
    return '"' + short.encode("utf-8", "replace").decode() + '"'


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "…"?` with the known word nearest to this one, or nothing."""
    found = difflib.get_close_matches(word.casefold()[:40], list(known), n=1, cutoff=0.5)
    return f' Did you mean "{found[0]}"?' if found else ""


def _after_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _is_end(text: str, at: int) -> bool:
    """Say whether a value ends here: at a space, a comma or the end."""
    return at >= len(text) or text[at] == "," or text[at].isspace()


def _term(text: str, start: int) -> Term:
    is_negated = text[start] == "-"
    at = start + is_negated
    if is_negated and _is_end(text, at):
        message = 'Expected what to leave out after "-", such as -is:unheard.'
        raise FilterError(message, start, at)
    field = _field(text, at)
    if field is not None:
        at += len(field) + 1
    values = [_value(text, at, field)]
    while (at := values[-1].end) < len(text) and text[at] == ",":
        _refuse_field(text, at + 1)
        values.append(_value(text, at + 1, field))
    return Term(
        field=field,
        values=tuple(values),
        is_negated=is_negated,
        text=text[start:at],
        start=start,
        end=at,
    )


def _field(text: str, at: int) -> str | None:
    found = FIELD_START.match(text, at)
    if found is None:
        return None
    name = found[1].lower()
    if name not in FIELD_BY_NAME:
        message = (
            f"There is no field {shown(found[1])}.{nearest(name, FIELD_BY_NAME)}"
            " To look for the text itself, put it in quotes."
        )
        raise FilterError(message, at, found.end(1))
    return name


def _refuse_field(text: str, at: int) -> None:
    """Refuse `signal:a,sender:b`, which would look for a signal of the name `sender:b`."""
    found = FIELD_START.match(text, at)
    if found is not None and found[1].lower() in FIELD_BY_NAME:
        message = f"Expected a space instead of the comma before {found[0]} to begin another term."
        raise FilterError(message, at - 1, found.end())


def _value(text: str, start: int, field: str | None) -> Value:
    if _is_end(text, start):
        raise _missing(text, start, field)
    value = _argument(text, start) if field == "arg" else _single(text, start, field)
    if not value.text and value.name is None:
        raise FilterError("Expected something between the quotes.", value.start, value.end)
    return value


def _missing(text: str, at: int, field: str | None) -> FilterError:
    """Return the error of a place where a value should stand."""
    start = max(at - 1, 0)
    end = at if start < at else min(at + 1, len(text))
    if field is not None and text[start:end] == ":":
        example = FIELD_BY_NAME[field].example
        return FilterError(f"Expected a value after {field}:, such as {example}.", start, end)
    message = (
        "Expected a value on either side of the comma; a comma that is meant stands in quotes."
    )
    return FilterError(message, start, end)


def _argument(text: str, start: int) -> Value:
    """Read `name`, `name=value`."""
    if text[start] == '"':
        name = _quoted(text, start)
    else:
        end = start
        while not _is_end(text, end) and text[end] != "=":
            end += 1
        name = _word(text, start, end)
    if not name.text:
        message = "Expected the name of an argument before the =, such as arg:created=True."
        raise FilterError(message, start, min(start + 1, len(text)))
    at = name.end
    if _is_end(text, at):
        return Value("*", "glob", name, start, at)
    if text[at] != "=":
        raise _not_ended(text, at)
    if _is_end(text, at + 1):
        message = 'Expected a value after the =, such as arg:created=True; empty text is "".'
        raise FilterError(message, at, at + 1)
    value = _single(text, at + 1, "arg")
    return Value(value.text, value.kind, name, start, value.end)


def _single(text: str, start: int, field: str | None) -> Value:
    if text[start] == '"':
        value = _quoted(text, start)
    elif text[start] == "/" and has_regex(field):
        value = _regex(text, start)
    else:
        end = start
        while not _is_end(text, end):
            end += 1
        return _word(text, start, end)
    if not _is_end(text, value.end):
        raise _not_ended(text, value.end)
    return value


def _word(text: str, start: int, end: int) -> Value:
    word = text[start:end]
    return Value(word, "glob" if "*" in word else "text", None, start, end)


def _quoted(text: str, start: int) -> Value:
    at, chars = start + 1, []
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\" and text[at + 1 : at + 2] in ('"', "\\")
        chars.append(text[at])
        at += 1
    if at >= len(text):
        message = 'Expected a closing quote: " at the end of the phrase.'
        raise FilterError(message, start, len(text))
    return Value("".join(chars), "text", None, start, at + 1)


def _regex(text: str, start: int) -> Value:
    at = start + 1
    while at < len(text) and text[at] != "/":
        at += 2 if text[at] == "\\" else 1
    if at >= len(text):
        message = (
            "Expected a closing slash: what begins with / is a regular expression, such as"
            ' /order_.*/; a path stands in quotes, such as "/checkout", or after origin:.'
        )
        raise FilterError(message, start, len(text))
    if at == start + 1:
        raise FilterError("Expected something between the slashes.", start, at + 1)
    return Value(text[start + 1 : at], "regex", None, start, at + 1)


def _not_ended(text: str, at: int) -> FilterError:
    end = at
    while not _is_end(text, end):
        end += 1
    message = f"Expected a space or a comma before {shown(text[at:end])}."
    if text[at - 1] == "/":
        message += ' A path stands in quotes, such as "/checkout/42", or after origin:.'
    return FilterError(message, at, end)
