"""What the window has been given, by how far it had read: what a viewer missed of it can be told exactly."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right

_MOST = 10_000
"""Places that are remembered; there is one for each batch, of which ten come a second."""


@dataclasses.dataclass(frozen=True, slots=True)
class Count:
    """Of dispatches."""

    came: int = 0
    """Each once."""
    dropped: int = 0
    """Counted as dropped by markers that came."""
    unread: int = 0
    """Of those that came, records that made room in the store before they were read; some may be the same dispatch."""


class Passed:
    """Counts since the window began. Not safe for threads; the feed's lock is held."""

    def __init__(self) -> None:
        self.now = Count()
        """All there was."""
        self._cursors = [0]
        self._counts = [self.now]

    def miss(self, number: int) -> None:
        """Count records that made room before they were read."""
        came, unread = self.now.came + number, self.now.unread + number
        self.now = dataclasses.replace(self.now, came=came, unread=unread)

    def note(self, cursor: int, came: int, dropped: int) -> None:
        """Count a batch that ended at a cursor; cursors rise."""
        before = self.now
        self.now = Count(before.came + came, before.dropped + dropped, before.unread)
        self._cursors.append(cursor)
        self._counts.append(self.now)
        if len(self._cursors) >= 2 * _MOST:
            del self._cursors[:_MOST], self._counts[:_MOST]

    def since(self, cursor: int) -> Count | None:
        """Return what came after a cursor; None where no batch is known to have ended there."""
        # The last, if several batches brought nothing that has a cursor.
        at = bisect_right(self._cursors, cursor) - 1
        if at < 0 or self._cursors[at] != cursor:
            return None
        now, then = self.now, self._counts[at]
        return Count(now.came - then.came, now.dropped - then.dropped, now.unread - then.unread)
