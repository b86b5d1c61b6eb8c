"""Where records are kept. Owns the store's protocol and which one is in use; formats nothing."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from tracer import conf, forks
from tracer.dispatches import Dispatch, Marker, Record
from tracer.exceptions import SettingError, StoreError
from tracer.stores.lasting import Capacity

if TYPE_CHECKING:
    from tracer.sieve import Sieve

__all__ = [
    "Control",
    "Store",
    "Stretch",
    "close_shared",
    "file_of",
    "leave_stand_in",
    "open_store",
    "preload",
    "shared",
]

MB = 1_000_000
_DEFAULT_FILE = Path(".signalbox", "signalbox.sqlite3")


class Control(msgspec.Struct, frozen=True):
    """What all processes that share a store agree on."""

    stopped: Marker | None = None
    """Of the stop that recording is under, as whoever stopped it wrote it; None while there is recording."""
    muted: tuple[str, ...] | None = None
    """Dotted names of muted signals; None: nobody has changed them, the setting `MUTED` holds."""

    @property
    def recording(self) -> bool:
        """Whether dispatches are recorded."""
        return self.stopped is None


class Stretch(NamedTuple):
    """What was found by looking back over some of the records."""

    records: list[tuple[int, Record]]
    """Newest first."""
    reached: int
    """The cursor of the oldest record that was looked at."""
    is_end: bool
    """There is no older one."""


class Store(Protocol):
    """
    Append batches, read after a cursor.

    A cursor is an integer that rises with every append and never comes twice within an `epoch`.
    Every method may be called from any thread, and raises `StoreError` and nothing else; `wait` and the
    properties but `epoch` do not raise.
    """

    @property
    def name(self) -> str:
        """What the page calls it: `sqlite .signalbox/…`, `memory`. Never a password."""

    @property
    def notice(self) -> str | None:
        """A sentence for the page about what went wrong on opening, or None."""

    @property
    def skew_us(self) -> int:
        """Microseconds that this machine's clock is ahead of the store's, below 0 behind; 0 where it is the same."""

    @property
    def epoch(self) -> str:
        """Changes on `clear` and when begun anew; cursors of another epoch mean nothing."""

    def append(self, records: Sequence[Record]) -> None:
        """Keep the batch, whole or not at all; a record replaces an earlier one of its id."""

    def read(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records with a cursor above `after`, oldest first."""

    def trimmed_to(self) -> int:
        """Return the cursor up to which records made room, all or but for those that outlast the rest; 0 for none."""

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        """Return the last `limit` records, oldest first."""

    def before(self, cursor: int, most: int, sieve: Sieve | None = None) -> Stretch:
        """
        Look at the last `most` records with a cursor below one, and return those that the sieve lets through.

        Some that it would not let through may come, too.
        """

    def find(self, record_id: str) -> tuple[int, Record] | None:
        """Return a record with its cursor, or None when it is not kept."""

    def tree(self, root_id: str, limit: int) -> list[Dispatch]:
        """
        Return at most `limit` dispatches of a tree in start order, parents before children; of what is kept.

        It may look at every record: call it where a person waits.
        """

    def in_origin(self, origin_id: str, limit: int) -> list[Dispatch]:
        """Return the same of one request, command run or test."""

    def wait(self, timeout_s: float) -> None:
        """Return as there is something that was not read yet, or after a time: at once where nobody can tell."""

    def count(self) -> int:
        """Return how many records are kept."""

    def clear(self) -> None:
        """Forget all records and begin a new epoch; the control stays."""

    def control(self) -> Control:
        """Return what all processes agree on."""

    def set_control(self, control: Control) -> None:
        """Make it known to all processes."""

    def set_registry(self, process: str, registry: bytes) -> None:
        """
        Keep what a process has connected, in a form of its own, and know that it lives; empty: it has ended.

        To be said again, changed or not, more often than every `KEPT_S` (registry_life.py), or it counts as ended.
        """

    def registries(self) -> dict[str, bytes]:
        """Return what those have connected that are heard from, by process in the order of their names."""

    def close(self) -> None:
        """Give files and connections back; closing twice is nothing."""


def open_store(url: str, capacity: int, size_mb: int = conf.DEFAULTS["CAPACITY_MB"]) -> Store:
    """
    Open the store that a `STORE` setting names, to keep at most `capacity` records, and `size_mb` megabytes of them.

    `sqlite:///…` is a path relative to `BASE_DIR`, `sqlite:////…` an absolute one.
    `redis://…`, or `rediss://…` by TLS, is a Redis or Valkey server, to which nothing connects yet.
    Raises `StoreError` when the store cannot be used.
    """
    limits = Capacity(capacity, size_mb * MB)
    # The stores import this module for `Control`, and nobody needs them all.
    if url == "memory":
        from tracer.stores.memory import MemoryStore

        return MemoryStore(limits)
    if url == "sqlite" or url.startswith("sqlite:///"):
        from tracer.stores.sqlite import SqliteStore

        return SqliteStore(file_of(url), limits, hides_folder=url == "sqlite")
    if url.startswith(("redis://", "rediss://")):
        try:
            from tracer.stores.redis import RedisStore
        except ModuleNotFoundError:
            raise StoreError(
                "The store is a Redis, and its client is not installed: pip install redis"
            ) from None
        return RedisStore(url, capacity)
    raise StoreError(
        'SIGNALBOX["STORE"] names no store: expected "sqlite", "memory" or "redis://host:6379/0".'
    )


