"""The rows before those that a page has, and the line that says how far they go. Looks in window and store."""

from __future__ import annotations

import dataclasses

from django.utils.safestring import SafeString, mark_safe

from dashboard import older
from dashboard.lines import Lines
from dashboard.older import Earlier
from dashboard.opened import slow_ns
from dashboard.shown import Shown
from dashboard.viewer import PAGE_ROWS, Backlog
from dashboard.window import Row, Window
from tracer import stores
from tracer.dispatches import Dispatch
from tracer.exceptions import StoreError
from tracer.filters import Filter


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """Rows, and what stands before them."""

    rows: SafeString
    earlier: Earlier | None
    """None: they are all, and nothing needs to be said."""

    @property
    def has_any(self) -> bool:
        """Return whether there is anything to show, or to ask for."""
        return bool(self.rows) or (self.earlier is not None and not self.earlier.is_end)


def beginning(current: Shown, filter_: Filter, backlog: Backlog, *, is_tree: bool) -> Page:
    """Return the rows a page begins with: of the window, and where these are few, older ones of the store."""
    below = None if backlog.earlier is None else backlog.earlier.below
    if below is None:
        rows = SafeString() if backlog.is_only_markers else backlog.rows
        return Page(rows, backlog.earlier)
    found = _search(current, filter_, below, PAGE_ROWS - backlog.count)
    end = _end_of(found, PAGE_ROWS - backlog.count, filter_)
    has_match = any(isinstance(one, Dispatch) for one in found.records)
    if end.is_end and backlog.is_only_markers and not has_match:
        # Markers alone would hide the words that say that nothing matches.
        return Page(SafeString(), end)
    return Page(_drawn(found, filter_, is_tree=is_tree) + backlog.rows, end)


def before(
    current: Shown,
    filter_: Filter,
    first: str,
    below: int | None,
    *,
    is_tree: bool,
    is_collapsing: bool = True,
) -> Page:
    """Return a page of rows before a record, of the store where the window has no more; `below` as `Earlier` has it."""
    with current.lock:
        window = current.window
        lines = Lines(
            window, filter_, is_tree=is_tree, slow_ns=slow_ns(), is_collapsing=is_collapsing
        )
        rows, has_more = lines.before(first, PAGE_ROWS) if below is None else ([], False)
        html = _lines_html(lines, rows)
        is_here, trimmed_to = first in window.rows, window.trimmed_to
    if below is None and not is_here:
        below = _cursor_of(current, first)
    elif below is None and trimmed_to:
        below = trimmed_to + 1
    if has_more or below is None:
        return Page(html, Earlier() if has_more else None)
    limit = PAGE_ROWS - len(rows)
    found = _search(current, filter_, below, limit)
    older_html = _drawn(found, filter_, is_tree=is_tree)
    return Page(older_html + html, _end_of(found, limit, filter_))


def _search(current: Shown, filter_: Filter, below: int, limit: int) -> older.Found:
    # Of a dictionary that others fill: whether something is in it can be asked at any time.
    return older.search(filter_, below, limit, current.window.rows.keys())


def _cursor_of(current: Shown, record_id: str) -> int | None:
    if current.recorded is not None:
        return None
    try:
        found = stores.shared().find(record_id)
    except StoreError:
        return None
    return None if found is None else found[0]


def _drawn(found: older.Found, filter_: Filter, *, is_tree: bool) -> SafeString:
    """Return older rows in the order of the feed: each by itself, and their origins without figures."""
    window = Window(max(len(found.records), 1))
    window.add(list(enumerate(reversed(found.records), 1)))
    # What matches is a part of a request only, and its sums are not the request's.
    window.origins.clear()
    lines = Lines(window, filter_, is_tree=is_tree, slow_ns=slow_ns(), is_collapsing=False)
    return _lines_html(lines, list(window.rows.values()))


def _lines_html(lines: Lines, rows: list[Row]) -> SafeString:
    new, _ = lines.take(rows)
    return mark_safe("".join(lines.render(line) for line in new))  # noqa: S308


def _end_of(found: older.Found, limit: int, filter_: Filter) -> Earlier:
    is_filtered = bool(filter_.terms)
    is_full = len(found.records) >= limit and found.below is not None
    back_to_us = None if is_full else found.back_to_us
    return Earlier(found.below, back_to_us, found.below is None, is_filtered)
