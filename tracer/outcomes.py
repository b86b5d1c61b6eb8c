"""
Dispatches whose transaction was open when they were handed on, until its outcome is known.

Used on the recorder's thread, with its lock held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tracer import transactions

if TYPE_CHECKING:
    from tracer.running import Running
    from tracer.transactions import Block

MOST_UNDECIDED = 5_000
"""Dispatches of one open transaction, or savepoint, that are handed on again with its outcome; the last."""
MOST_OPEN = 100
"""Transactions and savepoints whose outcome is waited for."""


class Outcomes:
    """The open transactions, and for each the dispatches in it that were handed on."""

    def __init__(self) -> None:
        self._awaited: dict[Block, deque[Running]] = {}

    def __len__(self) -> int:
        return len(self._awaited)

    def forget(self) -> None:
        """Wait for none any more."""
        self._awaited.clear()

    def take(self) -> list[Running]:
        """Return those whose transaction has ended: they are to be handed on once more."""
        ended = [block for block in self._awaited if transactions.outcome_of(block) != "open"]
        return [running for block in ended for running in self._awaited.pop(block)]

    def wait_for(self, batch: Iterable[Running]) -> None:
        """Remember those that are over while their transaction is open."""
        for running in batch:
            # What still runs comes again as it ends.
            blocks = running.blocks
            # Most are known by now, and need not be asked.
            if not blocks or (len(blocks) == 1 and blocks[0].outcome == "committed"):
                continue
            if transactions.may_be_open(running) and running.is_over:
                block = transactions.block_of(running)
                if block is not None and transactions.outcome_of(block) == "open":
                    self._awaited.setdefault(block, deque(maxlen=MOST_UNDECIDED)).append(running)
        for block in list(self._awaited)[:-MOST_OPEN]:
            del self._awaited[block]
