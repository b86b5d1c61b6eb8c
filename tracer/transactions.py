"""
Which database transaction a dispatch is sent in, and what becomes of it.

Believes what the connection is told: BEGIN, SAVEPOINT, RELEASE, ROLLBACK and COMMIT, as they succeed. Runs no
query, asks no connection, and keeps none alive. A connection whose owner turned autocommit off by hand is known
from its first savepoint on. A connection that is closed within a transaction is silent; what was sent from its
BEGIN on counts as rolled back as soon as the thread connects anew.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Literal

from django.db import connections
from django.db.backends.base import base

from tracer import faults
from tracer.dispatches import Transaction
from tracer.running import Running
from tracer.switch import switch
from tracer.wrapped import Replaced

STATEMENTS = ("SAVEPOINT", "ROLLBACK", "RELEASE", "BEGIN", "COMMIT")
"""How the statements begin that `said` wants to hear of."""

_SAVEPOINT = re.compile(r"(SAVEPOINT|ROLLBACK TO|RELEASE)(?: SAVEPOINT)? +(\S+)")


class Block:
    """A transaction, or a savepoint in one; written by the thread that is in it, read by the recorder's."""

    __slots__ = ("alias", "name", "outcome", "within")

    def __init__(self, alias: str, name: str | None, within: Block | None) -> None:
        self.alias = alias
        self.name = name
        """Of the savepoint; None for the transaction itself."""
        self.within = within
        self.outcome: Literal["committed", "released", "rolled back"] | None = None


class _Here(threading.local):
    blocks: tuple[Block, ...] = ()


here = _Here()
"""`here.blocks`: what is open on this thread, the newest first; never changed, only replaced."""


def block_of(running: Running) -> Block | None:
    """Return the block that a dispatch was sent in: on the database it says it uses, else the newest."""
    blocks = running.blocks
    if not blocks:
        return None
    if "using" in running.names:
        using = running.values[running.names.index("using")]
        if type(using) is str:
            for block in blocks:
                if block.alias == using:
                    return block
            return None
    return blocks[0]


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
        alias = connection.alias
        if sql.startswith("BEGIN"):
            blocks = here.blocks
            if blocks:
                _end(alias, "rolled back")
                blocks = here.blocks
            here.blocks = (Block(alias, None, None), *blocks)
        elif sql.startswith("COMMIT"):
            _end(alias, "committed")
        elif (match := _SAVEPOINT.match(sql)) is not None:
            _savepoint(alias, match[1], match[2])
        elif sql.startswith("ROLLBACK"):
            _end(alias, "rolled back")
    except Exception:  # noqa: BLE001
        faults.report("noting a transaction")


def connected(named: Mapping[str, Any]) -> None:
    """Take note that a connection was made anew: what was open on the one before it, if it was closed, is no more."""
    if here.blocks:
        _end(named["connection"].alias, "rolled back")


def watch() -> None:
    """Hear of the transactions of all connections, from now on."""
    _debug_transaction.put_in()
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            # It began before there was anybody to hear of it.
            here.blocks = (Block(connection.alias, None, None), *here.blocks)


def unwatch() -> None:
    """Put back what was there; where somebody wrapped ours, it stays and only passes through."""
    global here
    _debug_transaction.put_back()
    # What is open now ends unheard, in whatever thread.
    here = _Here()


def _watching(original: Callable[..., Any]) -> Callable[..., Any]:
    def debug_transaction(connection: Any, sql: Any) -> Any:
        inner = original(connection, sql)
        return _Watched(inner, connection, sql) if switch.installed else inner

    return debug_transaction


class _Watched(AbstractContextManager[Any]):
    """Django's own context manager, and then a note if all went well; leaves no frame in a traceback."""

    __slots__ = ("_connection", "_inner", "_sql")

    def __init__(self, inner: Any, connection: Any, sql: Any) -> None:
        self._inner, self._connection, self._sql = inner, connection, sql

    def __enter__(self) -> Any:
        return self._inner.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        passed = self._inner.__exit__(kind, error, traceback)
        if kind is None and type(self._sql) is str:
            said(self._connection, self._sql)
        return passed


def _savepoint(alias: str, verb: str, name: str) -> None:
    mine = [block for block in here.blocks if block.alias == alias]
    if verb == "SAVEPOINT":
        if not mine:
            # Somebody turned autocommit off by hand, and the transaction began unheard.
            mine = [Block(alias, None, None)]
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


def _end(alias: str, outcome: Literal["committed", "rolled back"]) -> None:
    blocks = here.blocks
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


_debug_transaction = Replaced(base, "debug_transaction", _watching)
