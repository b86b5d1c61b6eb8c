"""A page as the browser has it, made from what the server pushes; which dispatches it tells of can be summed up."""

from __future__ import annotations

import dataclasses
import re
from typing import Protocol

_PARTS = re.compile(
    r'<hx-partial hx-target="([^"]+)" hx-swap="([^"]+)">(.*?)</hx-partial>', re.DOTALL
)
_ROWS = re.compile(r'<tr class="([^"]+)" id="([^"]+)".*?</tr>', re.DOTALL)
_LONE = ":not([data-until])"


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
        for selector, swap, html in _PARTS.findall(push.content):
            rows = {found[2]: found[0] for found in _ROWS.finditer(html)}
            if selector == "#sb-rows" and swap.startswith("innerHTML"):
                self.rows = rows
            elif selector == "#sb-rows":
                # One that is there already takes its place.
                self.rows |= rows
            elif self._has(selector):
                self.rows |= rows

    def _has(self, selector: str) -> bool:
        row = self.rows.get(selector.removesuffix(_LONE).removeprefix("#"))
        return row is not None and not (selector.endswith(_LONE) and "data-until" in row)

    @property
    def shown(self) -> int:
        """Dispatches that stand as rows, neighbours of one row each for itself."""
        return sum(self.shown_of(key) for key in list(self.rows) if "sb-row" in self.rows[key][:40])

    def shown_of(self, key: str) -> int:
        """Return for how many dispatches a row stands."""
        times = re.search(r">×(\d+)<", self.rows[key])
        return int(times[1]) if times else 1

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
