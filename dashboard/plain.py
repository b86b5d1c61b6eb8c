"""The page for a browser without JavaScript: one table, a filter, links. Reads only."""

from __future__ import annotations

import dataclasses
import re
from html import escape, unescape
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from dashboard.fragments import error_parts
from dashboard.guard import guarded
from dashboard.listed import Listing, listing
from dashboard.opened import opened_html, slow_ns
from dashboard.rendering import render_page
from dashboard.rows import RowView, marker_text, row_view
from dashboard.shown import Shown, of_shown
from dashboard.state import State, cursor_of
from tracer.dispatches import Dispatch, Record
from tracer.filters import with_term
from tracer.keeper import keeper

_BUTTON = re.compile(r"<button\b([^>]*)>(.*?)</button>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


@dataclasses.dataclass(frozen=True, slots=True)
class PlainRow:
    """A row: of a dispatch, or what a marker says."""

    view: RowView | None
    marker: str
    link: str
    """Where it is opened; empty for a marker."""
    is_open: bool = False


@guarded
@require_safe
@of_shown
def plain(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer a page of what is kept, the newest first, with what is open above it."""
    current.catch_up()
    query = request.GET
    state = State.read(dict(query.lists()))
    here = f"{current.page}plain/"
    below, above = cursor_of(query.get("below", "")), cursor_of(query.get("above", ""))
    found = listing(current, state.filter, below, above) if state.filter else Listing()
    place = {"below": below, "above": above}
    opened = opened_html(state.open_id, state.at, current) if state.open_id else ""
    context = {
        "state": state,
        "error": error_parts(state),
        "rows": [_row(one, state, here, place) for one in found.records],
        "newer": _link(here, state, above=found.newer) if found.newer is not None else "",
        "older": _link(here, state, below=found.older) if found.older is not None else "",
        "newest": _link(here, state) if found.newer is not None else "",
        "back_to_us": found.back_to_us,
        "detail": with_links(opened, state, here, place),
        "closing": _link(here, state, **place),
        "here": here,
        "page": current.page,
        "problem": current.problem or (None if current.recorded else keeper.notice),
        "recorded": current.recorded,
    }
    return HttpResponse(render_page(request, "plain.html", **context))


def with_links(html: str, state: State, here: str, place: dict[str, int | None]) -> SafeString:
    """Return a fragment of ours with its buttons as links that do the same, without those that no link can be."""

    def link_of(found: re.Match[str]) -> str:
        given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
        href = _href_of(given, state, here, place)
        if not href:
            return ""
        kept = {"class": given.get("class", ""), "title": given.get("title", ""), "href": href}
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items() if value)
        return f"<a{attributes}>{found[2]}</a>"

    return mark_safe(_BUTTON.sub(link_of, html))  # noqa: S308  # rendered by our templates, and escaped above


def _href_of(given: dict[str, str], state: State, here: str, place: dict[str, int | None]) -> str:
    action = given.get("data-action", "")
    if action in ("panel", "open"):
        opened = given.get("data-open") or given.get("data-id", "")
        return _link(here, state, open=opened, **place) + "#sb-detail"
    if action == "source":
        at = given.get("data-at", "")
        return _link(here, state, open=state.open_id, at=at, **place) + "#sb-detail"
    if not action and "data-value" in given:
        try:
            text = with_term(state.text, given.get("data-field") or None, given["data-value"])
        except ValueError:
            return ""
        return _link(here, state.with_text(text))
    return ""


def _row(record: Record, state: State, here: str, place: dict[str, int | None]) -> PlainRow:
    if not isinstance(record, Dispatch):
        return PlainRow(None, marker_text(record), "")
    link = _link(here, state, open=record.id, **place) + "#sb-detail"
    return PlainRow(row_view([record], slow_ns()), "", link, state.open_id == record.id)


def _link(here: str, state: State, **more: str | int | None) -> str:
    pairs = {"filter": state.text, **more}
    query = urlencode(
        {name: value for name, value in pairs.items() if value not in ("", None)}, errors="replace"
    )
    return f"{here}?{query}" if query else here
