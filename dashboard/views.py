"""The pages and their fragments. Reads only: no GET changes anything; controls.py has what does."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from dashboard import compared, earlier, panels, recorded, wording
from dashboard.completion import seen_values
from dashboard.feed import CAPACITY, feed
from dashboard.fragments import bar_html, error_parts, feed_html
from dashboard.guard import guarded
from dashboard.lines import Lines
from dashboard.maps.state import MapState
from dashboard.maps.viewer import map_html
from dashboard.opened import opened_html, slow_ns
from dashboard.polled import is_polled
from dashboard.rendering import render, render_page
from dashboard.serving import advice
from dashboard.shown import Shown, of_shown
from dashboard.state import State, cursor_of
from tracer import conf, recordings, stores
from tracer.exceptions import FilterError
from tracer.filters import FIELDS, FLAGS, Filter, with_range, with_term, without_term
from tracer.filters import complete as completions

MAX_OPENED = 500
"""Rows that one click on a gap or a ×N opens."""


@guarded
@require_safe
@of_shown
def page(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer the page, or to htmx the part of it that a filter changes."""
    state = State.read(dict(request.GET.lists()))
    if _is_of_htmx(request):
        return _feed_fragment(request, state, current)
    current.catch_up()
    current.registered.look()
    return _whole_page(
        request,
        "page.html",
        current,
        _panels(current, process=state.process),
        state=state,
        feed=feed_html(state, current, is_polled=is_polled(request)),
        bar=bar_html(state, current),
        detail=_opened(state, current) if state.open_id else "",
        mark=compared.mark_html(state.before, current),
        process=panels.process_label(),
        most_bytes=recordings.MOST_BYTES,
        most_records=recordings.MOST_RECORDS,
    )


