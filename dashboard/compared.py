"""
What the page shows of a mark: the strip that says what is marked, and the panel of two runs side by side.

Looks and renders; changes nothing. The mark itself is kept in the URL's `before`.
"""

from __future__ import annotations

import dataclasses
import zlib

from django.utils.safestring import SafeString, mark_safe

from dashboard import wording
from dashboard.comparison import compare, one_side
from dashboard.feed import Feed, feed
from dashboard.marks import ORIGIN, Later, Run, find, later
from dashboard.rendering import render

OPEN = "comparison"
"""What the URL's `open` says while two runs stand side by side; `at` names the one after, empty for the newest."""


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A run that may stand after."""

    id: str
    text: str
    is_chosen: bool


def mark_html(before_id: str) -> SafeString:
    """Return the strip that says what is marked and whether it ran again; empty without a mark."""
    if not before_id:
        return SafeString()
    current = feed()
    with current.lock:
        before = find(current, before_id)
        runs = later(current, before) if before is not None else []
    newest = max((one.first.started_us for one in runs), default=None)
    return render(
        "_mark.html", before_id=before_id, before=before, runs=len(runs), newest_us=newest
    )


def mark_button(before_id: str, tree_id: str, origin_id: str | None) -> SafeString:
    """
    Return the buttons of an opened tree or request: mark it as before, or compare it with what is marked.

    `tree_id` is empty for a request. With a request that is marked, the request of a tree is compared.
    """
    own_id = tree_id or f"{ORIGIN}{origin_id}"
    after_id = own_id
    if before_id.startswith(ORIGIN) and origin_id is not None:
        after_id = f"{ORIGIN}{origin_id}"
    return render(
        "_mark_button.html",
        own_id=own_id,
        after_id=after_id,
        before_id=before_id,
        what="tree" if tree_id else "request",
    )


def comparison_html(before_id: str, after_id: str = "") -> SafeString:
    """Return what is marked beside a run after it, the newest of its kind where none is named."""
    current = feed()
    with current.lock:
        before = find(current, before_id) if before_id else None
        runs = later(current, before) if before is not None else []
        wanted = after_id or (runs[0].id if runs else "")
        after = find(current, wanted) if wanted else None
        began_us = _began_between(current, before, after)
    if before is None:
        return render("_compared_nothing.html", before_id=before_id)
    body = render(
        "_compared.html",
        before=before,
        after=after,
        after_id=after_id,
        choices=_choices(runs, after_id, after),
        comparison=compare(before.dispatches, after.dispatches) if after is not None else None,
        before_lines=one_side(before.dispatches) if after is None else (),
        began_us=began_us,
    )
    # What asks every second is answered only when this is another.
    seen = f"{zlib.crc32(body.encode()):08x}"
    poll = render("_compared_poll.html", before_id=before_id, after_id=after_id, seen=seen)
    return mark_safe(body + poll)  # noqa: S308


def _choices(runs: list[Later], after_id: str, after: Run | None) -> list[Choice]:
    if not runs and after is None:
        return []
    newest = f"newest · {wording.clock(runs[0].first.started_us)}" if runs else "newest"
    choices = [Choice("", newest, not after_id)]
    by_time = sorted(runs, key=lambda one: one.first.started_us, reverse=True)
    choices += [
        Choice(one.id, _words(one.first.started_us, one.first.origin), one.id == after_id)
        for one in by_time
    ]
    if after is not None and after_id and after_id not in {one.id for one in runs}:
        words = _words(after.first.started_us, after.first.origin)
        choices.append(Choice(after_id, words, is_chosen=True))
    return choices


def _words(started_us: int, origin: str | None) -> str:
    return " · ".join(filter(None, [wording.clock(started_us), wording.visible(origin or "")]))


def _began_between(current: Feed, before: Run | None, after: Run | None) -> int | None:
    """Return when a server's process last began between two runs, in microseconds; None if none did."""
    if before is None or after is None:
        return None
    begin_us, end_us = before.first.started_us, after.first.started_us
    starts = [
        marker.at_us
        for marker in current.window.markers()
        if marker.kind == "started" and begin_us < marker.at_us < end_us
    ]
    return max(starts, default=None)
