"""The SQLite file. Owns its schema and its replacement when it is unusable; knows no records."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tracer.stores import sqlite_registries

SCHEMA_VERSION = 4
PAGE_SIZE = 8192  # bytes
"""Twice SQLite's own: half as many pages are written and copied, and each costs by itself."""
APPLICATION_ID = 0x53424F58  # "SBOX": how we know our own files from the host's databases

_SCHEMA = (
    # Beside the record what has a say in whether it outlasts others; `data` stands last, since it is seldom read.
    """CREATE TABLE records (
        cursor INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, root TEXT NOT NULL,
        about INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL
    )""",
    # A record is known by its root and its id, though its id alone would do: a second index would make writing
    # one dearer by a third.
    "CREATE UNIQUE INDEX records_by_root ON records (root, id)",
    "CREATE TABLE kept (root TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE torn (number INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    sqlite_registries.TABLE,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)


class UnusableError(Exception):
    """The file is ours but we cannot read it; `kind` becomes part of its new name."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def prepare_folder(path: Path, *, hides_folder: bool) -> None:
    """Make the file's folder; raise `OSError` when the file could not be written there."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    # Empty where the disk was full as it was written.
    if hides_folder and not (ignore.exists() and ignore.stat().st_size):
        ignore.write_text("*\n")
    # SQLite opens what it may not write without a word, and fails at the first write.
    for needed in (path, folder):
        if needed.exists() and not os.access(needed, os.W_OK):
            raise PermissionError(errno.EACCES, f"{needed} is read-only")


def prepare(connection: sqlite3.Connection) -> None:
    """
    Make the tables if the file is new.

    Raises `UnusableError` for a file of ours that we cannot read, and `OSError` for a database of
    something else, which is never touched.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    # Some builds of SQLite write zeros over what is deleted, which takes a tenth of the time of making room.
    connection.execute("PRAGMA secure_delete = OFF").close()
    if _has_schema(connection):
        return
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}").close()
    connection.execute("PRAGMA journal_mode = WAL").close()
    with transaction(connection):
        if not _has_schema(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
            put(connection, "epoch", new_epoch())


def _has_schema(connection: sqlite3.Connection) -> bool:
    # In this order: whoever makes the file at the same time commits all three in one.
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    if not names:
        return False
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise OSError(errno.EEXIST, "it is a database of something else, which stays as it is")
    if version != SCHEMA_VERSION:
        raise UnusableError(f"version-{version}", "it was written by another version of Signalbox")
    if not names >= {"records", "records_by_root", "kept", "torn", "registries", "meta"}:
        raise UnusableError("corrupt", "it has lost its tables")
    return True


def set_aside(path: Path, kind: str, reason: str) -> str:
    """Rename the file, which must not be open, and return a sentence on it for the page."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.name}.{kind}-{stamp}")
    path.rename(aside)
    # A write-ahead log that stays would be played into the new file.
    for suffix in ("-wal", "-journal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return (
        f"The history in {path} was unusable ({reason}); it is now {aside.name}, a new one began."
    )


def identity_of(path: Path) -> tuple[int, int] | None:
    """Return what tells the file from another one of the same name, or None when there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write the block whole or not at all; waits for other writers before it begins."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def get(connection: sqlite3.Connection, key: str) -> str | None:
    """Return what `put` put there, or None."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def put(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Keep a text for all processes."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def new_epoch() -> str:
    """Return a name that no epoch had before."""
    return uuid.uuid4().hex
