"""
The processes' registries in Redis. Owns their keys; reads no registry.

Each has a key of its own, which the server forgets by its own clock when it is not heard of. A hash has a digest
of each, so that only what has changed is fetched.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import redis

from tracer.stores import registry_life
from tracer.stores.redis_line import Line

DIGESTS = "{signalbox}:registries"
_REGISTRY = "{signalbox}:registry:"
_TIDY_AT = 2 * registry_life.MOST
"""Names in the hash from which on whoever says something looks which of them have ended, as readers do."""


class Registries:
    """What was said last, by process; safe for threads."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._known: dict[str, tuple[bytes, bytes]] = {}
        """By process: the digest, and the registry."""

    def say(self, process: str, registry: bytes) -> None:
        """Keep a registry from now on, or take it off when it is empty; what is unchanged is not sent again."""
        key, digest = _REGISTRY + process, _digest(registry)
        kept_ms = max(int(registry_life.KEPT_S * 1000), 1)

        def ask(client: redis.Redis) -> int:
            if not registry:
                client.delete(key)
                client.hdel(DIGESTS, process)
                return 0
            if client.hget(DIGESTS, process) == digest and client.pexpire(key, kept_ms):
                return 0
            pipe: Any = client.pipeline(transaction=True)
            pipe.set(key, registry, px=kept_ms)
            pipe.hset(DIGESTS, process, digest)
            pipe.hlen(DIGESTS)
            return int(pipe.execute()[-1])

        if self._line.use(ask) > _TIDY_AT:
            self.said()

    def said(self) -> dict[str, bytes]:
        """Return those of the processes that are heard from, by process."""
        with self._lock:
            self._known = self._line.use(self._read)
            return {process: registry for process, (_, registry) in self._known.items()}

    def _read(self, client: redis.Redis) -> dict[str, tuple[bytes, bytes]]:
        digests: Any = client.hgetall(DIGESTS)
        names = sorted(digests)
        pipe: Any = client.pipeline(transaction=False)
        for name in names:
            pipe.exists(_key(name))
        alive = [name for name, is_there in zip(names, pipe.execute(), strict=True) if is_there]
        if ended := set(names).difference(alive):
            client.hdel(DIGESTS, *ended)
        found: dict[str, tuple[bytes, bytes]] = {}
        for name in alive[: registry_life.MOST]:
            process, digest = name.decode(errors="surrogateescape"), digests[name]
            if self._known.get(process, (b"",))[0] != digest:
                registry: Any = client.get(_key(name))
                if registry is None:
                    continue
                found[process] = digest, registry
            else:
                found[process] = self._known[process]
        return found


def _key(name: bytes) -> bytes:
    return _REGISTRY.encode() + name


def _digest(registry: bytes) -> bytes:
    return hashlib.sha256(registry).hexdigest()[:16].encode()
