"""What one open page is to be sent next. Owns its cursor, its filter and its counts; knows nothing of sockets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from django.utils.safestring import SafeString, mark_safe

from dashboard import wording
from dashboard.drawing import Line, Lost
from dashboard.feed import TICK_S
from dashboard.lines import Lines
from dashboard.older import Earlier
from dashboard.rendering import render
from dashboard.shown import Shown
from dashboard.window import Row
from tracer import conf
from tracer.dispatches import Dispatch
from tracer.filters import Filter

PUSH_ROWS = 100
PAGE_ROWS = 200
_REPLAYED = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Push:
    """One message to a page: partials, and the cursor the page has reached when it has swapped them in."""

    content: str
    cursor: int
    epoch: str
    added: int
    """Dispatches among the rows that this push brings, or that it counts as new where the rows are frozen."""
    errors: int
    """How many of these failed, and of those that were running when the page was sent them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Backlog:
    """The rows a page begins with."""

    rows: SafeString
    cursor: int
    epoch: str
    count: int
    """Dispatches and markers for which these rows stand."""
    is_only_markers: bool
    """There is a filter, and nothing matches it: rows that would hide the words that say so."""
    earlier: Earlier | None
    """What stands before them in the window, or in the store, where nobody has looked yet; None where nothing does."""


@dataclasses.dataclass(slots=True)
class _Found:
    """The rows that came, by what the page knows of them."""

    shown: list[Row] = dataclasses.field(default_factory=list)
    """It has them, and this viewer knows in which line."""
    again: list[Row] = dataclasses.field(default_factory=list)
    """It was told of them, by whomever and however."""
    added: list[Row] = dataclasses.field(default_factory=list)


