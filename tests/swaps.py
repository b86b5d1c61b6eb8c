"""What a push of the server's swaps into a page, read as htmx and the page's script do; keeps no page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

_PARTS = re.compile(
    r'<hx-partial hx-target="([^"]*)" hx-swap="([^"]*)">(.*?)</hx-partial>', re.DOTALL
)
_ROWS = re.compile(r'<tr class="[^"]*" id="([^"]+)".*?</tr>', re.DOTALL)
_TIMES = re.compile(r'data-action="expand"[^>]*>×(\d+)<')
_LONE = ":not([data-until])"
_FEED = "#sb-rows"


@dataclasses.dataclass(frozen=True)
class Swap:
    """Rows that are swapped in: all anew, at the end, or in the place of one that is there."""

    html: str
    is_all: bool
    """Whether they take the place of all that is there."""
    key: str | None
    """Of the row in whose place they come, if it is there; None at the end."""
    is_lone: bool
    """Whether that row has to stand for no other dispatch."""

    @property
    def rows(self) -> dict[str, str]:
        """Return the rows by their ids."""
        return {found[1]: found[0] for found in _ROWS.finditer(self.html)}

    def is_for(self, times: int | None) -> bool:
        """Tell whether it is swapped in; `times` is for how many dispatches the row stands, None if it is not there."""
        return self.key is None or (times is not None and not (self.is_lone and times > 1))


def swaps(content: str) -> Iterator[Swap]:
    """Yield what a push swaps into the feed, in order."""
    for target, swap, html in _PARTS.findall(content):
        if target == _FEED:
            yield Swap(html, swap.startswith("innerHTML"), None, is_lone=False)
        else:
            key = target.removesuffix(_LONE).removeprefix("#")
            yield Swap(html, False, key, is_lone=target.endswith(_LONE))


def is_dispatch(row: str) -> bool:
    """Tell whether a row stands for dispatches: it is no gap, no marker and no origin."""
    return 'class="sb-line sb-row' in row[:40]


def times_of(row: str) -> int:
    """Return for how many dispatches such a row stands."""
    times = _TIMES.search(row)
    return int(times[1]) if times else 1
