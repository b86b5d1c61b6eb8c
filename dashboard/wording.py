"""How names, counts, times and durations are written on the page. Pure: text and numbers in, text out."""

from __future__ import annotations

import datetime
import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracer.showing import (
    Family,
    clock,
    count,
    family,
    moment,
    short,
    size,
    took,
    took_of,
    visible,
)

__all__ = [
    "Family",
    "clock",
    "clock_time",
    "count",
    "dom_id",
    "family",
    "full_time",
    "function_of",
    "moment",
    "ordinal",
    "range_end",
    "shape",
    "short",
    "short_place",
    "size",
    "took",
    "took_of",
    "trace_id",
    "visible",
    "visible_source",
    "when",
    "when_time",
]

_TRANSACTIONS = {
    "open": ("tx open", "", "In a transaction that is open."),
    "committed": ("tx", "", "In a transaction that was committed."),
    "rolled back": ("rollback", "slow", "In a transaction that was rolled back."),
    "savepoint rolled back": (
        "rollback", "slow", "In a savepoint that was rolled back; what is outside of it may have been committed.",
    ),
}  # fmt: skip


def transaction(outcome: str) -> tuple[str, str, str]:
    """Return what a row says of a transaction's outcome, of what kind its mark is, and a sentence."""
    return _TRANSACTIONS.get(outcome, (outcome, "", outcome))


def visible_source(text: object) -> str:
    """Return the same of a source, whose tabs and ends of lines are meant."""
    return "".join(
        part if part in ("\t", "\n") else visible(part) for part in re.split(r"([\t\n])", str(text))
    )


def range_end(moment_ms: str) -> str:
    """
    Return a moment, in milliseconds since the epoch, as `after:` and `before:` take it.

    To the second, and with the day: the address is kept and means the same tomorrow. Empty for what is no moment.
    """
    if not (moment_ms.isascii() and moment_ms.isdecimal() and len(moment_ms) < 14):
        return ""
    # In the zone in which the filter reads it.
    moment = datetime.datetime.fromtimestamp(int(moment_ms) // 1000).astimezone()
    return moment.replace(tzinfo=None).isoformat()


def when(moment_us: int) -> str:
    """Return `14:05:11`, with the day where that is not today."""
    at = moment(moment_us)
    is_today = at.date() == datetime.datetime.now(at.tzinfo).date()
    return at.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")


def dom_id(record_id: str) -> str:
    """Return a record's id as it stands in the page's element ids."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", record_id)


def full_time(moment_us: int) -> str:
    """Return date, time to the microsecond and zone, for tooltips."""
    return moment(moment_us).strftime("%Y-%m-%d %H:%M:%S.%f %Z")


def clock_time(moment_us: int) -> SafeString:
    """Return the time of day, and in its tooltip which day's it is, to the microsecond and with the zone."""
    return _time(moment_us, clock(moment_us))


def when_time(moment_us: int) -> SafeString:
    """Return the same to the second, with the day where that is not today."""
    return _time(moment_us, when(moment_us))


def _time(moment_us: int, words: str) -> SafeString:
    iso = moment(moment_us).isoformat(timespec="milliseconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, full_time(moment_us), words)


def short_place(place: str) -> str:
    """Return a place with no more than its last folder: `shop/checkout.py:50`."""
    return "/".join(place.partition(" ")[0].split("/")[-2:])


def function_of(site: str) -> str:
    """Return the function of a call site; nothing where it names none."""
    return site.partition(" ")[2]


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`."""
    last = "" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "")
    return f"{number}{last or 'th'}"


def trace_id(trace: str) -> str:
    """Return the trace's id of a `traceparent`."""
    return trace.split("-")[1] if trace.count("-") == 3 else trace


_SHAPES = {
    "function": "a function",
    "lambda": "a lambda",
    "local": "a local function",
    "method": "a bound method",
    "partial": "a partial",
    "builtin": "a built-in",
    "class": "a class",
    "instance": "an instance",
}


def shape(name: str) -> str:
    """Return what a receiver is, in words; nothing for what is not known."""
    return _SHAPES.get(name, "")
