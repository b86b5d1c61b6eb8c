"""The stream as it was last read, in this process's memory. Owns which records it holds; asks no server."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import dropwhile, islice
from typing import Any

from tracer.dispatches import Dispatch, Record
from tracer.sieve import Sieve
from tracer.stores import Stretch
from tracer.stores.wire import decoded

StreamId = tuple[int, int]
"""Milliseconds by the server's clock, and a number among those of the same; they rise through a stream."""
Entry = Sequence[Any]
"""One of a stream, as the server gives it: its stream ID, then a list of one record's id and its wire form."""

BEGINNING: StreamId = (0, 0)


class Mirror:
    """
    The newest `capacity` records, as bytes; of those that came more than once, the last.

    Not safe for threads; the store's lock is held by whoever uses it.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.cursor = 0
        """Of the last entry taken: how many were ever added to the stream until then."""
        self.trimmed_to = 0
        """The highest cursor of a record that made room, here or before it was read."""
        self.last: StreamId = BEGINNING
        """The stream ID of the last entry taken."""
        # By id, in the order of the cursors: a record that is replaced moves to the end.
        self._records: OrderedDict[bytes, tuple[int, bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def take(self, entries: Sequence[Entry], cursor: int) -> None:
        """Take what follows, oldest first; `cursor` is that of the entry before them, how many there were so far."""
        records = self._records
        if cursor > self.cursor:
            self.trimmed_to = cursor
        for _, (record_id, data, *_) in entries:
            cursor += 1
            records.pop(record_id, None)
            records[record_id] = (cursor, data)
        if entries:
            self.cursor, self.last = cursor, stream_id_of(entries[-1][0])
        while len(self._records) > self._capacity:
            _, (self.trimmed_to, _) = self._records.popitem(last=False)

    def read(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records with a cursor above `after`, oldest first."""
        newer = []
        for item in reversed(self._records.values()):
            if item[0] <= after:
                break
            newer.append(item)
        return list(islice(decoded(reversed(newer)), max(limit, 0)))

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        """Return the last `limit` records, oldest first."""
        return list(islice(decoded(reversed(self._records.values())), max(limit, 0)))[::-1]

    def before(self, cursor: int, most: int, sieve: Sieve | None) -> Stretch:
        """Look at the last `most` records with a cursor below one; those that the sieve lets through are decoded."""
        older = dropwhile(lambda item: item[0] >= cursor, reversed(self._records.values()))
        looked_at = list(islice(older, max(most, 0)))
        is_end = next(older, None) is None
        reached = looked_at[-1][0] if looked_at else cursor
        if sieve is not None:
            looked_at = [item for item in looked_at if sieve.lets_through(item[1])]
        return Stretch(list(decoded(looked_at)), reached, is_end)

    def find(self, record_id: str) -> tuple[int, Record] | None:
        """Return a record with its cursor, or None when it is not among them."""
        found = self._records.get(record_id.encode("utf-8", "surrogatepass"))
        return None if found is None else next(decoded([found]), None)

    def holding(self, text: str) -> list[Dispatch]:
        """Return the dispatches in whose wire form a text stands; looks at every record, and decodes few."""
        wanted = text.encode("utf-8", "surrogatepass")
        found = (item for item in self._records.values() if wanted in item[1])
        return [record for _, record in decoded(found) if isinstance(record, Dispatch)]


def stream_id_of(text: bytes) -> StreamId:
    """Return the numbers of `1526919030474-55`."""
    ms, _, number = text.partition(b"-")
    return int(ms), int(number)
