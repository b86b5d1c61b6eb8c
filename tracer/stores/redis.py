"""The store in a Redis stream. Owns what is written there; never runs on a thread that sends."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from tracer.dispatches import Dispatch, Record
from tracer.exceptions import StoreError
from tracer.sieve import Sieve
from tracer.stores import Control, Stretch, in_start_order
from tracer.stores.redis_line import Line
from tracer.stores.redis_mirror import stream_id_of
from tracer.stores.redis_registries import Registries
from tracer.stores.redis_stream import META, STREAM, Follower, new_epoch
from tracer.stores.wire import encoded

_SPARE = 4
"""The stream is a quarter longer than the capacity, and some, for records that come again."""
_SPARE_AT_LEAST = 300
_BLOCK_S = 0.25


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
        self._entries = capacity + capacity // _SPARE + _SPARE_AT_LEAST
        self._lock = threading.Lock()
        self._follower = Follower(self._line, capacity, self._entries)
        self._skew_us = 0
        self._registries = Registries(self._line)

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
            self._follower.catch_up()
            return self._follower.epoch

    def append(self, records: Sequence[Record]) -> None:
        """Keep the batch, whole or not at all; a record replaces an earlier one of its id."""
        if not records:
            return
        entries = [(record.id, encoded(record)) for record in records]

        def write(client: redis.Redis) -> list[Any]:
            pipe = client.pipeline(transaction=True)
            self._follower.begin_epoch(pipe)
            for record_id, data in entries[:-1]:
                pipe.execute_command("XADD", STREAM, "*", record_id, data)
            # Room is made once, with the last: to say so each time takes a seventh of what writing takes.
            pipe.execute_command("XADD", STREAM, "MAXLEN", "~", self._entries, "*", *entries[-1])
            return pipe.execute()

        before_us = time.time_ns() // 1000
        server_us = stream_id_of(self._line.use(write)[-1])[0] * 1000
        self._skew_us = _outside(server_us, before_us, time.time_ns() // 1000)

    def read(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records with a cursor above `after`, oldest first."""
        with self._lock:
            self._follower.catch_up()
            return self._follower.mirror.read(after, limit)

    def trimmed_to(self) -> int:
        """Return the cursor up to which records made room, all or but for those that outlast the rest; 0 for none."""
        with self._lock:
            return self._follower.mirror.trimmed_to

    def newest(self, limit: int) -> list[tuple[int, Record]]:
        """Return the last `limit` records, oldest first."""
        with self._lock:
            self._follower.catch_up()
            return self._follower.mirror.newest(limit)

    def before(self, cursor: int, most: int, sieve: Sieve | None = None) -> Stretch:
        """Look at the last `most` records with a cursor below one, and return those that the sieve lets through."""
        with self._lock:
            self._follower.catch_up()
            return self._follower.mirror.before(cursor, most, sieve)

    def find(self, record_id: str) -> tuple[int, Record] | None:
        """Return a record with its cursor, or None when it is not kept."""
        with self._lock:
            self._follower.catch_up()
            return self._follower.mirror.find(record_id)

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
            self._follower.catch_up()
            return self._follower.mirror.holding(text)

    def wait(self, timeout_s: float) -> None:
        """Return as there is something that was not read yet, or after a time; never raises."""
        last = "{}-{}".format(*self._follower.mirror.last)
        block_ms = max(1, round(min(timeout_s, _BLOCK_S) * 1000))
        try:
            self._line.use(lambda client: client.xread({STREAM: last}, count=1, block=block_ms))
        except StoreError:
            return

    def count(self) -> int:
        """Return how many records are kept."""
        with self._lock:
            self._follower.catch_up()
            return len(self._follower.mirror)

    def clear(self) -> None:
        """Forget all records and begin a new epoch; the control stays."""

        def write(client: redis.Redis) -> None:
            pipe = client.pipeline(transaction=True)
            # Not deleted: an empty stream still knows its last ID and how many were added.
            pipe.xtrim(STREAM, maxlen=0, approximate=False)
            pipe.hset(META, "epoch", new_epoch())
            try:
                pipe.execute()
            except redis.exceptions.OutOfMemoryError:
                client.xtrim(STREAM, maxlen=0, approximate=False)
                client.hset(META, "epoch", new_epoch())

        self._line.use(write)

    def control(self) -> Control:
        """Return what all processes agree on."""
        text: Any = self._line.use(lambda client: client.hget(META, "control"))
        self._follower.agreed = text or self._follower.agreed
        try:
            return msgspec.json.decode(text, type=Control) if text else Control()
        except msgspec.MsgspecError:
            return Control()

    def set_control(self, control: Control) -> None:
        """Make it known to all processes."""
        text = msgspec.json.encode(control)
        self._line.use(lambda client: client.hset(META, "control", text))
        self._follower.agreed = text

    def set_registry(self, process: str, registry: bytes) -> None:
        """Keep what a process has connected, and know that it lives; empty: it has ended."""
        self._registries.say(process, registry)

    def registries(self) -> dict[str, bytes]:
        """Return what those have connected that are heard from, by process."""
        return self._registries.said()

    def close(self) -> None:
        """Close the connections, under whoever waits for an answer too; closing twice is nothing."""
        self._line.close()


def _outside(moment_us: int, from_us: int, until_us: int) -> int:
    """Return how far a moment of another clock lies outside of a span: above 0 when this clock is ahead."""
    # The server's is cut off to a millisecond.
    if moment_us + 1000 < from_us:
        return from_us - moment_us
    return min(until_us - moment_us, 0)
