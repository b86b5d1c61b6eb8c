"""Writes a recording: a header, then one record a line, in the order of the feed. Opens no file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tracer.dispatches import Dispatch, Marker, Record
from tracer.feed_order import in_feed_order
from tracer.filters import Filter
from tracer.recordings.header import Header, header_for
from tracer.showing import escaped
from tracer.stores import Store

_encoder = msgspec.json.Encoder()


def lines(records: Sequence[Record], header: Header) -> Iterator[bytes]:
    """Yield the lines of a recording with their ends; the records stand in the order of the feed already."""
    yield escaped(_encoder.encode(header)) + b"\n"
    for record in records:
        yield escaped(_encoder.encode(finite(record))) + b"\n"


def of_store(store: Store, limit: int, filter_: Filter, text: str) -> tuple[Header, list[Record]]:
    """Return the last `limit` records of a store that a filter lets through, and their header; raise `StoreError`."""
    kept = [record for _, record in store.newest(limit)]
    records = list(with_markers(in_feed_order(kept, lambda record: record), filter_))
    return header_for(len(records), text), records


def with_markers(records: Iterable[Record], filter_: Filter) -> Iterator[Record]:
    """
    Yield what the feed shows under a filter: dispatches that match, and all markers.

    What was counted outside of a sample is left out where there is a filter, for it was counted without one.
    """
    for one in records:
        is_meant = (
            one.kind != "sampled" or not filter_.terms
            if isinstance(one, Marker)
            else filter_.matches(one)
        )
        if is_meant:
            yield one


def finite(record: Record) -> Record:
    """Return a record that JSON can hold: it has no word for what is no finite number, which becomes text."""
    if not isinstance(record, Dispatch) or not any(map(_is_odd, record.arguments.values())):
        return record
    said = {
        name: str(value) if _is_odd(value) else value for name, value in record.arguments.items()
    }
    return msgspec.structs.replace(record, arguments=said)


def _is_odd(value: object) -> bool:
    return type(value) is float and not math.isfinite(value)
