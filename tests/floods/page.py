"""A page as the browser has it, made from what the server pushes; which dispatches it tells of can be summed up."""

from __future__ import annotations

import dataclasses
import re
from typing import Protocol

from tests.swaps import is_dispatch, swaps, times_of


class Pushed(Protocol):
    """A push, or what became of it on the way."""

    @property
    def content(self) -> str: ...


@dataclasses.dataclass
class Page:
    """
    Rows by their ids in the order of the page, all that ever came; a real page drops the oldest at 500.

    One thread may take what is pushed, and another look.
    """

    rows: dict[str, str] = dataclasses.field(default_factory=dict)

    def take(self, push: Pushed) -> None:
        """Swap in what a push brings, as htmx and the page's script do."""
        for swap in swaps(push.content):
            if swap.is_all:
                self.rows = swap.rows
                continue
            there = None if swap.key is None else self.rows.get(swap.key)
            if swap.is_for(None if there is None else times_of(there)):
                # One that is there already takes its place.
                self.rows |= swap.rows

    @property
    def shown(self) -> int:
        """Dispatches that stand as rows, neighbours of one row each for itself."""
        return sum(times_of(row) for row in list(self.rows.values()) if is_dispatch(row))

    def shown_of(self, key: str) -> int:
        """Return for how many dispatches a row stands."""
        return times_of(self.rows[key])

    @property
    def collapsed(self) -> int:
        """Dispatches that came at once, and stand as a row that opens them."""
        return self._sum(r"([\d,]+) more dispatch")

    @property
    def lost(self) -> int:
        """Dispatches of which it is said that they are not shown."""
        return self._sum(r">(?:about )?([\d,]+) dispatch(?:es)? (?:is|are) not shown")

    @property
    def dropped(self) -> int:
        """Dispatches that were counted as dropped."""
        return self._sum(r">(?:, and )?([\d,]+) dispatch(?:es)? (?:was |were )?dropped")

    @property
    def accounted(self) -> int:
        """All dispatches of which this page tells."""
        return self.shown + self.collapsed + self.lost + self.dropped

    def _sum(self, pattern: str) -> int:
        found = (re.search(pattern, row) for row in list(self.rows.values()))
        return sum(int(one[1].replace(",", "")) for one in found if one)
