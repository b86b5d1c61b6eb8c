"""Records as the bytes that stores keep. Owns what becomes of those that have no wire form; knows no store."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator

import msgspec

from tracer.dispatches import Marker, Record, decode, encode


def decoded(rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Record]]:
    """Pass over what is no record of ours; a newer version may have written it."""
    for cursor, data in rows:
        with contextlib.suppress(msgspec.MsgspecError, TypeError, ValueError, RecursionError):
            yield cursor, decode(data)


def encoded(record: Record) -> bytes:
    """Return the wire form, or that of a marker in its place when a value has none."""
    try:
        return encode(record)
    except (msgspec.MsgspecError, OverflowError, TypeError, ValueError) as error:
        text = f"A record could not be written: {type(error).__name__}."
        at_us = time.time_ns() // 1000
        return encode(
            Marker(id=record.id, process=record.process, kind="fault", at_us=at_us, text=text)
        )
