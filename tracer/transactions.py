"""
Which database transaction a dispatch is sent in, and what becomes of it.

Believes what the connection is told: BEGIN, SAVEPOINT, RELEASE, ROLLBACK and COMMIT, as they succeed. Runs no
query, asks no connection, and keeps none alive. A connection whose owner turned autocommit off by hand is known
from its first savepoint on. A connection that is closed within a transaction is silent; what was sent from its
BEGIN on counts as rolled back as soon as the thread connects anew.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal

import msgspec
from django.db import connections
from django.db.backends.base import base
from django.db.backends.base.base import BaseDatabaseWrapper

from tracer import faults
from tracer.dispatches import Transaction
from tracer.running import Running
from tracer.switch import switch
from tracer.wrapped import Replaced, is_code_of

STATEMENTS = ("SAVEPOINT", "ROLLBACK", "RELEASE", "BEGIN", "COMMIT")
"""How the statements begin that `said` wants to hear of."""

_module: Any = base
_SAVEPOINT = re.compile(r"(SAVEPOINT|ROLLBACK TO|RELEASE)(?: SAVEPOINT)? +(\S+)")


class Block(msgspec.Struct, eq=False, gc=False):
    """A transaction, or a savepoint in one; written by the thread that is in it, read by the recorder's."""

    alias: str
    name: str | None = None
    """Of the savepoint; None for the transaction itself."""
    within: Block | None = None
    outcome: Literal["committed", "released", "rolled back"] | None = None


class _Here(threading.local):
    blocks: tuple[Block, ...] = ()


here = _Here()
"""`here.blocks`: what is open on this thread, the newest first; never changed, only replaced."""


def block_of(running: Running) -> Block | None:
    """Return the block that a dispatch was sent in: on the database it says it uses, else the newest."""
    blocks = running.blocks
    if not blocks:
        return None
    at = running.shape.using
    if at is None or type(using := running.values[at]) is not str:
        return blocks[0]
    for block in blocks:
        if block.alias == using:
            return block
    return None


def may_be_open(running: Running) -> bool:
    """Tell whether the outcome of what a dispatch was sent in may yet be unknown; sooner told than which one it is."""
    return any(block.outcome in (None, "released") for block in running.blocks)


def outcome_of(block: Block) -> Transaction:
    """Return what has become of a block, as far as it is known."""
    while True:
        if block.outcome == "rolled back":
            return "rolled back" if block.within is None else "savepoint rolled back"
        if block.outcome == "committed":
            return "committed"
        if block.within is None:
            return "open"
        # An open savepoint, or one that was released: it is as the transaction is.
        block = block.within


def said(connection: Any, sql: str) -> None:
    """Take note of a statement that begins with one of `STATEMENTS` and has succeeded. Never raises."""
    try:
        if sql.startswith("BEGIN"):
            begun: tuple[Block, ...] = (Block(connection.alias),)
            if here.blocks:
                _end(connection, "rolled back")
                begun += here.blocks
            here.blocks = begun
        elif sql.startswith("COMMIT"):
            _end(connection, "committed")
        elif (match := _SAVEPOINT.match(sql)) is not None:
            _savepoint(connection.alias, match[1], match[2])
        elif sql.startswith("ROLLBACK"):
            _end(connection, "rolled back")
    except Exception:  # noqa: BLE001
        faults.report("noting a transaction")


def connected(named: Mapping[str, Any]) -> None:
    """Take note that a connection was made anew: what was open on the one before it, if it was closed, is no more."""
    if here.blocks:
        _end(named["connection"], "rolled back")


def watch() -> None:
    """Hear of the transactions of all connections, from now on."""
    for replaced in _replaced:
        replaced.put_in()
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            # It began before there was anybody to hear of it.
            here.blocks = (Block(connection.alias), *here.blocks)


def unwatch() -> None:
    """Put back what was there; where somebody wrapped ours, it stays and only passes through."""
    global here
    for replaced in _replaced:
        replaced.put_back()
    # What is open now ends unheard, in whatever thread.
    here = _Here()


# Django's own, line by line: in a request of many small transactions, each further call would be felt.


def _commit_around(original: Callable[..., Any]) -> Callable[..., Any]:
    is_djangos = is_code_of(original, base.__file__)

    @functools.wraps(original)
    def _commit(self: Any) -> Any:
        if not switch.installed:
            return original(self)
        if self.connection is not None:
            if is_djangos:
                with _module.debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                    result = self.connection.commit()
            else:
                result = original(self)
            _end(self, "committed")
            return result
        return None

    return _commit


def _rollback_around(original: Callable[..., Any]) -> Callable[..., Any]:
    is_djangos = is_code_of(original, base.__file__)

    @functools.wraps(original)
    def _rollback(self: Any) -> Any:
        if not switch.installed:
            return original(self)
        if self.connection is not None:
            if is_djangos:
                with _module.debug_transaction(self, "ROLLBACK"), self.wrap_database_errors:
                    result = self.connection.rollback()
            else:
                result = original(self)
            _end(self, "rolled back")
            return result
        return None

    return _rollback


def _begin_around(original: Callable[..., Any]) -> Callable[..., Any]:
    def debug_transaction(connection: Any, sql: Any) -> Any:
        inner = original(connection, sql)
        return _Watched(inner, connection) if sql == "BEGIN" and switch.installed else inner

    return debug_transaction


class _Watched:
    """Django's own context manager, and then a note if all went well; leaves no frame in a traceback."""

    __slots__ = ("_connection", "_inner")

    def __init__(self, inner: Any, connection: Any) -> None:
        self._inner, self._connection = inner, connection

    def __enter__(self) -> Any:
        return self._inner.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        passed = self._inner.__exit__(kind, error, traceback)
        if kind is None:
            said(self._connection, "BEGIN")
        return passed


def _savepoint(alias: str, verb: str, name: str) -> None:
    mine = [block for block in here.blocks if block.alias == alias]
    if verb == "SAVEPOINT":
        if not mine:
            # Somebody turned autocommit off by hand, and the transaction began unheard.
            mine = [Block(alias)]
            here.blocks = (mine[0], *here.blocks)
        here.blocks = (Block(alias, name, mine[0]), *here.blocks)
        return
    known = next((block for block in mine if block.name == name), None)
    if known is None:
        return
    ended = mine[: mine.index(known) + 1]
    for block in ended:
        block.outcome = "released" if verb == "RELEASE" else "rolled back"
    here.blocks = tuple(block for block in here.blocks if block not in ended)
    if verb == "ROLLBACK TO":
        # The savepoint itself is still there, and may be gone back to again.
        here.blocks = (Block(alias, name, known.within), *here.blocks)


def _end(connection: Any, outcome: Literal["committed", "rolled back"]) -> None:
    """Note what has become of all that is open on a connection. Never raises."""
    try:
        alias, blocks = connection.alias, here.blocks
        if len(blocks) == 1 and blocks[0].alias == alias:
            # As most are: one transaction, no savepoint.
            blocks[0].outcome = outcome
            here.blocks = ()
            return
        for block in blocks:
            if block.alias == alias:
                block.outcome = outcome if block.within is None else block.outcome or "released"
        if blocks:
            here.blocks = tuple([block for block in blocks if block.alias != alias])
    except Exception:  # noqa: BLE001
        faults.report("noting the end of a transaction")


_replaced = [
    Replaced(BaseDatabaseWrapper, "_commit", _commit_around),
    Replaced(BaseDatabaseWrapper, "_rollback", _rollback_around),
    Replaced(base, "debug_transaction", _begin_around),
]
