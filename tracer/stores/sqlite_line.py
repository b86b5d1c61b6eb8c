"""A connection to the SQLite file. Owns its opening, reopening and forks; knows no rows."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from tracer import forks
from tracer.exceptions import StoreError
from tracer.locks import free_after_fork
from tracer.stores.sqlite_file import (
    UnusableError,
    identity_of,
    prepare,
    prepare_folder,
    put,
    set_aside,
)

_BUSY_S = 0.25
_OPENING_S = 2.0

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Line:
    """
    One connection to the file, used by one thread at a time.

    It is opened when it is needed, and again when the file was removed or replaced since.
    It is closed while the process forks, for an SQLite connection must not be carried over a fork.
    """

    # Whatever its making came to, what is let go of it must not fail.
    _connection: sqlite3.Connection | None = None

    def __init__(self, path: Path, *, hides_folder: bool) -> None:
        self.lock = threading.RLock()
        self._path = path
        self._hides_folder = hides_folder
        self._identity: tuple[int, int] | None = None
        self._closed = False
        with _listing:
            _lines.add(self)

    def __del__(self) -> None:
        connection = self._connection
        if connection is not None:
            # As the interpreter ends, modules are gone, `contextlib` too.
            try:  # noqa: SIM105
                connection.close()
            except Exception:  # noqa: BLE001, S110
                pass

    @contextlib.contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to the block; `StoreError` for whatever SQLite or the disk says."""
        with self.lock:
            if self._closed:
                raise StoreError("The store is closed.")
            try:
                if self._connection is None or identity_of(self._path) != self._identity:
                    self._open()
                assert self._connection is not None
                if self._connection.in_transaction:
                    # A thread was killed amid it; nobody could write until it ends.
                    self._connection.rollback()
                yield self._connection
            except sqlite3.Error as error:
                if _code(error) in _BROKEN:
                    # What was asked for fails; the next use finds a new file.
                    with contextlib.suppress(sqlite3.Error, OSError):
                        self._open(self._set_aside("corrupt", error))
                raise self._failure(error) from error
            except OSError as error:
                raise self._failure(error) from error

    def close(self) -> None:
        """Close for good; closing twice is nothing."""
        with self.lock:
            self._closed = True
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _open(self, notice: str = "") -> None:
        deadline = time.monotonic() + _OPENING_S
        if self._identity is not None and identity_of(self._path) is None:
            notice = notice or f"{self._path} was removed while it was in use; a new history began."
        while True:
            try:
                connection = self._connect()
                break
            except UnusableError as error:
                notice = self._set_aside(error.kind, error) or notice
            except sqlite3.Error as error:
                if _code(error) in _BROKEN:
                    notice = self._set_aside("corrupt", error) or notice
                elif _code(error) not in _BUSY or time.monotonic() > deadline:
                    raise
                else:
                    # Another process is making the file.
                    time.sleep(0.01)
        if notice:
            put(connection, "notice", notice)

    def _connect(self) -> sqlite3.Connection:
        self.hang_up()
        prepare_folder(self._path, hides_folder=self._hides_folder)
        connection = None
        try:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._identity = identity_of(self._path)
            prepare(connection)
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        self._connection = connection
        return connection

    def _set_aside(self, kind: str, error: Exception) -> str:
        self.hang_up()
        if identity_of(self._path) != self._identity:
            return ""  # Another process was faster.
        return set_aside(self._path, kind, str(error))

    def _failure(self, error: sqlite3.Error | OSError) -> StoreError:
        if isinstance(error, sqlite3.Error) and _code(error) in _BUSY:
            return StoreError(f"The store {self._path} is locked by another process.")
        reason = error.strerror if isinstance(error, OSError) else error
        return StoreError(f"The store {self._path} cannot be used: {reason}.")


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code; the extended ones keep theirs in the upper bytes."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


_lines: weakref.WeakSet[Line] = weakref.WeakSet()
_listing = free_after_fork(threading.Lock())
"""Held while a line comes to them, and over a fork, so that none is opened amid it."""

# Held by the thread that forks, from before the fork until after it.
_forking: list[Line] = []


def _before_fork() -> None:
    _listing.acquire()
    for line in sorted(_lines, key=id):
        line.lock.acquire()
        line.hang_up()
        _forking.append(line)


def _after_fork() -> None:
    while _forking:
        _forking.pop().lock.release()
    _listing.release()


def _after_fork_in_child() -> None:
    while _forking:
        _forking.pop().lock = threading.RLock()


forks.around(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
