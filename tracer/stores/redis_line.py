"""The way to a Redis server. Owns its connections, time limits and what is said of its errors; knows no records."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from tracer.exceptions import StoreError

ANSWER_S = 0.5
"""How long a connection, or an answer, is waited for."""
REST_S = 0.25
"""For so long after a server could not be reached nobody tries again, but is told so at once."""

_EXAMPLE = "redis://user:password@host:6379/0"

T = TypeVar("T")


class Line:
    """
    Connections to one server, for any thread, opened when they are needed.

    Nothing of the user and the password ever stands in what is said: not in `place`, nor in a `StoreError`,
    which has no cause to be printed with it.
    """

    def __init__(self, url: str) -> None:
        """Take the address apart; connects to nothing. Raises `StoreError` when it is none."""
        try:
            options = parse_url(url)
            place = f"{options['host']}:{options.get('port', 6379)}"
            pool = _pool(options)
        except Exception:  # noqa: BLE001
            # Not by the client's words, in which a part of the address stands.
            raise StoreError(
                f'SIGNALBOX["STORE"] is not the address of a Redis: expected "{_EXAMPLE}".'
            ) from None
        self._server = f"The Redis at {place}"
        self.place = f"{place}/{options.get('db', 0)}"
        self._client = redis.Redis(connection_pool=pool)
        for command in ("XRANGE", "XREVRANGE"):
            # As they come: a third of the time that reading takes went into dictionaries.
            self._client.set_response_callback(command, lambda answer, **_: answer)
        self._closed = False
        self._rest_until = 0.0
        self._said = ""

    def use(self, ask: Callable[[redis.Redis], T]) -> T:
        """Return what `ask` gets from the server; `StoreError` for whatever comes between."""
        if self._closed:
            raise StoreError("The store is closed.")
        if time.monotonic() < self._rest_until:
            raise StoreError(self._said)
        try:
            return ask(self._client)
        except (redis.RedisError, OSError, ValueError) as error:
            if self._closed:
                raise StoreError("The store is closed.") from None
            said = f"{self._server} {_reason(error)}."
            if not isinstance(error, redis.ResponseError):
                self._said, self._rest_until = said, time.monotonic() + REST_S
            elif isinstance(error, redis.exceptions.ReadOnlyError):
                # After a failover the name may lead to another server, the connections still to this one.
                self._hang_up()
        raise StoreError(said)

    def close(self) -> None:
        """Close for good; closing twice is nothing. Ends what other threads wait for."""
        self._closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        with contextlib.suppress(redis.RedisError, OSError):
            self._client.connection_pool.disconnect()


def _pool(options: dict[str, Any]) -> redis.ConnectionPool:
    options = {
        **options,
        "socket_timeout": ANSWER_S,
        "socket_connect_timeout": ANSWER_S,
        # Its own would wait for seconds before it tried again.
        "retry": Retry(NoBackoff(), 0),
        # Of one shape, whichever version of the client and of the server meet.
        "protocol": 2,
        "decode_responses": False,
    }
    pool = redis.ConnectionPool(**options)
    # Connects to nothing, and finds options that nobody knows.
    pool.connection_class(**pool.connection_kwargs)
    return pool


def _reason(error: Exception) -> str:
    """Say what is wrong; never by the server's words, in which what was sent may stand, password and all."""
    match error:
        case redis.exceptions.AuthenticationError() | redis.exceptions.NoPermissionError():
            return 'refuses the user or the password in SIGNALBOX["STORE"]'
        case redis.exceptions.BusyLoadingError():
            return "is still loading its data"
        case redis.exceptions.OutOfMemoryError():
            return "is full (its maxmemory is reached)"
        case redis.exceptions.ReadOnlyError():
            return "is a replica, which takes no writes"
        case redis.exceptions.TimeoutError() | TimeoutError():
            return "does not answer"
        case redis.exceptions.ResponseError():
            return f"refuses ({_code(error)})"
        case _ if _is_about_tls(error):
            return "cannot be reached by TLS: its certificate is not accepted, or it speaks no TLS"
        case _:
            return "cannot be reached"


def _code(error: Exception) -> str:
    """Return the first word of an error's answer if it is a code, such as `MISCONF`."""
    word = str(error).partition(" ")[0]
    return word if word.isalpha() and word.isupper() and len(word) <= 20 else "ERR"


def _is_about_tls(error: Any) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