@guarded
@require_safe
@of_shown
def rows(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer the rows from one to another, with `each` those of a ×N by themselves, or those before one."""
    state = State.read(dict(request.GET.lists()))
    current.catch_up()
    before = request.GET.get("before")
    if before is not None:
        below = cursor_of(request.GET.get("below", ""))
        page = earlier.before(
            current,
            state.filter or Filter(),
            before,
            below,
            is_tree=state.is_tree,
            is_collapsing=not is_polled(request),
        )
        if page.rows or page.earlier is not None:
            return HttpResponse(render("_before.html", page=page))
        return HttpResponse(render("_rows.html", rows="", has_more=False))
    is_each = "each" in request.GET
    with current.lock:
        lines = Lines(
            current.window,
            state.filter or Filter(),
            # Those of a ×N stand under their header already.
            is_tree=state.is_tree and not is_each,
            slow_ns=slow_ns(),
            is_collapsing=not is_each and not is_polled(request),
        )
        first, last = request.GET.get("first", ""), request.GET.get("last", "")
        found, has_more = lines.between(first, last, MAX_OPENED)
        new, _ = lines.take(found)
        html = mark_safe("".join(lines.render(line) for line in new))  # noqa: S308
    return HttpResponse(render("_rows.html", rows=html, has_more=has_more))


@guarded
@require_safe
@of_shown
def complete(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer what could be written at the cursor of the filter."""
    text = " ".join(request.GET.getlist("filter")[-1:])[:2_000]
    cursor = request.GET.get("cursor", "")
    at = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 6 else len(text)
    current.catch_up()
    with current.lock:
        seen = seen_values(current.window)
    return HttpResponse(render("_complete.html", completions=completions(text, at, seen)))


@guarded
@require_safe
@of_shown
def opened(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer what `open` names: a dispatch, a receiver, a signal, the findings; kindly, when it is not known."""
    current.catch_up()
    state = State.read(dict(request.GET.lists()))
    if state.open_id == compared.OPEN:
        seen = request.GET.get("seen", "")
        html = compared.comparison_html(state.before, state.at, current, seen)
        return HttpResponse(status=204) if html is None else HttpResponse(html)
    return HttpResponse(_opened(state, current))


@guarded
@require_safe
@of_shown
def mark(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer the strip that says what is marked as before, and whether it ran again."""
    current.catch_up()
    return HttpResponse(compared.mark_html(State.read(dict(request.GET.lists())).before, current))


@guarded
@require_safe
@of_shown
def map_page(request: HttpRequest, current: Shown) -> HttpResponse:
    """Answer the map, or to htmx the part of it that its address changes."""
    state = MapState.read(dict(request.GET.lists()))
    is_part = _is_of_htmx(request)
    current.catch_up()
    current.registered.look()
    with current.lock:
        html = map_html(current, state, is_anew=not is_part, is_polled=is_polled(request))
    if is_part:
        return HttpResponse(html, headers={"HX-Push-Url": f"{request.path}{state.query}"})
    return _whole_page(request, "map.html", current, _panels(current, is_map=True), map=html)


@guarded
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Answer the help: the filter language, keys, colours, limits."""
    return HttpResponse(
        render_page(
            request,
            "help.html",
            fields=FIELDS,
            flags=FLAGS,
            conf=conf.current(),
            # In a Redis the oldest go, whatever they are.
            has_sizes=not conf.current().STORE.startswith("redis"),
            window=CAPACITY,
            process=panels.process_label(),
        )
    )


@guarded
@require_safe
def socket_only(request: HttpRequest) -> HttpResponse:
    """Say that the feed's path is a socket's; a request gets here when `asgi.py` is not wrapped."""
    return HttpResponse(
        "This path is for the page's socket. See dashboard.asgi.signalbox.\n",
        content_type="text/plain; charset=utf-8",
        status=426,
        headers={"Upgrade": "websocket", "Connection": "Upgrade"},
    )


def _is_of_htmx(request: HttpRequest) -> bool:
    """Tell whether a part of the page is asked for, and not all of it again because htmx has lost it."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def _whole_page(
    request: HttpRequest, template: str, current: Shown, drawn: dict[str, str], **context: Any
) -> HttpResponse:
    """Answer the feed's page or the map's, with the panels beside it."""
    return HttpResponse(
        render_page(
            request,
            template,
            panels={name: mark_safe(html) for name, html in drawn.items()},  # noqa: S308
            here=current.page,
            recorded=current.recorded,
            advice=advice(request) if current.recorded is None else (),
            is_lasting=stores.shared().name != "memory",
            **context,
        )
    )


def _opened(state: State, current: Shown) -> str:
    return opened_html(state.open_id, state.at, current, state.before)


def _panels(current: Shown, *, is_map: bool = False, process: str = "") -> dict[str, str]:
    if current.recorded is None:
        chosen = panels.draw_chosen(feed(), process) if process else {}
        return panels.draw_all(feed()) | chosen
    with current.lock:
        draw = recorded.draw_around_map if is_map else recorded.draw_all
        return draw(current.recorded)


def _feed_fragment(request: HttpRequest, state: State, current: Shown) -> HttpResponse:
    """Answer the feed under another filter: as typed, with a term more or less, or as the URL says."""
    query = request.GET
    is_draft = "draft" in query
    if "value" in query:
        field = query.get("field") or None
        text = _changed(state.text, field, query["value"], exclude="exclude" in query)
        state = state.with_text(text)
    elif "from" in query or "until" in query:
        state = _in_range(state, query.get("from", ""), query.get("until", ""))
    elif "without" in query and query["without"].isdecimal():
        try:
            state = state.with_text(without_term(state.text, int(query["without"])))
        except (FilterError, IndexError, ValueError):
            state = state.with_text("")
    here = State.read(parse_qs(urlsplit(request.headers.get("HX-Current-URL", "")).query))
    if "open" not in query:
        # The filter's form knows nothing of what is open below it.
        state = dataclasses.replace(state, open_id=here.open_id, at=here.at, before=here.before)
    if "process" not in query:
        state = dataclasses.replace(state, process=here.process)
    if state.error is not None:
        error = render("_filter_error.html", error=error_parts(state))
        return HttpResponse(
            render("_partial.html", target="#sb-filter-error", swap="innerHTML", html=error)
        )
    parts = [feed_html(state, current, is_polled=is_polled(request))]
    if state.process != here.process and current.recorded is None:
        parts += _registry_parts(state)
    if is_draft:
        parts.append(render("_partial.html", target="#sb-filter-error", swap="innerHTML", html=""))
    else:
        bar = bar_html(state, current)
        parts.append(render("_partial.html", target="#sb-bar", swap="innerHTML", html=bar))
    response = HttpResponse("".join(parts))
    if not is_draft and here != state:
        response["HX-Push-Url"] = f"{request.path}{state.query}"
    return response


def _registry_parts(state: State) -> list[SafeString]:
    """Return the registry of another process, or of all."""
    current = feed()
    current.registered.look()
    drawn = panels.draw_chosen(current, state.process)
    parts = {name: mark_safe(part) for name, part in drawn.items()}  # noqa: S308
    return [
        render("_partial.html", target=f"#sb-{name}", swap="innerMorph", html=html)
        for name, html in parts.items()
    ]


def _in_range(state: State, from_ms: str, until_ms: str) -> State:
    """Return the state filtered to a range of the timeline, or without one where both ends are empty."""
    after, before = (wording.range_end(end) for end in (from_ms, until_ms))
    try:
        return state.with_text(with_range(state.text, after, before))
    except FilterError:
        return state


def _changed(text: str, field: str | None, value: str, *, exclude: bool) -> str:
    try:
        return with_term(text, field, value, exclude=exclude)
    except ValueError:
        return text
