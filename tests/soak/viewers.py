"""Pages without a browser that keep the rows they are sent, and what these stand for. Opens and ends their sockets."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.load_viewer import Viewer
from tests.swaps import Swap, is_dispatch, swaps, times_of

_LOST = re.compile(r">(about )?([\d,]+) dispatch(?:es)? (?:is|are) not shown")
_REMEMBERED = 5_000
"""Lines; of those before, only the number is kept, since the server draws none of them again."""


class Page:
    """
    What a page shows, over any number of sockets one after the other.

    A span is the time from its first rows until the feed is cleared or nobody looks any more.
    """

    def __init__(self, port: int, query: str = "") -> None:
        self.spans: list[Span] = []
        self.problems: list[str] = []
        self.dispatch_id = ""
        """Of a row that it shows."""
        self._port = port
        self._query = query
        self._socket: _Socket | None = None
        self._lock = threading.Lock()

    @property
    def cursor(self) -> int:
        """How far it has seen; 0 before its first rows."""
        return self.spans[-1].until if self.spans else 0

    def look(self) -> None:
        """Open the socket, and go on where the page stands."""
        epoch = self.spans[-1].epoch if self.spans else ""
        self._socket = _Socket(self, self._port, query=self._query, cursor=self.cursor, epoch=epoch)
        self._socket.start()

    def vanish(self) -> None:
        """Be gone without a close, as a laptop's lid does it; twice is nothing."""
        gone, self._socket = self._socket, None
        if gone is not None:
            gone.is_leaving = True
            with contextlib.suppress(OSError):
                gone.close()

    def forgive(self) -> None:
        """Take it for no problem when the socket ends: the server is about to go."""
        if self._socket is not None:
            self._socket.is_leaving = True
        for span in self.spans[-1:]:
            span.is_reloaded = True

    @property
    def is_looking(self) -> bool:
        """Whether the socket is open."""
        return self._socket is not None and self._socket.is_alive()

    def take(self, push: dict[str, Any]) -> None:
        """Take a push as the page would; on the socket's thread."""
        with self._lock:
            for swap in swaps(push["content"]):
                if swap.is_all:
                    self.spans.append(Span(push["epoch"], push["cursor"]))
                    self.spans[-1].begin(swap)
                elif self.spans:
                    self.spans[-1].take(swap, push["added"])
            if self.spans:
                self.spans[-1].until = push["cursor"]
            if found := re.search(r'data-id="([^"]+)"', push["content"]):
                self.dispatch_id = found[1]


class Span:
    """What a page was shown from one cursor to another of the same epoch."""

    def __init__(self, epoch: str, after: int) -> None:
        self.epoch = epoch
        self.after = self.until = after
        self.rows = 0
        """Lines that it was sent."""
        self.behind_gaps = 0
        """Dispatches that stand behind a line which says how many there are, or were before the server let them go."""
        self.lost = 0
        """About so many records that the server did not hold any more, and said so."""
        self.is_reloaded = False
        """Whether the server began anew meanwhile."""
        self._times: OrderedDict[str, int] = OrderedDict()
        self._settled = 0
        self._base = 0

    @property
    def shown(self) -> int:
        """Dispatches for which the rows stand that came since it began."""
        return self._settled + sum(self._times.values()) - self._base

    def begin(self, swap: Swap) -> None:
        """Take the rows that were there before."""
        self._draw(swap)
        self._base, self.rows = self._settled + sum(self._times.values()), 0

    def take(self, swap: Swap, added: int) -> None:
        """Take rows that come; `added` is for how many dispatches, as the push says."""
        if swap.key is None:
            self._add(swap, added)
        elif swap.is_for(self._times.get(swap.key)):
            self._times.update(_dispatches(swap))

    def _add(self, swap: Swap, added: int) -> None:
        drawn = self._draw(swap)
        if "open-gap" in swap.html:
            # A gap's own number has the markers in it that came at the same time.
            self.behind_gaps += added - drawn
        for about, number in _LOST.findall(swap.html):
            lost = int(number.replace(",", ""))
            if about:
                self.lost += lost
            else:
                self.behind_gaps += lost

    def _draw(self, swap: Swap) -> int:
        """Return for how many dispatches more the page stands."""
        more = 0
        for key, number in _dispatches(swap):
            self.rows += key not in self._times
            more += number - self._times.get(key, 0)
            self._times[key] = number
        while len(self._times) > _REMEMBERED:
            self._settled += self._times.popitem(last=False)[1]
        return more


def _dispatches(swap: Swap) -> Iterator[tuple[str, int]]:
    """Yield the key of each row of dispatches, and for how many it stands."""
    return ((key, times_of(row)) for key, row in swap.rows.items() if is_dispatch(row))


class _Socket(Viewer):
    def __init__(self, page: Page, port: int, **where: Any) -> None:
        super().__init__(port, page.take, **where)
        self.is_leaving = False
        self._page = page

    def run(self) -> None:
        super().run()
        if self.problem and not self.is_leaving:
            self._page.problems.append(self.problem)


class Silent(Viewer):
    """A page that acknowledges nothing, so that the server has to give it up."""

    def run(self) -> None:
        """Take what comes and say nothing."""
        with contextlib.suppress(OSError, ValueError):
            self._say(resume=0, epoch="", frozen=False)
            while True:
                self._hear()