class FeedViewer:
    """One viewer; its methods run in one thread at a time and hold the feed's lock while they look."""

    pace_s = TICK_S
    """Seconds between two pushes, at the least."""
    idle_s: float | None = None
    """Seconds after which it is to be asked for a push although nothing came; None: never."""

    def __init__(
        self,
        feed: Shown,
        filter_: Filter,
        *,
        is_tree: bool,
        process: str = "",
        is_collapsing: bool = True,
    ) -> None:
        self._feed = feed
        self._process = process
        """Whose registry is shown; empty for all."""
        self._filter = filter_
        self._is_tree = is_tree
        self._is_collapsing = is_collapsing
        self._lines = self._new_lines()
        self._window = feed.window
        self._epoch = feed.epoch
        self._cursor = 0
        self._counted_to = 0
        self._waiting = 0
        self._added = self._errors = 0
        self._running: set[str] = set()
        """Dispatches that the page was sent while they ran, by id."""
        self._panels: dict[str, str] = {}
        self._is_frozen = False

    def backlog(self, until: int | None = None) -> Backlog:
        """Return the rows to begin with, up to a cursor or up to now."""
        with self._feed.lock:
            window = self._feed.window
            rows, has_earlier = self._lines.last_matching(PAGE_ROWS, until)
            lines, _ = self._lines.take(rows)
            self._cursor = window.cursor if until is None else until
            html = mark_safe("".join(self._lines.render(line) for line in lines))  # noqa: S308
            earlier = Earlier() if has_earlier else None
            if window.trimmed_to and not has_earlier:
                earlier = Earlier(min(window.trimmed_to, self._cursor) + 1)
            return Backlog(
                html,
                self._cursor,
                self._feed.epoch,
                len(rows),
                bool(self._filter.terms) and not any(isinstance(r.record, Dispatch) for r in rows),
                earlier,
            )

    def resume(self, cursor: int, epoch: str, *, is_frozen: bool) -> None:
        """Go on after the cursor that the page has reached."""
        with self._feed.lock:
            self._is_frozen = is_frozen
            self._epoch, self._cursor, self._counted_to = epoch, cursor, cursor
            self._waiting = 0
            self._replay()

    def know(self, panels: Mapping[str, str]) -> None:
        """Send these parts around the rows only when they have changed, by name and HTML; the page has them."""
        self._panels = dict(panels)

    def freeze(self, *, is_frozen: bool) -> None:
        """Send no more rows and count them instead, or send them again."""
        with self._feed.lock:
            if is_frozen and not self._is_frozen:
                self._counted_to, self._waiting = self._cursor, 0
            self._is_frozen = is_frozen

    def next_push(self) -> Push | None:
        """Return what is new for this page, or None when nothing is."""
        with self._feed.lock:
            parts = self._panel_parts()
            self._added = self._errors = 0
            if self._is_frozen:
                parts += self._count_part()
                cursor = self._cursor
            else:
                parts += self._row_parts()
                cursor = self._cursor = self._feed.window.cursor
                self._epoch = self._feed.epoch
            if not parts:
                return None
            return Push("".join(parts), cursor, self._epoch, self._added, self._errors)

    def _row_parts(self) -> list[str]:
        window = self._feed.window
        if self._epoch != self._feed.epoch or self._cursor > window.cursor:
            self._lines, self._window = self._new_lines(), window
            self._running.clear()
            self._counted_to = window.cursor
            backlog = self.backlog()
            if backlog.is_only_markers:
                self._lines = self._new_lines()
            return [partial("#sb-rows", "innerHTML", self._first_rows(backlog))]
        if self._window is not window:
            self._replay()
        lines, found = self._lines, _Found()
        for row in window.after(self._cursor):
            if lines.is_shown(row):
                found.shown.append(row)
            elif row.first <= self._cursor and lines.was_matching(row):
                found.again.append(row)
            elif lines.matches(row):
                found.added.append(row)
        self._count(found.added, [*found.shown, *found.again])
        new: list[Line] = self._lost_lines()
        changed = lines.take(found.shown)[1]
        new += lines.skip(found.added[:-PUSH_ROWS])
        last, changed_by_last = lines.take(found.added[-PUSH_ROWS:])
        changed = list(dict.fromkeys([*changed, *changed_by_last]))
        parts = self._drawn([*new, *last], [line for line in changed if line not in new])
        return parts + self._drawn_again(found.again)

    def _lost_lines(self) -> list[Line]:
        """Return a line for the dispatches that came since the last push and have left the window again, if any."""
        window = self._feed.window
        since = window.passed.since(self._cursor)
        if since is None:
            # A window that another process filled, or this one long ago: nearly each cursor is a dispatch.
            lost = Lost(window.trimmed_to - self._cursor, is_exact=False)
        else:
            came, dropped = since.came, since.dropped
            for row in window.after(self._cursor):
                if isinstance(row.record, Dispatch):
                    came -= row.first > self._cursor
                elif row.record.kind == "dropped":
                    dropped -= row.record.count
            lost = Lost(came, dropped, is_exact=not since.unread)
        return [self._lines.lose(lost)] if lost.number > 0 or lost.dropped > 0 else []

    def _drawn_again(self, again: list[Row]) -> list[str]:
        """
        Return the parts that draw rows anew of which only the page knows whether it has them, and how.

        As one of equal neighbours they stay as they were: a row for one of them would hide the others.
        """
        lines = map(self._lines.alone, again[-_REPLAYED:])
        return [
            partial(f"#{line.key}:not([data-until])", "outerMorph", self._lines.render(line))
            for line in lines
        ]

    def _count(self, added: list[Row], shown: list[Row]) -> None:
        """Note how many dispatches come for the first time, and how many are known since now to have failed."""
        new = [row.record for row in added if isinstance(row.record, Dispatch)]
        again = [row.record for row in shown if row.record.id in self._running]
        both = [one for one in (*new, *again) if isinstance(one, Dispatch)]
        self._added, self._errors = len(new), sum(one.state == "error" for one in both)
        self._running -= {one.id for one in again}
        self._running |= {one.id for one in both if one.state == "running"}

    def _drawn(self, lines: list[Line], changed: list[Line]) -> list[str]:
        """Return the parts that put lines in at the end, and those that draw lines anew that the page has."""
        render_line = self._lines.render
        parts: list[str] = [
            partial(f"#{line.key}", "outerMorph", render_line(line)) for line in changed
        ]
        if lines:
            html = "".join(render_line(line) for line in lines)
            parts.append(partial("#sb-rows", "beforeend", html))
        return parts

    def _first_rows(self, backlog: Backlog) -> str:
        """Return the rows of a page that begins anew, with the way to those that the store has before them."""
        rows = "" if backlog.is_only_markers else backlog.rows
        if backlog.earlier is None:
            return rows
        return render("_earlier.html", earlier=backlog.earlier) + rows

    def _count_part(self) -> list[str]:
        window = self._feed.window
        if self._epoch != self._feed.epoch:
            self._epoch, self._counted_to, self._waiting = self._feed.epoch, 0, 0
        before = self._waiting
        for row in window.after(self._counted_to):
            is_new = row.first > self._counted_to and isinstance(row.record, Dispatch)
            if is_new and self._lines.matches(row):
                self._waiting += 1
        self._counted_to = window.cursor
        if self._waiting == before:
            return []
        self._added = self._waiting - before
        return [partial("#sb-new", "innerHTML", f"{wording.count(self._waiting)} new")]

    def _panel_parts(self) -> list[str]:
        parts: list[str] = []
        for name, html in self._feed.panels_of(self._process).items():
            if name == "rate" and self._is_frozen:
                # It stands with the rows.
                continue
            if self._panels.get(name) != html:
                self._panels[name] = html
                parts.append(partial(f"#sb-{name}", "innerMorph", html))
        return parts

    def _replay(self) -> None:
        """
        Bring the lines to where the page stands, by showing once more what it has been shown.

        How it was pushed, in which pieces, nobody knows any more, so no row is added to one that the page has.
        """
        self._lines, self._window = self._new_lines(), self._feed.window
        if self._epoch == self._feed.epoch:
            rows, _ = self._lines.last_matching(_REPLAYED, self._cursor)
            self._lines.take(rows)
            self._lines.forget_rows()

    def _new_lines(self) -> Lines:
        slow_ns = int(conf.current().SLOW_MS * 1_000_000)
        return Lines(
            self._feed.window,
            self._filter,
            is_tree=self._is_tree,
            slow_ns=slow_ns,
            is_collapsing=self._is_collapsing,
        )


def partial(target: str, swap: str, html: str) -> SafeString:
    """Return HTML that htmx is to swap in somewhere; it must be safe."""
    return render("_partial.html", target=target, swap=swap, html=mark_safe(html))  # noqa: S308
