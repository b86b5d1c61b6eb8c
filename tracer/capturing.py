"""Collects what is dispatched inside a block; owns no store and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tracer import control, installing
from tracer.dispatches import Dispatch, Record
from tracer.filters import Filter
from tracer.recorder import recorder
from tracer.running import next_number


@contextmanager
def capture(filter_text: str = "") -> Iterator[list[Dispatch]]:
    """
    Give a list that holds, when the block ends, the dispatches that began in it, in start order.

    Works with recording stopped, with the tracer not installed, and within another capture. All threads
    of the process are captured; a dispatch that outlives the block has the state `running`. Muted signals
    stay muted. Raises `FilterError` when the filter does not parse.
    """
    wanted = Filter.parse(filter_text)
    found: dict[str, Dispatch] = {}
    captured: list[Dispatch] = []

    def collect(records: Sequence[Record]) -> None:
        for record in records:
            if type(record) is Dispatch and _number(record) > first:
                found[record.id] = record

    with installing.for_capture():
        recorder.flush()
        first = next_number()
        recorder.sinks.append(collect)
        control.add_captures(1)
        try:
            yield captured
        finally:
            control.add_captures(-1)
            recorder.flush(even_running=True)
            recorder.sinks.remove(collect)
            captured += (found[key] for key in sorted(found, key=lambda key: _number(found[key])))
            captured[:] = [dispatch for dispatch in captured if wanted.matches(dispatch)]


def _number(dispatch: Dispatch) -> int:
    return int(dispatch.id.rpartition("-")[2])
