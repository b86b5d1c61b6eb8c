"""
What the page shows of a mark: the strip that says what is marked, and the panel of two runs side by side.

Looks and renders; changes nothing. The mark itself is kept in the URL's `before`.
"""

from __future__ import annotations

import dataclasses
import zlib

from django.utils.safestring import SafeString

from dashboard import wording
from dashboard.comparison import compare, one_side
from dashboard.marks import ORIGIN, Later, Run, find, later
from dashboard.rendering import render
from dashboard.shown import Shown
from tracer.dispatches import Dispatch, encode

OPEN = "comparison"
"""What the URL's `open` says while two runs stand side by side; `at` names the one after, empty for the newest."""


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A run that may stand after."""

    id: str
    text: str
    is_chosen: bool
    title: str = ""
    """When it began, with the day."""


def mark_html(before_id: str, current: Shown) -> SafeString:
    """Return the strip that says what is marked and whether it ran again; empty without a mark."""
    if not before_id:
        return SafeString()
    before = find(current, before_id)
    runs = later(current, before) if before is not None else []
    newest = max((one.first.started_us for one in runs), default=None)
    return render(
        "_mark.html",
        before_id=before_id,
        before=before,
        runs=len(runs),
        newest_us=newest,
        is_live=current.recorded is None,
    )


def mark_button(
    before_id: str, tree_id: str, origin_id: str | None, *, is_live: bool
) -> SafeString:
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
        is_live=is_live,
    )


def comparison_html(
    before_id: str, after_id: str, current: Shown, seen: str = ""
) -> SafeString | None:
    """
    Return what is marked beside a run after it, the newest of its kind where none is named.

    The live page asks again every second, and says by `seen` what it has; None: that is still so.
    """
    before = find(current, before_id) if before_id else None
    if before is None:
        is_live = current.recorded is None
        return render("_compared_nothing.html", before_id=before_id, is_live=is_live)
    runs = later(current, before)
    wanted = after_id or (runs[0].id if runs else "")
    after = find(current, wanted) if wanted else None
    choices = _choices(runs, after_id, after)
    now = _checksum(before, after, choices)
    if now == seen:
        return None
    return render(
        "_compared.html",
        before=before,
        after=after,
        after_id=after_id,
        choices=choices,
        comparison=compare(before.dispatches, after.dispatches) if after is not None else None,
        before_lines=one_side(before.dispatches) if after is None else (),
        began_us=_began_between(before, after, current),
        seen=now,
        is_live=current.recorded is None,
    )


def _checksum(before: Run, after: Run | None, choices: list[Choice]) -> str:
    """Return a number for all that is shown, another one when any of it changes."""
    sum_ = zlib.crc32(repr(choices).encode())
    for run in (before, after):
        for one in run.dispatches if run is not None else ():
            sum_ = zlib.crc32(encode(one), sum_)
    return f"{sum_:08x}"


def _choices(runs: list[Later], after_id: str, after: Run | None) -> list[Choice]:
    if not runs and after is None:
        return []
    newest = f"newest · {wording.clock(runs[0].first.started_us)}" if runs else "newest"
    firsts = {one.id: one.first for one in runs}
    if after is not None:
        firsts.setdefault(after.id, after.first)
    by_time = sorted(firsts.items(), key=lambda item: item[1].started_us, reverse=True)
    named = [
        Choice(id_, _words(first), id_ == after_id, wording.full_time(first.started_us))
        for id_, first in by_time
    ]
    return [Choice("", newest, not after_id), *named]


def _words(first: Dispatch) -> str:
    return " · ".join(
        filter(None, [wording.clock(first.started_us), wording.visible(first.origin or "")])
    )


def _began_between(before: Run, after: Run | None, current: Shown) -> int | None:
    """Return when a server's process last began between two runs, in microseconds; None if none did."""
    if after is None:
        return None
    begin_us, end_us = before.first.started_us, after.first.started_us
    with current.lock:
        markers = current.window.markers()
    starts = [
        marker.at_us
        for marker in markers
        if marker.kind == "started" and begin_us < marker.at_us < end_us
    ]
    return max(starts, default=None)
