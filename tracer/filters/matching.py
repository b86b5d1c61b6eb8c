"""Turns a term into a test of a dispatch, once; the tests never raise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache

from django.core.exceptions import ImproperlyConfigured

from tracer import conf
from tracer.dispatches import Dispatch
from tracer.exceptions import FilterError, SettingError
from tracer.filters import amounts, readings
from tracer.filters.expressions import regex
from tracer.filters.grammar import nearest, shown
from tracer.filters.language import FIELD_BY_NAME, FLAG_NAMES, METHODS, Kind
from tracer.filters.terms import Term, Value
from tracer.filters.wildcards import TextTest, glob

_NUMBERS = ("durations", "counts", "moments", "flags")
_BETWEEN = "\0"
_REMEMBERED = 1_024
"""Names of which it is remembered whether they match: the same come again and again."""


class Subject:
    """A dispatch while it is matched; its text is folded once, when a bare word asks for it."""

    def __init__(self, dispatch: Dispatch) -> None:
        self.dispatch = dispatch

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Everything that a bare word looks into, casefolded."""
        return tuple(text.casefold() for text in readings.all_texts(self.dispatch) if text)

    @cached_property
    def text(self) -> str:
        """The same in one, with a character between them that stands in none of the words."""
        return _BETWEEN.join(filter(None, readings.all_texts(self.dispatch))).casefold()


Test = Callable[[Subject], bool]


def cost_of(field: str | None) -> int:
    """Return how much a term of a field has to look at, as a number to sort by."""
    if field is None:
        return 2
    return 0 if FIELD_BY_NAME[field].kind in _NUMBERS else 1


def compile_term(term: Term, slow_ns: int | None) -> Test:
    """Return the test of a term; raise `FilterError` for a value that is not one of its field."""
    tests = tuple(_value_test(term.field, value, slow_ns) for value in term.values)
    if len(tests) == 1:
        (test,) = tests
        return (lambda subject: not test(subject)) if term.is_negated else test
    return lambda subject: any(test(subject) for test in tests) is not term.is_negated


def _value_test(field: str | None, value: Value, slow_ns: int | None) -> Test:
    if field is None:
        wanted = value.text.casefold()
        if value.kind == "text" and _BETWEEN not in wanted:
            return lambda subject: wanted in subject.text
        is_in = _anywhere(value)
        return lambda subject: any(map(is_in, subject.texts))
    match FIELD_BY_NAME[field].kind:
        case "arguments":
            return _argument_test(value)
        case "durations":
            return _took_test(amounts.duration_interval(value))
        case "counts":
            return _count_test(field, amounts.count_interval(value))
        case "moments":
            return _moment_test(field, amounts.moment_us(value))
        case "flags":
            return _flag_test(value, slow_ns)
        case _:
            return _text_test(field, value)


def _text_test(field: str, value: Value) -> Test:
    if field == "method" and value.kind == "text" and value.text.casefold() not in METHODS:
        raise _unknown("method", value, METHODS)
    if field == "sender" and value.kind == "text" and value.text.casefold() == "none":
        return lambda subject: (subject.dispatch.sender or "none").casefold() == "none"
    reader = readings.TEXTS[field]
    is_folded_match = _HOW[FIELD_BY_NAME[field].kind](value)

    def is_match(text: str | None) -> bool:
        return text is not None and text != "" and is_folded_match(text.casefold())

    if field not in _NEVER_AGAIN:
        is_match = lru_cache(_REMEMBERED)(is_match)
    return lambda subject: any(map(is_match, reader(subject.dispatch)))


_NEVER_AGAIN = ("id", "tree", "origin")


def _anywhere(value: Value) -> TextTest:
    """Return a test whether the value occurs in a text."""
    if value.kind == "regex":
        return regex(value.text, value.start + 1)
    if value.kind == "glob":
        return glob(f"*{value.text}*")
    wanted = value.text.casefold()
    return lambda text: wanted in text


def _whole(value: Value) -> TextTest:
    """Return a test whether a text is the value."""
    if value.kind == "regex":
        return regex(value.text, value.start + 1)
    if value.kind == "glob":
        return glob(value.text)
    return value.text.casefold().__eq__


def _last_parts(value: Value) -> TextTest:
    """Return a test whether a dotted name, or the last parts of it, is the value."""
    if value.kind == "regex":
        return regex(value.text, value.start + 1)
    if value.kind == "glob":
        is_like = glob(value.text)
        return lambda text: any(map(is_like, _endings(text)))
    wanted = value.text.casefold()
    dotted = "." + wanted
    return lambda text: text == wanted or text.endswith(dotted)


def _endings(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


def _argument_test(value: Value) -> Test:
    assert value.name is not None
    is_name = _whole(value.name)
    if (value.kind, value.text) == ("glob", "*"):
        return lambda subject: any(is_name(name.casefold()) for name in subject.dispatch.arguments)
    is_value = _whole(value)
    return lambda subject: any(
        is_name(name.casefold()) and is_value(readings.argument_text(given).casefold())
        for name, given in subject.dispatch.arguments.items()
    )


def _took_test(interval: amounts.Interval) -> Test:
    low, high = interval

    def test(subject: Subject) -> bool:
        took = subject.dispatch.duration_ns
        return took is not None and low <= took <= high

    return test


def _count_test(field: str, interval: amounts.Interval) -> Test:
    low, high = interval
    count = readings.COUNTS[field]
    return lambda subject: low <= count(subject.dispatch) <= high


def _moment_test(field: str, moment_us: int) -> Test:
    if field == "after":
        return lambda subject: subject.dispatch.started_us >= moment_us
    return lambda subject: subject.dispatch.started_us < moment_us


def _flag_test(value: Value, slow_ns: int | None) -> Test:
    name = value.text.casefold()
    if value.kind != "text" or name not in FLAG_NAMES:
        raise _unknown("flag", value, sorted(FLAG_NAMES))
    if name == "slow":
        limit_ns = _slow_ns() if slow_ns is None else slow_ns
        return lambda subject: readings.is_slow(subject.dispatch, limit_ns)
    flag = readings.FLAGS[name]
    return lambda subject: flag(subject.dispatch)


def _unknown(what: str, value: Value, known: Collection[str]) -> FilterError:
    hint = nearest(value.text, known) or f" Known are {', '.join(known)}."
    message = f"There is no {what} {shown(value.text)}.{hint}"
    return FilterError(message, value.start, value.end)


def _slow_ns() -> int:
    try:
        slow_ms = conf.current().SLOW_MS
    except (SettingError, ImproperlyConfigured):  # the system checks report it
        slow_ms = conf.Conf().SLOW_MS
    return round(slow_ms * 1_000_000)


_HOW: dict[Kind, Callable[[Value], TextTest]] = {
    "names": _last_parts,
    "words": _whole,
    "parts": _anywhere,
    "paths": _anywhere,
}
