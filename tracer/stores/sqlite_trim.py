"""How the SQLite file stays within its capacity. Owns what has to go, and when to look; decodes no record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec

from tracer.stores.lasting import MOST_TORN, Capacity, Tree, lasting
from tracer.stores.sqlite_file import put

_STATE = """
    SELECT (SELECT count(*) FROM records),
        ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'kept_to'), 0),
        ifnull((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'kept_slower_than_ns'), -1)
"""
"""How many records there are, up to which cursor nothing but kept trees, and how slow one of them has to be."""
_END = """
    SELECT cursor FROM records
    WHERE cursor > :begin AND cursor < (SELECT max(cursor) FROM records)
        AND root NOT IN (SELECT root FROM kept)
    ORDER BY cursor LIMIT 1 OFFSET :records - 1
"""
"""The cursor up to which there are so many records that may go; the newest of all may not."""
_END_BY_SIZE = """
    SELECT cursor FROM (
        SELECT cursor, row_number() OVER oldest AS records, sum(size) OVER oldest AS size
        FROM records
        WHERE cursor > :begin AND cursor < (SELECT max(cursor) FROM records)
            AND root NOT IN (SELECT root FROM kept)
        WINDOW oldest AS (ORDER BY cursor ROWS UNBOUNDED PRECEDING)
    ) WHERE records >= :records AND size >= :size LIMIT 1
"""
"""The same by their bytes too."""
_END_OF_ALL = """
    SELECT max(cursor) FROM records
    WHERE cursor > :begin AND cursor < (SELECT max(cursor) FROM records)
        AND root NOT IN (SELECT root FROM kept)
"""
"""The same where there is no more; None: there are none."""
# What stands in `about` is described in lasting.py: `& 1`, it is open; `& 2`, it has failed; `>> 2`, how long a root
# took, or -2 for what is no root.
_CUT = """
    SELECT json_group_array(json_array(root, may_stay, goes_on)) FROM (
        SELECT root,
            has_failed OR took_ns > :slow_ns OR later > 1 OR root IN (SELECT root FROM kept) AS may_stay,
            is_open OR took_ns = -2 OR later > 0 AS goes_on
        FROM (
            SELECT root, max(about & 2) AS has_failed, max(about >> 2) AS took_ns, max(about & 1) AS is_open, (
                SELECT ifnull(max(1 + (later.about & 2 OR later.about >> 2 > :slow_ns)), 0)
                FROM records AS later WHERE later.root = records.root AND later.cursor > :end
            ) AS later
            FROM records WHERE +cursor > :begin AND +cursor <= :end AND root IN (
                SELECT root FROM records AS one WHERE cursor > :begin AND cursor <= :end AND root != '' AND (
                    about & 3 OR about >> 2 > :slow_ns OR root IN (SELECT root FROM kept) OR CASE about >> 2
                        WHEN -2 THEN NOT EXISTS (
                            SELECT 1 FROM records AS first WHERE first.root = one.root AND first.id = one.root
                                AND first.cursor > :begin AND first.cursor <= :end
                        )
                        ELSE EXISTS (
                            SELECT 1 FROM records AS later WHERE later.root = one.root AND later.cursor > :end
                        )
                    END
                )
            )
            GROUP BY root
        )
    ) WHERE may_stay OR goes_on
"""
"""
The trees of which a part is to make room, as `_Cut` has them; not those that are plainly over.

Most are, and are told by their rows one by one, by their root's where that is there; only the others are put together.
"""
_TREES = """
    SELECT json_group_array(json_array(
        root, records, size, newest, has_failed, took_ns, is_whole, is_kept, goes_on
    )) FROM (
        SELECT root, count(*) AS records, sum(size) AS size, max(cursor) AS newest,
            max(about & 2) > 0 AS has_failed, max(about >> 2) AS took_ns,
            max(about >> 2) > -2 AND root NOT IN (SELECT root FROM torn) AS is_whole,
            root IN (SELECT root FROM kept) AS is_kept,
            min(cursor) <= :end
                AND (max(about & 1) OR max(about >> 2) = -2 OR max(cursor) > :end) AS goes_on
        FROM records
        WHERE root IN (SELECT root FROM kept UNION SELECT value FROM json_each(:roots))
        GROUP BY root
    )
"""
"""As `Tree` has them: those that were kept so far, and some more."""
_KEPT_NO_MORE = """
    cursor <= :end AND root IN (
        SELECT root FROM kept WHERE root NOT IN (SELECT value FROM json_each(:roots))
    )
