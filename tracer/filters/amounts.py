"""Reads durations, counts and moments of a filter into intervals; compares nothing itself."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable
from decimal import Decimal

from tracer.exceptions import FilterError
from tracer.filters.grammar import shown
from tracer.filters.terms import Value

Interval = tuple[float, float]
"""Lowest and highest whole number, both included; infinite where there is no bound."""

NS_PER_UNIT = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # micro sign
    "μs": 1_000,  # Greek mu, as which the micro sign is casefolded
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
}

_NUMBER = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})\s*([a-zµμ]*)")
_COMPARISON = re.compile(r"(>=|<=|>|<|=|)\s*(.*)", re.DOTALL)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?")

Amount = tuple[Decimal, Decimal]
"""A value, and the step between it and the next that could be written with as many digits."""


def duration_interval(value: Value) -> Interval:
    """
    Return the interval in nanoseconds of `>50ms`, `10..50ms` or `50ms`; raise `FilterError`.

    A number without a unit is in milliseconds, or in the unit of the range's other end.
    Equal means equal as far as it was written: `12ms` are 11.5 to 12.5 ms.
    """
    expected = "a duration such as 50ms, >1.5s or 10..50ms"
    low, dots, high = value.text.partition("..")
    if not dots:
        return _interval(value, expected, lambda text: _duration(text, "ms"))
    last = _NUMBER.fullmatch(high.strip().casefold())
    unit = last[2] if last is not None else ""
    return _range(_duration(low, unit or "ms"), _duration(high, "ms"), value, expected)


def count_interval(value: Value) -> Interval:
    """Return the interval of `3`, `>2`, `<=5` or `2..5`; raise `FilterError`."""
    expected = "a whole number such as 0, >2 or 2..5"
    low, dots, high = value.text.partition("..")
    if not dots:
        return _interval(value, expected, _count)
    return _range(_count(low), _count(high), value, expected)


def moment_us(value: Value) -> int:
    """
    Return a moment in microseconds since the epoch; raise `FilterError`.

    A time of day is today's, and what names no time zone is in the server's.
    """
    expected = "a time such as 14:05, 14:05:11 or 2026-01-31T14:05"
    if value.kind != "text":
        raise _unexpected(value, expected)
    try:
        moment = _moment(value.text.strip()).astimezone()
        return round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError, OSError):
        raise _unexpected(value, expected) from None


def _moment(text: str) -> datetime.datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        return datetime.datetime.fromisoformat(text)
    hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3))
    microsecond = int((found[4] or "").ljust(6, "0"))
    now = datetime.datetime.now().astimezone()
    # Without a zone: the offset has to be that of the time, which is not now's when clocks change.
    return now.replace(
        hour=hour, minute=minute, second=second, microsecond=microsecond, tzinfo=None
    )


def _duration(text: str, unit: str) -> Amount | None:
    found = _NUMBER.fullmatch(text.strip().casefold())
    if found is None or (found[2] and found[2] not in NS_PER_UNIT) or unit not in NS_PER_UNIT:
        return None
    ns = NS_PER_UNIT[found[2] or unit]
    digits = len(found[1].partition(".")[2])
    return Decimal(found[1]) * ns, Decimal(ns).scaleb(-digits)


def _count(text: str) -> Amount | None:
    found = _NUMBER.fullmatch(text.strip())
    if found is None or found[2] or "." in found[1]:
        return None
    return Decimal(found[1]), Decimal(1)


def _interval(value: Value, expected: str, read: Callable[[str], Amount | None]) -> Interval:
    found = _COMPARISON.fullmatch(value.text.strip())
    amount = read(found[2]) if found is not None and value.kind == "text" else None
    if amount is None or found is None:
        raise _unexpected(value, expected)
    number, step = amount
    match found[1]:
        case ">":
            return math.floor(number) + 1, math.inf
        case ">=":
            return math.ceil(number), math.inf
        case "<":
            return -math.inf, math.ceil(number) - 1
        case "<=":
            return -math.inf, math.floor(number)
        case _:
            return math.ceil(number - step / 2), math.ceil(number + step / 2) - 1


def _range(low: Amount | None, high: Amount | None, value: Value, expected: str) -> Interval:
    if low is None or high is None or value.kind != "text":
        raise _unexpected(value, expected)
    if low[0] > high[0]:
        message = f"Expected the smaller end of the range first, got {shown(value.text)}."
        raise FilterError(message, value.start, value.end)
    return math.ceil(low[0]), math.floor(high[0])


def _unexpected(value: Value, expected: str) -> FilterError:
    message = f"Expected {expected}, got {shown(value.text)}."
    return FilterError(message, value.start, value.end)