def preload() -> None:
    """Import what the settings' store needs, on this thread: a fork amid an import leaves it undone in the child."""
    if conf.current().STORE.startswith(("redis://", "rediss://")):
        with contextlib.suppress(ModuleNotFoundError):
            from tracer.stores import redis as redis


def in_start_order(dispatches: Iterable[Dispatch], limit: int) -> list[Dispatch]:
    """Return the first `limit` dispatches in the order in which they began, parents before children."""
    return sorted(dispatches, key=lambda one: (one.started_us, one.depth))[: max(limit, 0)]


def file_of(url: str) -> Path:
    """Return the file that a `STORE` setting names; where it names none, the file that the default store has."""
    given = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else _DEFAULT_FILE
    return conf.project_folder() / given


_AT_ONCE = 1_000
"""Records that are moved in one batch."""
_RETRY_S = 2.0
"""Between two looks at whether a store that could not be opened can be now."""

_lock = threading.Lock()
_shared: Store | None = None
_shared_key: tuple[str, int, int] | None = None
_is_stand_in = False
"""Whether it is memory only because the settings' store could not be opened."""
_retry_at = 0.0


def shared() -> Store:
    """
    Return the one store of this process, opened at the first call, again when its settings change.

    Never raises: when the settings' store cannot be used it is memory, and its `notice` says why;
    `leave_stand_in` ends that.
    Ask for it each time instead of keeping it; after a fork the child gets its own.
    """
    global _shared, _shared_key, _is_stand_in, _retry_at
    notice = None
    try:
        settings = conf.current()
        key = (settings.STORE, settings.CAPACITY, settings.CAPACITY_MB)
    except SettingError as error:
        notice = str(error)
        key = ("memory", conf.DEFAULTS["CAPACITY"], conf.DEFAULTS["CAPACITY_MB"])
    with _lock:
        if _shared is None or _shared_key != key:
            if _shared is not None:
                _shared.close()
            _shared_key, _retry_at = key, time.monotonic() + _RETRY_S
            _shared, _is_stand_in = _open_or_memory(*key, notice)
        return _shared


def leave_stand_in() -> None:
    """
    Open the settings' store, if memory stands in for it, and move there what that has kept and what was agreed on.

    Called often, tries each two seconds; nobody may append meanwhile, and the keeper's lock sees to that.
    """
    global _shared, _is_stand_in, _retry_at
    with _lock:
        stand_in, key = _shared, _shared_key
        if not _is_stand_in or time.monotonic() < _retry_at or stand_in is None or key is None:
            return
        _retry_at = time.monotonic() + _RETRY_S
    try:
        store = open_store(*key)
    except StoreError:
        return
    try:
        _move(stand_in, store)
    except StoreError:
        # What was written already is replaced by the next attempt.
        store.close()
        return
    with _lock:
        if _shared is not stand_in:
            store.close()
            return
        _shared, _is_stand_in = store, False
    stand_in.close()


def _move(stand_in: Store, store: Store) -> None:
    records = [record for _, record in stand_in.read(0, sys.maxsize)]
    for first in range(0, len(records), _AT_ONCE):
        store.append(records[first : first + _AT_ONCE])
    if (control := stand_in.control()) != Control():
        store.set_control(control)


def close_shared() -> None:
    """Close the store of this process; the next `shared()` opens it again."""
    global _shared, _is_stand_in
    with _lock:
        store, _shared, _is_stand_in = _shared, None, False
    if store is not None:
        store.close()


def _open_or_memory(
    url: str, capacity: int, size_mb: int, notice: str | None
) -> tuple[Store, bool]:
    """Return a store, and whether it is one that stands in for another as long as that cannot be opened."""
    from tracer.stores.memory import MemoryStore

    is_stand_in = notice is None
    if notice is None:
        try:
            return open_store(url, capacity, size_mb), False
        except StoreError as error:
            notice = str(error)
    store = MemoryStore(
        Capacity(capacity, size_mb * MB),
        notice=f"{notice} What happens in this process is kept in its memory.",
    )
    return store, is_stand_in


def _forget_after_fork() -> None:
    # The lock may have been held by a thread that the child does not have.
    global _lock, _shared, _is_stand_in
    _lock, _shared, _is_stand_in = threading.Lock(), None, False


forks.in_child(_forget_after_fork)
