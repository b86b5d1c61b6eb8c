"""The feed's lines for one viewer: rows under their origin, equal neighbours as one. Sends nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import groupby, islice
from typing import Literal

from django.utils.safestring import SafeString

from dashboard import rows, wording
from dashboard.drawing import Line, Lost, draw
from dashboard.window import Row, Window
from tracer.dispatches import Dispatch, Marker
from tracer.filters import Filter

_REMEMBERED = 600
MOST_EQUAL = 250
"""Neighbours that stand as one row: it is drawn anew with each that comes, and looks at all of them."""


class Lines:
    """What one viewer has been shown, and what to show next. The feed's lock is held around every call."""

    def __init__(
        self,
        window: Window,
        filter_: Filter,
        *,
        is_tree: bool,
        slow_ns: int,
        is_collapsing: bool = True,
    ) -> None:
        self._window = window
        self._filter = filter_
        self._is_tree = is_tree
        self._slow_ns = slow_ns
        self._is_collapsing = is_collapsing
        self._last: Line | None = None
        self._second = ""
        self._said = (-1, "")
        """A second since the epoch, and how it is said."""
        self._origin_id: str | None = None
        self._shown: dict[str, Line] = {}
        self._skipped: dict[str, Line] = {}
        """Rows behind a gap, each by itself, as a page has them that has opened it."""
        self._gaps: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)
        """The positions of the first and the last row behind each, rising."""
        self._headers: dict[str, Line] = {}

    def matches(self, row: Row) -> bool:
        """Return whether the viewer's filter lets the row through; markers always pass."""
        return (
            not self._filter.terms
            or isinstance(row.record, Marker)
            or self._filter.matches(row.record)
        )

    def last_matching(self, limit: int, until: int | None = None) -> tuple[list[Row], bool]:
        """Return the last rows the viewer is to see, oldest first, and whether there were more."""
        found = list(islice(filter(self.matches, self._window.newest_first(until)), limit + 1))
        return found[:limit][::-1], len(found) > limit

    def before(self, record_id: str, limit: int) -> tuple[list[Row], bool]:
        """Return the last matching rows before a record, oldest first, and whether there are more."""
        row = self._window.rows.get(record_id)
        if row is None:
            return [], False
        above = (one for one in self._window.newest_first() if one.position < row.position)
        found = list(islice(filter(self.matches, above), limit + 1))
        return found[:limit][::-1], len(found) > limit

    def between(self, first: str, last: str, limit: int) -> tuple[list[Row], bool]:
        """Return the matching rows from one record to another, and whether there are more than the limit."""
        begin, end = self._window.rows.get(first), self._window.rows.get(last)
        if end is None:
            return [], False
        position = begin.position if begin is not None else 0
        found = [
            row
            for row in self._window.rows.values()
            if position <= row.position <= end.position and self.matches(row)
        ]
        return found[:limit], len(found) > limit

    def take(self, found: Iterable[Row]) -> tuple[list[Line], list[Line]]:
        """Return the lines to be added for these rows, and those already shown that are to be drawn again."""
        new: list[Line] = []
        changed: dict[str, Line] = {}
        for row in found:
            line = self._shown.get(row.record.id) or self._skipped.get(row.record.id)
            if line is None and not self._is_behind_a_gap(row) and self.matches(row):
                line = self._place(row, new)
            if line is not None and line not in new:
                if not any(member is row for member in line.members):
                    # It had left the window, and came back as another.
                    line.members = [
                        row if member.record.id == row.record.id else member
                        for member in line.members
                    ]
                changed[line.key] = line
            origin_id = getattr(row.record, "origin_id", None)
            header = self._headers.get(origin_id) if origin_id is not None else None
            if header is not None and header not in new:
                changed[header.key] = header
        for record_id in list(self._shown)[: max(len(self._shown) - _REMEMBERED, 0)]:
            del self._shown[record_id]
        for origin in list(self._headers)[: max(len(self._headers) - 50, 0)]:
            del self._headers[origin]
        return new, list(changed.values())

    def was_matching(self, row: Row) -> bool:
        """Return whether the filter let the row through as it was before it came again, as far as that is known."""
        return not self._filter.terms or (
            row.before is not None
            and (isinstance(row.before, Marker) or self._filter.matches(row.before))
        )

    def is_shown(self, row: Row) -> bool:
        """Return whether the row stands on the page already, as far as is remembered."""
        return row.record.id in self._shown or self._is_behind_a_gap(row)

    def lose(self, lost: Lost) -> Line:
        """Return the line that stands for what is not kept here any more."""
        self._last, self._origin_id = None, None
        return Line("gap", f"lost-{self._window.cursor}", [], lost=lost)

    def skip(self, skipped: Sequence[Row]) -> list[Line]:
        """Return the lines for rows which one push has no room for: markers, and one for all between them."""
        lines: list[Line] = []
        for is_marker, run in groupby(skipped, lambda row: isinstance(row.record, Marker)):
            rows = list(run)
            if is_marker:
                lines += self.take(rows)[0]
                continue
            self._last, self._origin_id = None, None
            key = f"gap-{wording.dom_id(rows[0].record.id)}"
            self._hide(rows)
            lines.append(Line("gap", key, rows, count=len(rows)))
        return lines

    def alone(self, row: Row) -> Line:
        """Return the line that a row is where it stands alone."""
        kind: Literal["marker", "dispatch"] = "dispatch"
        if isinstance(row.record, Marker):
            kind = "marker"
        return Line(kind, f"d-{wording.dom_id(row.record.id)}", [row])

    def forget_rows(self) -> None:
        """Know no more which rows the page has as one; of what comes after the last origin, go on."""
        self._shown.clear()
        self._last = None

    def _hide(self, rows: Sequence[Row]) -> None:
        self._gaps.append((rows[0].position, rows[-1].position))
        for row in rows[-_REMEMBERED:]:
            name = row.record.id
            self._skipped[name] = Line("dispatch", f"d-{wording.dom_id(name)}", [row])
        for name in list(self._skipped)[: max(len(self._skipped) - _REMEMBERED, 0)]:
            del self._skipped[name]

    def _is_behind_a_gap(self, row: Row) -> bool:
        if not self._gaps or row.position > self._gaps[-1][1]:
            return False  # As whatever is new.
        return any(first <= row.position <= last for first, last in self._gaps)

    def render(self, line: Line) -> SafeString:
        """Return the line's `<tr>`."""
        return draw(line, self._window, self._slow_ns)

    def _place(self, row: Row, new: list[Line]) -> Line:
        record, key = row.record, f"d-{wording.dom_id(row.record.id)}"
        if isinstance(record, Marker):
            line = Line("marker", key, [row])
            self._origin_id, self._last = None, None
        elif (same := self._collapsible(record)) is not None:
            line = same
            line.members.append(row)
        else:
            second = self._second_of(record)
            if self._is_tree and record.origin_id != self._origin_id:
                self._origin_id, self._second = record.origin_id, ""
                if record.origin_id is not None:
                    header = Line(
                        "origin", f"o-{wording.dom_id(record.id)}", [row], record.origin_id
                    )
                    new.append(header)
                    self._headers.pop(record.origin_id, None)
                    self._headers[record.origin_id] = header
                    self._second = second
            line = Line("dispatch", key, [row], is_full_time=second != self._second)
            self._second, self._last = second, line
        if len(line.members) == 1:
            new.append(line)
        self._shown[record.id] = line
        return line

    def _second_of(self, dispatch: Dispatch) -> str:
        """Return the second in which a dispatch began; putting a time in words takes longer than all else here."""
        second = dispatch.started_us // 1_000_000
        if second != self._said[0]:
            self._said = second, wording.clock(dispatch.started_us)[:8]
        return self._said[1]

    def _collapsible(self, dispatch: Dispatch) -> Line | None:
        """Return the last line when the dispatch is to stand in it."""
        if self._last is None or not self._is_collapsing:
            return None
        if len(self._last.members) >= MOST_EQUAL:
            return None
        before = self._last.members[0].record
        children = self._window.children
        if (
            not isinstance(before, Dispatch)
            or "running" in (before.state, dispatch.state)
            or before.id in children
            or dispatch.id in children
            or rows.collapse_key(before) != rows.collapse_key(dispatch)
        ):
            return None
        return self._last
