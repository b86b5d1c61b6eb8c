"""The recent records in memory, with their trees, origins and counts. Reads no store and renders nothing."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import islice

from dashboard.counters import Counters
from dashboard.passed import Passed
from dashboard.stops import Stops
from dashboard.tasks import enqueuer, result_of
from dashboard.traffic import Traffic
from tracer.dispatches import RESULT, Dispatch, Marker, ReceiverCall, Record
from tracer.feed_order import in_feed_order


@dataclasses.dataclass(slots=True, eq=False)
class Row:
    """A record with its place; a record that comes again with the same id replaces it here."""

    record: Record
    first: int
    """The cursor under which the record was seen first."""
    version: int
    """The cursor under which it was seen last."""
    position: int
    """Rises from row to row, in the order of the feed."""
    html: dict[str, str] = dataclasses.field(default_factory=dict)
    """The row as rendered for all viewers, by variant; emptied when the record is replaced."""
    before: Record | None = None
    """What the record was before it was replaced last; None if it never was."""
    caller: str | None = None
    """The receiver under which a dispatch is counted; None for a root, or where its parent is not here."""


@dataclasses.dataclass(slots=True)
class Origin:
    """What is known of one request, command run or test."""

    name: str
    started_us: int
    ended_us: int
    enqueued_by: str | None = None
    """As `Dispatch.enqueued_by`."""
    dispatches: int = 0
    queries: int = 0
    errors: int = 0


class Window:
    """
    The last `capacity` records in the order of the feed: trees whole, parents before children.

    Not safe for threads; whoever uses it holds the feed's lock.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._versions: list[tuple[int, str]] = []
        self._position = 0
        self.rows: dict[str, Row] = {}
        self._markers: dict[str, Row] = {}
        self._stops = Stops()
        self._enqueuers: dict[str, str] = {}
        """What enqueued Django's tasks, as `Dispatch.enqueued_by`, by the ids of their results."""
        self.children: dict[str, list[str]] = {}
        self.origins: dict[str, Origin] = {}
        self.counters = Counters()
        self.passed = Passed()
        self._unfinished: OrderedDict[str, int] = OrderedDict()
        """By the ids of dispatches that had to go and will come again: the cursor under which each was seen first."""
        self.traffic = Traffic()
        self._asked: tuple[int, int, list[Row]] = (0, 0, [])
        """Two cursors, from which and up to which rows were asked for last, and these."""
        self.cursor = 0
        self.trimmed_to = 0
        """The highest cursor of a record that had to go."""

    def add(self, batch: Sequence[tuple[int, Record]]) -> None:
        """Take a batch as a store's `read` gave it."""
        new: dict[str, Row] = {}
        counted: list[tuple[Row, Dispatch | None, Dispatch]] = []
        came, dropped = 0, self.counters.dropped
        for cursor, record in batch:
            self.cursor = max(self.cursor, cursor)
            if isinstance(record, Marker) and record.kind == "sampled":
                self.counters.add_left_out(record)
                continue
            if isinstance(record, Marker) and record.kind == "stopped":
                record = self._stops.whole(record)
            record_id = record.id
            self._versions.append((cursor, record_id))
            row = self.rows.get(record_id) or new.get(record_id)
            if row is None:
                first = self._unfinished.pop(record_id, None)
                row = new[record_id] = Row(record, first or cursor, cursor, 0)
                before = None
                came += first is None and isinstance(record, Dispatch)
            else:
                before = row.before = row.record
                row.record, row.version, row.html = record, cursor, {}
            self._count(before, record)
            if isinstance(record, Dispatch):
                counted.append((row, before if isinstance(before, Dispatch) else None, record))
        # When all are here: a store may give a child before its parent.
        for row, earlier, dispatch in counted:
            self._count_traffic(row, earlier, dispatch, new)
        for row in in_feed_order(new.values(), lambda row: row.record):
            self._position += 1
            row.position = self._position
            self.rows[row.record.id] = row
            if isinstance(row.record, Marker):
                self._markers[row.record.id] = row
            if isinstance(row.record, Dispatch) and row.record.parent_id is not None:
                self.children.setdefault(row.record.parent_id, []).append(row.record.id)
        self.passed.note(self.cursor, came, self.counters.dropped - dropped)
        self._trim()

    def go_on_from(self, before: Window, unread: int) -> None:
        """Stand in the place of a window before this one; between them so many records were not read."""
        here = self.passed.now
        before.passed.miss(unread)
        before.passed.note(self.cursor, here.came, here.dropped)
        self.passed = before.passed
        self.counters.dropped += before.counters.dropped

    def after(self, cursor: int) -> Sequence[Row]:
        """Return the rows that are new or changed since a cursor, in the order of the feed."""
        if self._asked[:2] != (cursor, self.cursor):
            # Viewers who stand at the same place ask one after the other.
            self._asked = (cursor, self.cursor, self._after(cursor))
        return self._asked[2]

    def _after(self, cursor: int) -> list[Row]:
        begin = bisect_right(self._versions, (cursor, "\U0010ffff"))
        rows = (
            (self.rows.get(record_id), version) for version, record_id in self._versions[begin:]
        )
        return sorted(
            (row for row, version in rows if row is not None and row.version == version),
            key=lambda row: row.position,
        )

    def newest_first(self, until: int | None = None) -> Iterator[Row]:
        """Yield the rows from the last backwards, those first seen after a cursor left out."""
        for row in reversed(self.rows.values()):
            if until is None or row.first <= until:
                yield row

    def dispatch(self, dispatch_id: str) -> Dispatch | None:
        """Return a dispatch by its id, or None when it is not here any more."""
        row = self.rows.get(dispatch_id)
        return row.record if row is not None and isinstance(row.record, Dispatch) else None

    def dispatches(self) -> Iterator[Dispatch]:
        """Yield the dispatches that are here, in the order of the feed."""
        return (row.record for row in self.rows.values() if isinstance(row.record, Dispatch))

    def descendants(self, dispatch_id: str) -> list[Dispatch]:
        """Return a dispatch and all below it, parents before children; empty when it is not here."""
        found: list[Dispatch] = []
        waiting, seen = [dispatch_id], {dispatch_id}
        while waiting:
            dispatch = self.dispatch(waiting.pop())
            if dispatch is None:
                continue
            found.append(dispatch)
            below = [child for child in self.children.get(dispatch.id, ()) if child not in seen]
            seen.update(below)
            waiting.extend(reversed(below))
        return found

    def tree_of(self, dispatch: Dispatch) -> list[Dispatch]:
        """Return a dispatch's tree, parents before children; what is below it where its root is not here any more."""
        tree = self.descendants(dispatch.root_id)
        if dispatch.id in {one.id for one in tree}:
            return tree
        return [dispatch, *self.descendants(dispatch.id)[1:]]

    def of_origin(self, dispatch: Dispatch) -> list[Dispatch]:
        """
        Return what is here of a dispatch's origin, in start order; of its tree where it has none.

        May look at every row: call it where a person waits.
        """
        if dispatch.origin_id is not None:
            found = self.in_origin(dispatch.origin_id)
        else:
            found = [one for one in self.dispatches() if one.root_id == dispatch.root_id]
        return sorted(found, key=lambda one: (one.started_us, one.depth))

    def markers(self) -> list[Marker]:
        """Return the markers that are here, in the order of the feed."""
        return [row.record for row in self._markers.values() if isinstance(row.record, Marker)]

    def calls_of(self, signal: str, receiver: str) -> list[tuple[Dispatch, ReceiverCall]]:
        """
        Return the calls of a receiver of a signal that are here, in the order of the feed.

        Looks at every row: call it where a person waits.
        """
        return [
            (dispatch, call)
            for dispatch in self.dispatches()
            if dispatch.signal == signal
            for call in dispatch.calls
            if call.receiver == receiver
        ]

    def in_origin(self, origin_id: str) -> list[Dispatch]:
        """
        Return what is here of an origin: its trees one after the other, parents before children.

        Looks at every row: call it where a person waits.
        """
        return [one for one in self.dispatches() if one.origin_id == origin_id]

    def enqueued(self, place: str) -> list[tuple[str, Origin]]:
        """Return id and origin of the tasks that something enqueued, `place` being as `Dispatch.enqueued_by`."""
        return [
            (key, origin)
            for key, origin in self.origins.items()
            if origin.enqueued_by is not None and self.place(origin.enqueued_by) == place
        ]

    def place(self, enqueued_by: str) -> str | None:
        """Return the dispatch or the origin that it says; None where only an id is known, and not whose that is."""
        if not enqueued_by.startswith(RESULT):
            return enqueued_by
        return self._enqueuers.get(enqueued_by[len(RESULT) :])

    def _count(self, before: Record | None, after: Record) -> None:
        if isinstance(after, Marker):
            earlier = before.count if isinstance(before, Marker) else 0
            self.counters.dropped += after.count - earlier if after.kind == "dropped" else 0
            return
        dispatch = before if isinstance(before, Dispatch) else None
        self.counters.replace(dispatch, after)
        if result := result_of(after):
            self._enqueuers[result] = enqueuer(after)
        if after.origin_id is None:
            return
        origin = self.origins.get(after.origin_id)
        if origin is None:
            name, start = after.origin or "", after.started_us
            origin = Origin(name, start, start, after.enqueued_by)
            self.origins[after.origin_id] = origin
        origin.started_us = min(origin.started_us, after.started_us)
        ended_us = after.started_us + (after.duration_ns or 0) // 1000
        origin.ended_us = max(origin.ended_us, ended_us)
        for dispatch_, sign in ((dispatch, -1), (after, 1)):
            if dispatch_ is not None:
                origin.dispatches += sign
                origin.queries += sign * sum(call.query_count for call in dispatch_.calls)
                origin.errors += sign if dispatch_.error is not None else 0

    def _count_traffic(
        self, row: Row, before: Dispatch | None, after: Dispatch, new: dict[str, Row]
    ) -> None:
        if before is not None:
            self.traffic.add(before, row.caller, -1)
        parent = self.rows.get(after.parent_id or "") or new.get(after.parent_id or "")
        if parent is not None and isinstance(parent.record, Dispatch):
            calls, index = parent.record.calls, after.parent_call
            if index is not None and 0 <= index < len(calls):
                row.caller = calls[index].receiver
        self.traffic.add(after, row.caller, 1)

    def _trim(self) -> None:
        for record_id in list(islice(self.rows, max(len(self.rows) - self._capacity, 0))):
            row = self.rows.pop(record_id)
            self._markers.pop(record_id, None)
            self._stops.forget(record_id)
            if isinstance(row.record, Dispatch):
                self._enqueuers.pop(result_of(row.record) or "", None)
                if row.record.duration_ns is None or row.record.transaction == "open":
                    self._unfinished[record_id] = row.first
            self.trimmed_to = max(self.trimmed_to, row.version)
            self.children.pop(record_id, None)
        while len(self._unfinished) > self._capacity:
            self._unfinished.popitem(last=False)
        if len(self._versions) > 2 * self._capacity:
            self._versions = [
                (version, record_id)
                for version, record_id in self._versions
                if (kept := self.rows.get(record_id)) is not None and kept.version == version
            ]
            # Of a parent that has gone, as one that dispatches for ever, those that are here.
            self.children = {
                parent: here
                for parent, below in self.children.items()
                if (here := [child for child in below if child in self.rows])
            }
            origins = {dispatch.origin_id for dispatch in self.dispatches()}
            self.origins = {key: value for key, value in self.origins.items() if key in origins}
