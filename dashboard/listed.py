"""What is kept, page by page, the newest first, for whoever has no script. Looks in the store, or in a recording."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from itertools import islice

from dashboard import older
from dashboard.shown import Shown
from tracer import stores
from tracer.dispatches import Marker, Record
from tracer.exceptions import StoreError
from tracer.filters import Filter

PAGE = 100
"""Records of a page."""
_CHUNK = 1_000

Item = tuple[int, Record]


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """A page of records, and the cursors of those beside it."""

    records: tuple[Record, ...] = ()
    """Newest first."""
    older: int | None = None
    """The cursor below which older ones are; None: there are none."""
    newer: int | None = None
    """The cursor above which newer ones are; None: these are the newest."""
    back_to_us: int | None = None
    """When the oldest that was looked at began, where looking took too long for a whole page; else None."""


def listing(current: Shown, filter_: Filter, below: int | None, above: int | None) -> Listing:
    """
    Return the newest page, that below a cursor, or that above one.

    Looks no longer than `older.SEARCH_S`; of a store that cannot be read it is as if it were empty.
    """
    try:
        if current.recorded is not None:
            return _of_recording(current, filter_, below, above)
        if above is not None:
            found = _above(filter_, above)
            if found is not None:
                return found
            below = None
        return _below(filter_, below)
    except StoreError:
        return Listing()


def _below(filter_: Filter, below: int | None) -> Listing:
    newest = stores.shared().newest(1)
    end = newest[0][0] + 1 if newest else 1
    if below is not None and below >= end:
        below = None
    found = older.search(filter_, end if below is None else below, PAGE, ())
    is_short = found.below is not None and len(found.records) < PAGE
    return Listing(
        _once(found.records),
        found.below,
        None if below is None else below - 1,
        found.back_to_us if is_short else None,
    )


def _above(filter_: Filter, above: int) -> Listing | None:
    """Return the page above a cursor; None where it is the newest, which is not to begin in its middle."""
    deadline = time.monotonic() + older.SEARCH_S
    found: list[Item] = []
    reached = above
    while len(found) < PAGE and time.monotonic() < deadline:
        batch = stores.shared().read(reached, _CHUNK)
        if not batch:
            return None
        found += ((cursor, one) for cursor, one in batch if _is_shown(one, filter_))
        reached = batch[-1][0]
    if len(found) > PAGE:
        del found[PAGE:]
        reached = found[-1][0]
    return Listing(_once(one for _, one in reversed(found)), above + 1, reached)


def _of_recording(current: Shown, filter_: Filter, below: int | None, above: int | None) -> Listing:
    with current.lock:
        items = [
            (row.first, row.record)
            for row in current.window.newest_first()
            if _is_shown(row.record, filter_)
        ]
    if above is not None:
        newer = [cursor for cursor, _ in items if cursor > above]
        below = newer[-PAGE] + 1 if len(newer) > PAGE else None
    page = list(islice((item for item in items if below is None or item[0] < below), PAGE + 1))
    more, page = len(page) > PAGE, page[:PAGE]
    is_newest = not page or page[0] == items[0]
    return Listing(
        _once(one for _, one in page),
        page[-1][0] if more else None,
        None if is_newest else page[0][0],
    )


def _is_shown(record: Record, filter_: Filter) -> bool:
    if isinstance(record, Marker):
        return record.kind != "sampled"
    return filter_.matches(record)


def _once(newest_first: Iterable[Record]) -> tuple[Record, ...]:
    """Return each record as it was last, for a Redis may have it twice, in the order in which they began."""
    last = {one.id: one for one in reversed(list(newest_first))}
    return tuple(sorted(last.values(), key=_began_us, reverse=True))


def _began_us(record: Record) -> int:
    return record.at_us if isinstance(record, Marker) else record.started_us
