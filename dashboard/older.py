"""What a page shows that the window has lost: looked for in the store, the newest first. Renders nothing."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection

from dashboard.feed import CAPACITY
from dashboard.shown import Shown
from dashboard.window import Window
from tracer import stores
from tracer.dispatches import Dispatch, Marker, Record
from tracer.exceptions import StoreError
from tracer.filters import Filter
from tracer.sieve import sieve_of
from tracer.stores import Store

SEARCH_S = 0.2
"""Seconds for which a person waits for a search at the most; what is left is searched when they ask to go on."""
_FIRST, _MOST = 250, 4_000
"""Records that are looked at in one go: few at first, as the page is soon full of what matches often."""
ORIGIN = "origin:"


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What was found in the store, and how far it was searched."""

    records: tuple[Record, ...] = ()
    """Newest first, by their cursors."""
    below: int | None = None
    """The cursor below which nothing was looked at; None where there is nothing."""
    back_to_us: int | None = None
    """When the oldest that was looked at began; None where none was."""


@dataclasses.dataclass(frozen=True, slots=True)
class Earlier:
    """How far back a page goes: to where more can be asked for, or to the end."""

    below: int | None = None
    """The cursor below which the store is to be searched on; None: what is before the first row is asked for."""
    back_to_us: int | None = None
    """The time to which the store was searched, where that gave less than a page; None otherwise."""
    is_end: bool = False
    """There is nothing before it."""
    is_filtered: bool = False


def search(filter_: Filter, below: int, limit: int, known: Collection[str]) -> Found:
    """
    Return at most `limit` records before a cursor that a filter lets through, and all markers among them.

    Passes over those whose ids are known. Takes no longer than `SEARCH_S` and a bit; of a store that cannot
    be read it is as if nothing had been looked at.
    """
    deadline = time.monotonic() + SEARCH_S
    sieve = sieve_of(filter_)
    found: list[tuple[int, Record]] = []
    reached, most, is_end = below, _FIRST, False
    try:
        store = stores.shared()
        while len(found) < limit and not is_end:
            stretch = store.before(reached, most, sieve)
            found += [
                (cursor, record)
                for cursor, record in stretch.records
                if _row_id(record) not in known and _is_shown(record, filter_)
            ]
            reached, is_end = stretch.reached, stretch.is_end
            most = min(2 * most, _MOST)
            if time.monotonic() > deadline:
                break
        if len(found) > limit:
            del found[limit:]
            reached, is_end = found[-1][0], False
        back_to_us = _began_us(store, reached)
    except StoreError:
        return Found(below=below)
    records = tuple(record for _, record in found)
    return Found(records, None if is_end else reached, back_to_us)


def window_with(current: Shown, open_id: str) -> Window:
    """
    Return the window that holds what is opened, a dispatch's id or `origin:…`: the page's, or one of its own.

    The lock is held around looks at either. Takes it for a moment, and looks through the store for what is
    not whole in the window any more, a tenth of a second for each hundred thousand records. Never raises.
    """
    with current.lock:
        window = current.window
        if not window.trimmed_to or _is_whole(window, open_id):
            return window
    try:
        found = _kept_around(stores.shared(), open_id)
    except StoreError:
        return window
    if not found:
        return window
    past = Window(len(found))
    past.add(list(enumerate(found, 1)))
    return past


def _row_id(record: Record) -> str:
    """Return the id under which a record has its row: all that is told of one stop has one."""
    return (isinstance(record, Marker) and record.part_of) or record.id


def _is_shown(record: Record, filter_: Filter) -> bool:
    if isinstance(record, Marker):
        return record.kind != "sampled"
    return filter_.matches(record)


def _began_us(store: Store, cursor: int) -> int | None:
    for _, record in store.before(cursor + 1, 1).records:
        return record.started_us if isinstance(record, Dispatch) else record.at_us
    return None


def _is_whole(window: Window, open_id: str) -> bool:
    """Return whether all of it is in the window, as far as it is kept."""
    if open_id.startswith(ORIGIN):
        # Where it was cut, what is left of it stands at the window's beginning.
        origin_id = open_id.removeprefix(ORIGIN)
        first = next(window.dispatches(), None)
        return (
            first is not None and first.origin_id != origin_id and bool(window.in_origin(origin_id))
        )
    dispatch = window.dispatch(open_id)
    return dispatch is not None and window.dispatch(dispatch.root_id) is not None


def _kept_around(store: Store, open_id: str) -> list[Dispatch]:
    """Return what the store keeps of an origin, or of a dispatch's origin and tree."""
    if open_id.startswith(ORIGIN):
        return store.in_origin(open_id.removeprefix(ORIGIN), CAPACITY)
    item = store.find(open_id)
    if item is None or not isinstance(item[1], Dispatch):
        return []
    dispatch = item[1]
    found = store.in_origin(dispatch.origin_id, CAPACITY) if dispatch.origin_id is not None else []
    if all(one.id != dispatch.id for one in found):
        # Of more than a window holds, its tree alone.
        found = store.tree(dispatch.root_id, CAPACITY)
    return found if any(one.id == dispatch.id for one in found) else [dispatch]
