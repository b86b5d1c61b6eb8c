"""Whether records from a file may be shown: sizes, ranges, and trees that are trees. Pure; raises sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tracer.dispatches import Counted, Dispatch, Marker, ReceiverCall, Record
from tracer.exceptions import RecordingError

MOST_TEXT = 10_000
"""Characters of a name, a place or a statement."""
MOST_CALLS = 10_000
MOST_ARGUMENTS = 1_000
MOST_COUNTS = 100_000
"""Signals and receivers of which a marker has the counts."""
MOST_STATEMENTS = 1_000
"""Of a receiver call; as many moments of one statement."""
_LATEST_US = 253_370_764_800_000_000
"""The year 9999 in microseconds since the epoch."""
_LONGEST_NS = 320_000_000_000_000_000
"""Ten years."""
_MOST = 1_000_000_000_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PREFIX = re.compile(r"^(?:origin|result):")
_GOT = 120
"""Characters of what was got."""


def check(record: Record) -> None:
    """Raise `RecordingError`, without its line, when a record is none that Signalbox could have written."""
    for name in ("id", "root_id", "parent_id", "origin_id", "part_of"):
        value = getattr(record, name, None)
        if value is not None and not _ID.fullmatch(value):
            raise wrong(f"letters, digits, - and _ as the {name}", value)
    place = getattr(record, "enqueued_by", None)
    if place is not None and not _ID.fullmatch(_PREFIX.sub("", place)):
        raise wrong("an id, or origin: or result: and an id, as the enqueued_by", place)
    for name, text in _texts(record):
        if len(text) > MOST_TEXT:
            raise wrong(f"at most {MOST_TEXT:,} characters as the {name}", f"{len(text):,}")
    for name, number, most in _numbers(record):
        if number is not None and not 0 <= number <= most:
            raise wrong(f"a {name} from 0 to {most:,}", number)
    if isinstance(record, Dispatch):
        _check_lengths(record)
        if (record.parent_id is None) != (record.depth == 0):
            raise wrong("depth 0 for a root and more below it", f"depth {record.depth}")


def check_trees(records: Mapping[str, tuple[int, Record]]) -> None:
    """Raise `RecordingError` when a child, given with its line by its id, is not one below its parent."""
    for line, record in records.values():
        if not isinstance(record, Dispatch) or record.parent_id is None:
            continue
        above, parent = records.get(record.parent_id, (0, None))
        if not isinstance(parent, Dispatch):
            continue  # It was filtered away, or had made room before.
        expected = parent.depth + 1, parent.root_id
        if (record.depth, record.root_id) != expected:
            sentence = (
                f"depth {expected[0]} and root {expected[1]}, after its parent on line {above}"
            )
            got = f"depth {record.depth} and root {record.root_id}"
            raise RecordingError(f"Line {line}: {wrong(sentence, got)}")


def wrong(expected: str, got: object) -> RecordingError:
    """Return the error that says what was expected and what was got, which is shortened."""
    words = str(got)
    return RecordingError(
        f"expected {expected}, got {words if len(words) <= _GOT else words[:_GOT] + '…'}."
    )


def _check_lengths(dispatch: Dispatch) -> None:
    statements = max((len(call.queries) for call in dispatch.calls), default=0)
    moments = max((len(one.at_ns) for call in dispatch.calls for one in call.queries), default=0)
    for name, length, most in (
        ("receiver calls", len(dispatch.calls), MOST_CALLS),
        ("arguments", len(dispatch.arguments), MOST_ARGUMENTS),
        ("statements of a receiver call", statements, MOST_STATEMENTS),
        ("moments of a statement", moments, MOST_STATEMENTS),
    ):
        if length > most:
            raise wrong(f"at most {most:,} {name}", f"{length:,}")


def _texts(record: Record) -> Iterator[tuple[str, str]]:
    if isinstance(record, Marker):
        yield from (("process", record.process), ("text", record.text))
        for counted in record.counts:
            yield from (("signal", counted.signal), ("receiver", counted.receiver or ""))
        return
    for name in (
        "process", "thread", "task", "signal", "sender", "error", "origin", "trace", "call_site", "database",
    ):  # fmt: skip
        yield name, getattr(record, name) or ""
    for key, value in record.arguments.items():
        yield "name of an argument", key
        if type(value) is str:
            yield "argument", value
    for call in record.calls:
        for name in ("receiver", "place", "error", "raised_at", "skipped"):
            yield name, getattr(call, name) or ""
        yield from (("statement", query.sql) for query in call.queries)


def _numbers(record: Record) -> Iterator[tuple[str, int | None, int]]:
    if isinstance(record, Marker):
        yield "at_us", record.at_us, _LATEST_US
        yield "until_us", record.until_us, _LATEST_US
        yield "count", record.count, _MOST
        yield "number of counts", len(record.counts), MOST_COUNTS
        for counted in record.counts:
            yield from _numbers_counted(counted)
        return
    yield "started_us", record.started_us, _LATEST_US
    yield "duration_ns", record.duration_ns, _LONGEST_NS
    yield "depth", record.depth, _MOST
    yield "parent_call", record.parent_call, MOST_CALLS
    for value in record.arguments.values():
        if type(value) is int:
            # A number of more digits could not even be written on the page.
            yield "size of an argument", abs(value), 10**100
    for call in record.calls:
        yield from _numbers_of(call)


def _numbers_counted(counted: Counted) -> Iterator[tuple[str, int | None, int]]:
    for name in ("calls", "errors", "ended"):
        yield name, getattr(counted, name), _MOST
    yield "total_ns", counted.total_ns, _MOST * _MOST
    yield "max_ns", counted.max_ns, _LONGEST_NS
    yield "last_us", counted.last_us, _LATEST_US


def _numbers_of(call: ReceiverCall) -> Iterator[tuple[str, int | None, int]]:
    yield "started_ns", call.started_ns, _LONGEST_NS
    yield "duration_ns", call.duration_ns, _LONGEST_NS
    yield "query_count", call.query_count, _MOST
    yield "query_ns", call.query_ns, _LONGEST_NS
    for query in call.queries:
        yield "count", query.count, _MOST
        yield "duration_ns", query.duration_ns, _LONGEST_NS
        yield from (("at_ns", at_ns, _LONGEST_NS) for at_ns in query.at_ns)
