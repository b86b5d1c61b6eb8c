"""Follows the stream: reads what was added since, and begins anew where that is not all. Writes no records."""

from __future__ import annotations

import dataclasses
import functools
import uuid
from typing import Any

import redis

from tracer.exceptions import StoreError
from tracer.stores.redis_line import Line
from tracer.stores.redis_mirror import BEGINNING, Entry, Mirror, StreamId, stream_id_of

STREAM = "{signalbox}:records"
"""The stream: an entry for each record, whose one field is its id and holds its wire form."""
META = "{signalbox}:meta"
"""A hash: `epoch`, and `control` as JSON. The braces keep both keys on one node of a cluster."""

PAGE = 5_000  # entries
"""Asked for at once: what a server can give in far less time than an answer is waited for."""
_PAGES = 4
_LOOKS = 5
"""So often a question is asked again when others wrote in the middle of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """What a server said when it was asked for entries."""

    epoch: bytes
    entries: list[Entry]
    """Oldest first."""
    added: int
    """How many entries the stream was ever given."""
    first: StreamId
    last: StreamId
    """Of the stream as it is; of the last one that it was ever given. `BEGINNING`: there was none."""


class Follower:
    """Keeps a mirror up to date. Not safe for threads; the store's lock is held by whoever uses it."""

    def __init__(self, line: Line, capacity: int, entries: int) -> None:
        self.mirror = Mirror(capacity)
        self.agreed: bytes | None = None
        """The control that was seen or set last, which a server that has lost everything is given."""
        self._line = line
        self._capacity = capacity
        self._entries = entries
        self._epoch = b""
        self._turns_back = 0

    @property
    def epoch(self) -> str:
        """The server's own, and how often another that knew less was put in its place meanwhile."""
        return self._epoch.decode() + (f".{self._turns_back}" if self._turns_back else "")

    def catch_up(self) -> None:
        """Read on, to the stream's end unless that is far; then the rest is for the next time. Raises `StoreError`."""
        for _ in range(_PAGES):
            mirror = self.mirror
            if mirror.last == BEGINNING:
                self._begin_anew()
                return
            page = self._line.use(self._next_page)
            is_whole = len(page.entries) < PAGE
            # In the second case others have written to a server that had lost something, before it was looked at.
            turned_back = page.last < mirror.last or (
                is_whole and page.added - len(page.entries) < mirror.cursor
            )
            if page.epoch != self._epoch or turned_back:
                self._begin_anew(turned_back=page.epoch == self._epoch)
                return
            if is_whole:
                mirror.take(page.entries, page.added - len(page.entries))
                return
            if page.first > mirror.last or page.added - mirror.cursor > self._entries:
                # Some have made room before they were read, or would make room here as they are.
                self._begin_anew()
                return
            mirror.take(page.entries, mirror.cursor)

    def begin_epoch(self, pipe: Any) -> None:
        """Begin an epoch unless there is one: the first, or on a server that has lost everything."""
        if self.agreed is not None:
            pipe.hsetnx(META, "control", self.agreed)
        pipe.hsetnx(META, "epoch", new_epoch())

    def _begin_anew(self, *, turned_back: bool = False) -> None:
        """Read the newest, from the end backwards: where the end is, the server knows how many there were."""
        page = self._line.use(self._last_page)
        entries = page.entries[::-1]
        count = len(entries)
        while count == PAGE and len(entries) < self._entries:
            older = self._line.use(functools.partial(_older, entries[-1][0]))
            entries += older
            count = len(older)
        mirror = Mirror(self._capacity)
        mirror.take(entries[::-1], page.added - len(entries))
        self._turns_back += turned_back
        self._epoch, self.mirror = page.epoch, mirror

    def _next_page(self, client: redis.Redis) -> Page:
        after = "({}-{}".format(*self.mirror.last)
        return self._page(client, lambda pipe: pipe.xrange(STREAM, min=after, count=PAGE))

    def _last_page(self, client: redis.Redis) -> Page:
        page = self._page(client, lambda pipe: pipe.xrevrange(STREAM, count=PAGE))
        page.entries.reverse()
        return page

    def _page(self, client: redis.Redis, ask: Any) -> Page:
        for _ in range(_LOOKS):
            # No transaction: a server that is full takes none, not even to be read.
            pipe = client.pipeline(transaction=False)
            ask(pipe)
            pipe.xinfo_stream(STREAM)
            pipe.hget(META, "epoch")
            entries, about, epoch = pipe.execute(raise_on_error=False)
            for answer in (entries, epoch):
                if isinstance(answer, Exception):
                    raise answer
            if epoch is None:
                pipe = client.pipeline(transaction=True)
                self.begin_epoch(pipe)
                pipe.hget(META, "epoch")
                epoch = pipe.execute()[-1]
            if isinstance(about, Exception):
                return Page(epoch, [], 0, BEGINNING, BEGINNING)
            if "entries-added" not in about:
                raise StoreError("The Redis is too old: Signalbox needs Redis 7 or Valkey.")
            first = about["first-entry"]
            page = Page(
                epoch,
                entries,
                about["entries-added"],
                stream_id_of(first[0]) if first else BEGINNING,
                stream_id_of(about["last-generated-id"]),
            )
            ends = {stream_id_of(one[0]) for one in (*entries[:1], *entries[-1:])}
            # Else something was added between the questions, and the count is not that of these entries.
            if not entries or page.last in ends:
                break
        return page


def _older(than: bytes, client: redis.Redis) -> list[Entry]:
    """Return the entries before one, the newest first."""
    entries: Any = client.xrevrange(STREAM, max="(" + than.decode(), count=PAGE)
    return list(entries)


def new_epoch() -> str:
    """Return a name that no epoch had before."""
    return uuid.uuid4().hex