"""
_NOT_KEPT = "cursor > :begin AND cursor <= :end AND root NOT IN (SELECT root FROM kept)"


class _Cut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    root: str
    may_stay: int
    goes_on: int


class Room:
    """
    How much room there is for what this process writes, as far as it is known without looking.

    Used by one thread at a time. Other processes write too: what they wrote is seen by the cursors between ours.
    What a record replaces is not known, so there may be more room than this says, until the bytes are counted again.
    """

    def __init__(self) -> None:
        self._last = 0
        """The cursor of the last row that we wrote."""
        self._records = 0
        self._size = 0
        self._is_known = False

    def holds(self, records: int, size: int) -> bool:
        """Tell whether there is room for sure, if nobody else writes."""
        return records <= self._records and size <= self._size

    def take(self, connection: sqlite3.Connection, last: int, records: int, size: int) -> bool:
        """Count what was written, by others too since we did; return whether there was room for it for sure."""
        others, self._last = last - records - self._last, last
        if others < 0:
            self._is_known = False  # Another file.
        if not self._is_known:
            return False
        if others:
            (theirs,) = connection.execute(
                "SELECT ifnull(sum(size), 0) FROM records WHERE cursor > ? AND cursor <= ?",
                (last - records - others, last - records),
            ).fetchone()
            size += theirs
        self._records -= records + others
        self._size -= size
        return self._records >= 0 and self._size >= 0

    def size_of(self, connection: sqlite3.Connection, capacity: Capacity) -> int:
        """Return the bytes of all records, or some more that fit as well; reads the whole file when they may not."""
        if self._is_known and self._size >= 0:
            return capacity.size - self._size
        (size,) = connection.execute("SELECT ifnull(sum(size), 0) FROM records").fetchone()
        return int(size)

    def is_now(self, records: int, size: int) -> None:
        """Know from now on what there is room for."""
        self._records, self._size, self._is_known = records, size, True


def trim(connection: sqlite3.Connection, capacity: Capacity, size: int) -> tuple[int, int]:
    """
    Make room if there is too much, and return for how many records and bytes there is some now, at least.

    The oldest go, but for the trees that outlast others, and the newest record of all. Within a transaction, with
    `size` bytes in all records at the most. Each statement gives one row: at every step of one Python's other threads
    may run, while other processes wait to write.
    """
    records, begin, slow_ns = connection.execute(_STATE).fetchone()
    while not capacity.holds(records, size):
        end = _end_of(connection, begin, *capacity.above(records, size))
        if end is None:
            break
        freed, slow_ns = _make_room(connection, (begin, end), slow_ns, capacity.share)
        records, size, begin = records - freed.records, size - freed.size, end
    return capacity.records - records, capacity.size - size


def forget(connection: sqlite3.Connection) -> None:
    """Know of no tree any more: all records were deleted."""
    for statement in (
        "DELETE FROM kept",
        "DELETE FROM torn",
        "DELETE FROM meta WHERE key IN ('kept_to', 'kept_slower_than_ns')",
    ):
        connection.execute(statement)


def _end_of(connection: sqlite3.Connection, begin: int, records: int, size: int) -> int | None:
    """Return the cursor up to which there are so many records and bytes that may go, or all; None: there are none."""
    place = {"begin": begin, "records": records, "size": size}
    found = connection.execute(_END_BY_SIZE if size > 0 else _END, place).fetchone()
    (end,) = found or connection.execute(_END_OF_ALL, place).fetchone()
    return None if end is None else int(end)


def _make_room(
    connection: sqlite3.Connection, between: tuple[int, int], slow_ns: int, share: Capacity
) -> tuple[Capacity, int]:
    """
    Delete what is there between two cursors, but for the trees that are to stay.

    Return for how much there is room now that was taken, and how slow a tree has to be from now on.
    """
    begin, end = between
    place = {"begin": begin, "end": end, "slow_ns": slow_ns}
    (found,) = connection.execute(_CUT, place).fetchone()
    cut = msgspec.json.decode(found, type=list[_Cut])
    torn = {tree.root for tree in cut if tree.goes_on}
    records = size = 0
    if candidates := [tree.root for tree in cut if tree.may_stay]:
        given = {"roots": _json(candidates), "end": end}
        (found,) = connection.execute(_TREES, given).fetchone()
        trees = msgspec.json.decode(found, type=list[Tree])
        staying, slow_ns = lasting(trees, share, slow_ns)
        torn = torn.union(tree.root for tree in trees if tree.goes_on) - staying
        records, size = _keep(connection, staying, end)
        put(connection, "kept_slower_than_ns", str(slow_ns))
    more, more_size = _delete(connection, _NOT_KEPT, place)
    put(connection, "kept_to", str(end))
    if torn:
        _remember(connection, torn)
    return Capacity(records + more, size + more_size), slow_ns


def _keep(connection: sqlite3.Connection, roots: set[str], end: int) -> tuple[int, int]:
    """Let these be the trees that are kept, and delete the others up to a cursor; return what went, as `_delete`."""
    given = {"roots": _json(roots), "end": end}
    went = _delete(connection, _KEPT_NO_MORE, given)
    connection.execute(
        "DELETE FROM kept WHERE root NOT IN (SELECT value FROM json_each(:roots))", given
    )
    connection.execute("INSERT OR IGNORE INTO kept SELECT value FROM json_each(:roots)", given)
    return went


def _delete(
    connection: sqlite3.Connection, condition: str, given: dict[str, Any]
) -> tuple[int, int]:
    """Delete the records for which a condition holds, and return how many there were, and of how many bytes."""
    (size,) = connection.execute(
        f"SELECT ifnull(sum(size), 0) FROM records WHERE {condition}",  # noqa: S608
        given,
    ).fetchone()
    number = connection.execute(f"DELETE FROM records WHERE {condition}", given).rowcount  # noqa: S608
    return number, int(size)


def _remember(connection: sqlite3.Connection, torn: set[str]) -> None:
    """Remember that these trees are not whole any more."""
    number = connection.execute(
        "INSERT OR REPLACE INTO torn (root) SELECT value FROM json_each(?)", (_json(torn),)
    ).lastrowid
    if number is not None and number > MOST_TORN:
        connection.execute("DELETE FROM torn WHERE number <= ?", (number - MOST_TORN,))


def _json(roots: Iterable[str]) -> str:
    return msgspec.json.encode(list(roots)).decode()
