"""The store in a Redis stream. Owns its keys and its epoch; never runs on a thread that sends."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from tracer.dispatches import Dispatch, Record
from tracer.exceptions import StoreError
from tracer.stores import Control, in_start_order
from tracer.stores.redis_line import Line
from tracer.stores.redis_mirror import BEGINNING, Entry, Mirror, StreamId, stream_id_of
from tracer.stores.wire import encoded

STREAM = "{signalbox}:records"
"""The stream: an entry for each record, whose one field is its id and holds its wire form."""
META = "{signalbox}:meta"
"""A hash: `epoch`, and `control` as JSON. The braces keep both keys on one node of a cluster."""

_SPARE = 4
"""The stream is a quarter longer than the capacity, and some, for records that come again."""
_SPARE_AT_LEAST = 300
_BLOCK_S = 0.25
_LOOKS = 5
"""So often a question is asked again when others wrote in the middle of it."""


class RedisStore:
    """
    Keep the newest `capacity` records in a stream that processes on many machines share.

    A cursor counts the entries ever added to the stream, so it is the same number in every process.
    What is read is a copy in memory that follows the stream. Nothing connects before it has to, and whoever
    asks waits for a server no longer than `ANSWER_S`, several times over when it answers slowly.
    """

    def __init__(self, url: str, capacity: int) -> None:
        """Connect to nothing yet. Raises `StoreError` when the URL is none."""
        self._line = Line(url)
        self._capacity = capacity
        self._entries = capacity + capacity // _SPARE + _SPARE_AT_LEAST
        self._lock = threading.Lock()
        self._mirror = Mirror(capacity)
        self._epoch = b""
        self._turns_back = 0
        self._agreed: bytes | None = None
        self._skew_us = 0

    @property
    def name(self) -> str:
        """`redis host:port/database`."""
        return f"redis {self._line.place}"

    @property
    def notice(self) -> None:
        """None: there is nothing to go wrong before the first use."""

    @property
    def skew_us(self) -> int:
        """By how much this machine's clock is ahead of the server's at least, as of the last `append`."""
        return self._skew_us

    @property
    def epoch(self) -> str:
        """Changes when any process clears the store, and when the server has lost what it had."""
        with self._lock:
            self._catch_up()
            # A server that was put in another's place, and lacks what this process has read from that.
            turns = f".{self._turns_back}" if self._turns_back else ""
            return self._epoch.decode() + turns

    def append(self, records: Sequence[Record]) -> None:
        """Keep the batch, whole or not at all; a record replaces an earlier one of its id."""
        if not records:
            return
        entries = [(record.id, encoded(record)) for record in records]

        def write(client: redis.Redis) -> list[Any]:
            pipe = client.pipeline(transaction=True)
            self._begin_epoch(pipe)
            for record_id, data in entries:
                pipe.execute_command(
                    "XADD", STREAM, "MAXLEN", "~", self._entries, "*", record_id, data
                )
            return pipe.execute()

        before_us = time.time_ns() // 1000
        server_us = stream_id_of(self._line.use(write)[-1])[0] * 1000
        self._skew_us = _outside(server_us, before_us, time.time_ns() // 1000)

    def read(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records with a cursor above `after`, oldest first."""
        with self._lock:
            self._catch_up()
            return self._mirror.read(after, limit)

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        """Return the last `limit` records, oldest first."""
        with self._lock:
            self._catch_up()
            return self._mirror.newest(limit)

    def tree(self, root_id: str, limit: int) -> list[Dispatch]:
        """Return at most `limit` dispatches of a tree in start order, parents before children."""
        found = (one for one in self._holding(root_id) if one.root_id == root_id)
        return in_start_order(found, limit)

    def in_origin(self, origin_id: str, limit: int) -> list[Dispatch]:
        """Return the same of one request, command run or test."""
        found = (one for one in self._holding(origin_id) if one.origin_id == origin_id)
        return in_start_order(found, limit)

    def _holding(self, text: str) -> list[Dispatch]:
        with self._lock:
            self._catch_up()
            return self._mirror.holding(text)

    def wait(self, timeout_s: float) -> None:
        """Return as there is something that was not read yet, or after a time; never raises."""
        last = "{}-{}".format(*self._mirror.last)
        block_ms = max(1, round(min(timeout_s, _BLOCK_S) * 1000))
        try:
            self._line.use(lambda client: client.xread({STREAM: last}, count=1, block=block_ms))
        except StoreError:
            return

    def count(self) -> int:
        """Return how many records are kept."""
        with self._lock:
            self._catch_up()
            return len(self._mirror)

    def clear(self) -> None:
        """Forget all records and begin a new epoch; the control stays."""

        def write(client: redis.Redis) -> None:
            pipe = client.pipeline(transaction=True)
            # Not deleted: an empty stream still knows its last ID and how many were added.
            pipe.xtrim(STREAM, maxlen=0, approximate=False)
            pipe.hset(META, "epoch", _new_epoch())
            try:
                pipe.execute()
            except redis.exceptions.OutOfMemoryError:
                client.xtrim(STREAM, maxlen=0, approximate=False)
                client.hset(META, "epoch", _new_epoch())

        self._line.use(write)

    def control(self) -> Control:
        """Return what all processes agree on."""
        text: Any = self._line.use(lambda client: client.hget(META, "control"))
        self._agreed = text or self._agreed
        try:
            return msgspec.json.decode(text, type=Control) if text else Control()
        except msgspec.MsgspecError:
            return Control()

    def set_control(self, control: Control) -> None:
        """Make it known to all processes."""
        text = msgspec.json.encode(control)
        self._line.use(lambda client: client.hset(META, "control", text))
        self._agreed = text

    def close(self) -> None:
        """Close the connections, under whoever waits for an answer too; closing twice is nothing."""
        self._line.close()

    # -- with the lock held ------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        epoch, last, added, entries = self._line.use(self._look)
        mirror = self._mirror
        # In the second case others have written to a server that had lost something, before it was looked at.
        turned_back = last < mirror.last or added - len(entries) < mirror.cursor
        if mirror.last != BEGINNING and (
            epoch != self._epoch or turned_back or len(entries) >= self._entries
        ):
            if epoch == self._epoch and turned_back:
                self._turns_back += 1
            self._mirror = Mirror(self._capacity)
            epoch, _, added, entries = self._line.use(self._look)
        self._epoch = epoch
        self._mirror.take(entries, added)

    def _look(self, client: redis.Redis) -> tuple[bytes, StreamId, int, list[Entry]]:
        """Return the epoch, the last stream ID, how many entries were ever added, and those not read yet."""
        for _ in range(_LOOKS):
            # No transaction: a server that is full takes none, not even to be read.
            pipe = client.pipeline(transaction=False)
            if is_first := self._mirror.last == BEGINNING:
                pipe.xrevrange(STREAM, count=self._entries)
            else:
                pipe.xrange(STREAM, min="({}-{}".format(*self._mirror.last), count=self._entries)
            pipe.xinfo_stream(STREAM)
            pipe.hget(META, "epoch")
            entries, about, epoch = pipe.execute(raise_on_error=False)
            for answer in (entries, epoch):
                if isinstance(answer, Exception):
                    raise answer
            if epoch is None:
                pipe = client.pipeline(transaction=True)
                self._begin_epoch(pipe)
                pipe.hget(META, "epoch")
                epoch = pipe.execute()[-1]
            if isinstance(about, Exception):
                return epoch, BEGINNING, 0, []
            if "entries-added" not in about:
                raise StoreError("The Redis is too old: Signalbox needs Redis 7 or Valkey.")
            if is_first:
                entries.reverse()
            last = stream_id_of(about["last-generated-id"])
            # Else something was added between the two questions, and the count is not that of these entries.
            if not entries or last == stream_id_of(entries[-1][0]):
                break
        return epoch, last, about["entries-added"], entries

    def _begin_epoch(self, pipe: Any) -> None:
        """Begin an epoch unless there is one: the first, or on a server that has lost everything."""
        if self._agreed is not None:
            pipe.hsetnx(META, "control", self._agreed)
        pipe.hsetnx(META, "epoch", _new_epoch())


def _new_epoch() -> str:
    return uuid.uuid4().hex


def _outside(moment_us: int, from_us: int, until_us: int) -> int:
    """Return how far a moment of another clock lies outside of a span: above 0 when this clock is ahead."""
    # The server's is cut off to a millisecond.
    if moment_us + 1000 < from_us:
        return from_us - moment_us
    return min(until_us - moment_us, 0)
