"""What a page without a socket is sent when it asks. Keeps nothing between two questions: each says where it stands."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.views.decorators.http import require_safe

from dashboard import wording
from dashboard.drawing import Line
from dashboard.feed import Feed, feed
from dashboard.guard import guarded
from dashboard.maps.state import MapState
from dashboard.maps.viewer import MapViewer
from dashboard.shown import Shown
from dashboard.state import State, cursor_of
from dashboard.viewer import FeedViewer, partial
from dashboard.window import Row
from tracer.filters import Filter

ASKS = "Signalbox-Polls"
"""The header of a page to which a server that may have sockets opened none."""
REACHED = "Signalbox-Reached"
"""The header of an answer that says, as JSON, where the page stands once it has swapped it in."""


def is_polled(request: HttpRequest) -> bool:
    """Return whether the page that asks has no socket: under WSGI, or where the page says so."""
    return not isinstance(request, ASGIRequest) or ASKS in request.headers


@guarded
@require_safe
def poll(request: HttpRequest) -> HttpResponse:
    """Answer what is new since the cursor and the epoch that the page has reached, as its socket would push it."""
    current = feed()
    current.look()
    asked = request.GET
    query = dict(asked.lists())
    cursor, epoch = cursor_of(asked.get("cursor", "")) or 0, asked.get("epoch", "")
    is_frozen = asked.get("frozen") == "1"
    state = State.read(query)
    with current.lock:
        panels = current.panels_of(state.process)
    known = _known(panels, asked.get("panels", ""))
    if "map" in query.get("page", ()):
        return _answer_map(current, MapState.read(query), cursor, epoch, known, is_frozen)
    viewer = PolledViewer(
        current, state.filter or Filter(), is_tree=state.is_tree, process=state.process
    )
    with current.lock:
        viewer.resume(cursor, epoch, is_frozen=is_frozen)
        viewer.know(known)
        push = viewer.next_push()
        # What is frozen stays where it is, and what went by without being shown was reached all the same.
        if not is_frozen:
            cursor, epoch = current.window.cursor, current.epoch
        panels = current.panels_of(state.process)
    if push is None:
        return _answer("", cursor, epoch, panels)
    return _answer(push.content, cursor, epoch, panels, push.added, push.errors)


class PolledViewer(FeedViewer):
    """
    A page that asks anew each time, and of which nothing is remembered but what it says.

    Equal neighbours stand each by itself: whether a row belongs to one that stands for several depends
    on what came when, and only the page knows. A row that comes again is put in at the end; the page,
    where it has the row, lets it take the place of that.
    """

    def __init__(self, shown: Shown, filter_: Filter, *, is_tree: bool, process: str = "") -> None:
        super().__init__(shown, filter_, is_tree=is_tree, process=process, is_collapsing=False)

    def _drawn(self, lines: list[Line], changed: list[Line]) -> list[str]:
        parts: list[str] = [
            partial(f"#{line.key}", "outerMorph", self._lines.render(line))
            for line in (*(one for one in changed if one.kind == "origin"), *self._unmatched())
        ]
        again = [line for line in changed if line.kind != "origin"]
        if lines or again:
            html = "".join(self._lines.render(line) for line in (*again, *lines))
            parts.append(partial("#sb-rows", "beforeend", html))
        return parts

    def _unmatched(self) -> list[Line]:
        """Return the rows that came again and match no more: the page may have them as they were."""

        def is_other(row: Row) -> bool:
            return row.first <= self._cursor and not self._lines.matches(row)

        came = self._feed.window.after(self._cursor)
        return [
            Line("dispatch", f"d-{wording.dom_id(row.record.id)}", [row])
            for row in came
            if is_other(row)
        ]


def _answer_map(
    current: Feed,
    state: MapState,
    cursor: int,
    shape: str,
    known: Mapping[str, str],
    is_frozen: bool,
) -> HttpResponse:
    viewer = MapViewer(current, state)
    with current.lock:
        viewer.resume(cursor, shape, is_frozen=is_frozen)
        viewer.know(known)
        push = viewer.next_push()
        panels = current.panels
        cursor = current.window.cursor
    if push is None:
        return _answer("", cursor, shape, panels)
    changes = json.dumps(push.changes)
    content = push.content + partial("#sb-map-changes", "innerHTML", escape(changes))
    return _answer(content, cursor, push.epoch, panels)


def _answer(
    content: str,
    cursor: int,
    epoch: str,
    panels: Mapping[str, str],
    added: int = 0,
    errors: int = 0,
) -> HttpResponse:
    sums = ".".join(f"{name}-{_sum(html)}" for name, html in panels.items())
    reached = {"cursor": cursor, "epoch": epoch, "panels": sums, "added": added, "errors": errors}
    return HttpResponse(content, headers={REACHED: json.dumps(reached)})


def _known(panels: Mapping[str, str], sums: str) -> dict[str, str]:
    """Return the parts around the rows of which the page has what is drawn now."""
    known = sums.split(".")
    return {name: html for name, html in panels.items() if f"{name}-{_sum(html)}" in known}


def _sum(html: str) -> str:
    return f"{zlib.crc32(html.encode()):08x}"
