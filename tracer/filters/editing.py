"""Adds and removes terms of a filter's text, as clicks do; leaves the rest as it was written."""

from __future__ import annotations

import dataclasses

from tracer.exceptions import FilterError
from tracer.filters import grammar
from tracer.filters.language import FIELD_BY_NAME
from tracer.filters.terms import Term, Value


def with_term(text: str, field: str | None, value: str, *, exclude: bool = False) -> str:
    """
    Return the filter's text with a term for exactly this value, quoted where needed.

    A term that is there already is taken away instead, and one that says the opposite makes room.
    An `arg` value is `name` or `name=value`; field None adds a bare word. Of a text that does not
    parse only the end is touched.

    Raises:
        ValueError: there is no such field.

    """
    if field is not None and field not in FIELD_BY_NAME:
        raise ValueError(f"There is no field {field!r}.")
    wanted = _value_of(field, value)
    added = str(Term(field, (wanted,), exclude))
    try:
        terms = grammar.read(text)
    except FilterError:
        rest = text.removesuffix(" " + added)
        return rest if rest != text else f"{text} {added}"
    kept = [_without(term, field, wanted, exclude) for term in terms]
    is_there = any(
        after is not term and term.is_negated is exclude
        for term, after in zip(terms, kept, strict=True)
    )
    parts = _rewritten(text, terms, kept)
    return parts if is_there else f"{parts} {added}".strip()


def with_range(text: str, after: str, before: str) -> str:
    """
    Return the filter's text with `after:` and `before:` set to these, or without both where they are empty.

    What is excluded by `-after:` and `-before:` stays.

    Raises:
        FilterError: the text does not parse.

    """
    terms = grammar.read(text)
    kept = [
        None if term.field in ("after", "before") and not term.is_negated else term
        for term in terms
    ]
    parts = [_rewritten(text, terms, kept)]
    for field, value in (("after", after), ("before", before)):
        if value:
            parts.append(str(Term(field, (_value_of(field, value),), False)))
    return " ".join(part for part in parts if part)


def without_term(text: str, index: int) -> str:
    """Return the filter's text without the term at that place; unchanged if there is none."""
    try:
        terms = grammar.read(text)
    except FilterError:
        return text
    if not 0 <= index < len(terms):
        return text
    return _rewritten(text, terms, [term if at != index else None for at, term in enumerate(terms)])


def _value_of(field: str | None, text: str) -> Value:
    if field != "arg":
        return Value(text)
    name, equals, value = text.partition("=")
    return Value(value, name=Value(name)) if equals else Value("*", "glob", Value(name))


def _without(term: Term, field: str | None, value: Value, exclude: bool) -> Term | None:
    """Return the term without the value: None if nothing is left, the very term if it may stay."""
    if term.field != field or not any(_is_same(value, other) for other in term.values):
        return term
    if len(term.values) == 1:
        return None
    if field is None or not (term.is_negated or exclude):
        # `a,b` asks for either; asking for `a` besides narrows it, and does not take `a` away.
        return term
    rest = tuple(other for other in term.values if not _is_same(value, other))
    return dataclasses.replace(term, values=rest, text="") if rest else None


def _is_same(one: Value, other: Value) -> bool:
    if (one.name is None) is not (other.name is None):
        return False
    if one.name is not None and other.name is not None and not _is_same(one.name, other.name):
        return False
    return one.kind == other.kind and one.text.casefold() == other.text.casefold()


def _rewritten(text: str, terms: tuple[Term, ...], kept: list[Term | None]) -> str:
    if all(after is term for term, after in zip(terms, kept, strict=True)):
        return text.strip()
    return " ".join(term.text or str(term) for term in kept if term is not None)
