"""The store in an SQLite file. Owns its rows; must never use Django's database layer."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec

from tracer.dispatches import Dispatch, Record
from tracer.exceptions import StoreError
from tracer.sieve import MARKER, Sieve
from tracer.stores import Control, Stretch, in_start_order, sqlite_registries
from tracer.stores.lasting import Capacity, facts_of
from tracer.stores.sqlite_file import get, new_epoch, put, transaction
from tracer.stores.sqlite_line import Line
from tracer.stores.sqlite_trim import Room, forget, trim
from tracer.stores.wire import decoded, encoded

_ROWS_AT_ONCE = 1000
"""Of a statement; SQLite allows 32,766 values in one."""
_LARGEST = 2**63 - 1


class SqliteStore:
    """
    Keep what `capacity` has room for in a file shared with the machine's other processes.

    Readers never wait for writers. A writer waits a quarter of a second for another one, then
    raises `StoreError`, and may try again. A file that is corrupt or of another version is renamed
    and begun anew.
    """

    def __init__(self, path: Path, capacity: Capacity, *, hides_folder: bool = False) -> None:
        """Open the file; `hides_folder` makes git ignore the folder. Raises `StoreError`."""
        self._path = path
        self._capacity = capacity
        self._writing = Line(path, hides_folder=hides_folder)
        self._reading = Line(path, hides_folder=hides_folder)
        self._asking = Line(path, hides_folder=hides_folder)
        """For what must not wait until somebody has read thousands of records."""
        self._room = Room()
        with self._writing.use():
            pass

    @property
    def name(self) -> str:
        """`sqlite` and the file, relative to the working directory where it lies inside it."""
        with contextlib.suppress(ValueError, OSError):
            return f"sqlite {self._path.relative_to(Path.cwd())}"
        return f"sqlite {self._path}"

    @property
    def notice(self) -> str | None:
        """What was wrong with the file before this one, until `clear`, or with the file now."""
        try:
            with self._reading.use() as connection:
                return get(connection, "notice")
        except StoreError as error:
            return str(error)

    @property
    def skew_us(self) -> int:
        """0: it is the same clock."""
        return 0

    @property
    def epoch(self) -> str:
        """Changes when any process clears the store, and when the file is begun anew."""
        with self._reading.use() as connection:
            return get(connection, "epoch") or ""

    def append(self, records: Sequence[Record]) -> None:
        """Keep the batch, whole or not at all; a record replaces an earlier one of its id."""
        if not records:
            return
        rows = [_row_of(record) for record in records]
        size = sum(row[-2] for row in rows)
        with self._writing.use() as connection:
            # Counting reads an index from end to end, so it waits until there may be too much.
            if len(rows) <= _ROWS_AT_ONCE and self._room.holds(len(rows), size):
                last = _insert(connection, rows)
                if self._room.take(connection, last, len(rows), size):
                    return
                rows = []
            with transaction(connection):
                if rows:
                    for first in range(0, len(rows), _ROWS_AT_ONCE):
                        last = _insert(connection, rows[first : first + _ROWS_AT_ONCE])
                    self._room.take(connection, last, len(rows), size)
                size_now = self._room.size_of(connection, self._capacity)
                left = trim(connection, self._capacity, size_now)
            self._room.is_now(*left)

    def read(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records with a cursor above `after`, oldest first."""
        return self._select(
            "SELECT cursor, data FROM records WHERE cursor > ? ORDER BY cursor", after, limit
        )

    def trimmed_to(self) -> int:
        """Return the cursor up to which records made room, all or but for those that outlast the rest; 0 for none."""
        with self._reading.use() as connection:
            return int(get(connection, "kept_to") or 0)

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        """Return the last `limit` records, oldest first."""
        return self._select(
            "SELECT cursor, data FROM records WHERE cursor > ? ORDER BY cursor DESC", 0, limit
        )[::-1]

    def before(self, cursor: int, most: int, sieve: Sieve | None = None) -> Stretch:
        """Look at the last `most` records with a cursor below one; SQLite looks for the sieve's texts."""
        below = max(min(cursor, _LARGEST), -1)
        wanted = ""
        sought: tuple[str | bytes, ...] = ()
        if sieve is not None and sieve.texts:
            # As text, for upper and lower case; what is looked for is ASCII, which it finds among any bytes.
            holds = " AND ".join(["instr(lower(data), ?) > 0"] * len(sieve.texts))
            wanted = f"AND (substr(data, 2, {len(MARKER)}) = ? OR {holds})"
            sought = (MARKER, *sieve.texts)
        with self._reading.use() as connection:
            (reached,) = connection.execute(
                "SELECT min(cursor) FROM "
                "(SELECT cursor FROM records WHERE cursor < ? ORDER BY cursor DESC LIMIT ?)",
                (below, max(most, 0)),
            ).fetchone()
            (oldest,) = connection.execute("SELECT min(cursor) FROM records").fetchone()
            rows = connection.execute(
                "SELECT cursor, data FROM records WHERE cursor < ? AND cursor >= ? "  # noqa: S608
                f"{wanted} ORDER BY cursor DESC",
                (below, below if reached is None else reached, *sought),
            ).fetchall()
        if sieve is not None and sieve.glimpse is not None:
            rows = [row for row in rows if sieve.glimpse(row[1])]
        is_end = oldest is None or oldest >= (cursor if reached is None else reached)
        return Stretch(list(decoded(rows)), cursor if reached is None else reached, is_end)

    def find(self, record_id: str) -> tuple[int, Record] | None:
        """Return a record with its cursor, or None when it is not kept."""
        wanted = record_id.encode("utf-8", "surrogatepass")
        with self._reading.use() as connection:
            rows = connection.execute(
                # The index has the ids too, and is a tenth of the file.
                "SELECT cursor, data FROM records INDEXED BY records_by_root WHERE id = CAST(? AS TEXT)",
                (wanted,),
            ).fetchall()
        return next(decoded(rows), None)

    def tree(self, root_id: str, limit: int) -> list[Dispatch]:
        """Return at most `limit` dispatches of a tree in start order, parents before children."""
        # No root has a character that has no UTF-8.
        root = root_id.encode("utf-8", "replace").decode()
        with (
            self._reading.use() as connection,
            contextlib.closing(
                connection.execute("SELECT cursor, data FROM records WHERE root = ?", (root,))
            ) as rows,
        ):
            found = [record for _, record in decoded(rows) if isinstance(record, Dispatch)]
        return in_start_order(found, limit)

    def in_origin(self, origin_id: str, limit: int) -> list[Dispatch]:
        """Return the same of one request, command run or test."""
        found = (one for one in self._holding(origin_id) if one.origin_id == origin_id)
        return in_start_order(found, limit)

    def _holding(self, text: str) -> list[Dispatch]:
        """Return the dispatches in whose wire form a text stands; SQLite looks for it, and few are decoded."""
        wanted = text.encode("utf-8", "surrogatepass")
        with (
            self._reading.use() as connection,
            contextlib.closing(
                connection.execute(
                    "SELECT cursor, data FROM records WHERE instr(data, ?) > 0", (wanted,)
                )
            ) as rows,
        ):
            return [record for _, record in decoded(rows) if isinstance(record, Dispatch)]

    def _select(self, statement: str, after: int, limit: int) -> list[tuple[int, Record]]:
        after = max(min(after, _LARGEST), -1)
        with (
            self._reading.use() as connection,
            # Closed at once: an unfinished statement would hold back the write-ahead log's reset.
            contextlib.closing(connection.execute(statement, (after,))) as rows,
        ):
            return list(islice(decoded(rows), max(limit, 0)))

    def wait(self, timeout_s: float) -> None:
        """Return at once."""

    def count(self) -> int:
        """Return how many records are kept."""
        with self._reading.use() as connection:
            (count,) = connection.execute("SELECT count(*) FROM records").fetchone()
            return int(count)

    def clear(self) -> None:
        """Forget all records and the notice, and begin a new epoch; the control stays."""
        with self._writing.use() as connection, transaction(connection):
            connection.execute("DELETE FROM records")
            forget(connection)
            connection.execute("DELETE FROM meta WHERE key = 'notice'")
            put(connection, "epoch", new_epoch())

    def control(self) -> Control:
        """Return what all processes agree on."""
        with self._asking.use() as connection:
            text = get(connection, "control")
        try:
            return msgspec.json.decode(text, type=Control) if text else Control()
        except msgspec.MsgspecError:
            return Control()

    def set_control(self, control: Control) -> None:
        """Make it known to all processes that use the file."""
        with self._writing.use() as connection:
            put(connection, "control", msgspec.json.encode(control).decode())

    def set_registry(self, process: str, registry: bytes) -> None:
        """Keep what a process has connected, and know that it lives; empty: it has ended."""
        with self._writing.use() as connection:
            sqlite_registries.say(connection, process, registry)

    def registries(self) -> dict[str, bytes]:
        """Return what those have connected that are heard from, by process."""
        with self._reading.use() as connection:
            return sqlite_registries.said(connection)

    def close(self) -> None:
        """Close all connections; closing twice is nothing."""
        for line in (self._writing, self._reading, self._asking):
            line.close()


Row = tuple[str, str, int, int, bytes]
"""Of the table, without the cursor."""


def _row_of(record: Record) -> Row:
    data = encoded(record)
    root, about = facts_of(record)
    return record.id, root, about, len(data), data


def _insert(connection: sqlite3.Connection, rows: list[Row]) -> int:
    """
    Write rows with one statement, and return the cursor of the last.

    SQLite's module lets other threads run at every step of a statement, and then has to take its turn anew. With a
    step for each row, the recorder and a request that saves would change places a hundred times a batch.
    """
    places = ", ".join(["(?, ?, ?, ?, ?)"] * len(rows))
    written = connection.execute(
        f"INSERT OR REPLACE INTO records (id, root, about, size, data) VALUES {places}",  # noqa: S608
        [*chain.from_iterable(rows)],
    )
    return written.lastrowid or 0
