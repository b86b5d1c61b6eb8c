"""
What stands below the feed: a dispatch, a receiver, a signal or the findings, as the URL's `open` names it.

Looks and renders; changes nothing.
"""

from __future__ import annotations

import copy
import time

from django.utils.safestring import SafeString

from dashboard import cards, compared
from dashboard.detail import detail_view
from dashboard.durations import durations
from dashboard.endings import has_ended
from dashboard.enqueued import ORIGIN, enqueued, enqueued_by
from dashboard.older import window_with
from dashboard.places import source_in
from dashboard.queries import executed
from dashboard.rendering import render
from dashboard.shown import Shown
from dashboard.trees import tree_view
from dashboard.why import why
from tracer import conf, control, diagnosis
from tracer.diagnosis import Explanation
from tracer.dispatches import Dispatch

ZOOM = "zoom:"
"""How the URL's `at` begins when the tree is shown from one of its dispatches on, whose id follows."""
EXPLAINED_S = 5.0
"""Seconds for which what was worked out of a running dispatch is shown again, at the least."""
_SHARE = 20
"""Working it out searches all objects of the process; it may take one part in so many of the time."""
MOST_EXPLAINED = 20
"""Running dispatches of which it is kept."""

NOT_EXPLAINED = Explanation(called=(), uncalled=(), notes=())
"""Of a recording: who was not called is known by what was connected where it was made."""

_explained: dict[str, tuple[float, Explanation]] = {}
"""By the dispatch's id: until when it is good, and what was worked out."""


def opened_html(open_id: str, at: str, current: Shown, before_id: str = "") -> SafeString:
    """Return what is open; for what is not known, that it is not, kindly. `before_id` names the run that is marked."""
    current.registered.look()
    kind, _, name = open_id.partition(":")
    if kind == "receiver" and name:
        signal, _, receiver = name.partition(" ")
        return receiver_html(signal, receiver, at, current)
    if kind == "signal" and name:
        return signal_html(name, current)
    if kind == "origin" and name:
        return origin_html(name, current, before_id)
    if open_id == compared.OPEN:
        return compared.comparison_html(before_id, at, current) or SafeString()
    if open_id == "findings":
        return render("_findings.html", findings=current.registered.findings)
    return dispatch_html(open_id, at, current, before_id)


def dispatch_html(dispatch_id: str, at: str, current: Shown, before_id: str = "") -> SafeString:
    """Return the detail of a dispatch, with the source at one of its places instead of the tree if that is asked."""
    is_live = current.recorded is None
    window = window_with(current, dispatch_id)
    with current.lock:
        dispatch = window.dispatch(dispatch_id)
        tree = window.tree_of(dispatch) if dispatch is not None else []
        zoomed = window.descendants(at[len(ZOOM) :]) if at.startswith(ZOOM) else []
        origin = window.of_origin(dispatch) if dispatch is not None else []
        tasks = enqueued(current.window, dispatch_id)
        # A call site of another dispatch of the same origin, for a receiver that ran in both.
        other = window.dispatch(at.partition(":")[2]) if ":" in at else dispatch
    if dispatch is None:
        return _unknown("dispatch", dispatch_id, current)
    by = enqueued_by(current, dispatch.enqueued_by)
    explanation = _explain(dispatch) if is_live else NOT_EXPLAINED
    repeats = diagnosis.repeats(dispatch, origin)
    if not is_live:
        # What is connected twice here says nothing of what was there.
        repeats = tuple(one for one in repeats if one.kind != "connected")
    source = None
    # A path that a file brought along is never opened: it may name anything.
    if other is not None and not zoomed and is_live:
        source = source_in(current.registered.signals, other, at.partition(":")[0])
    return render(
        "_detail.html",
        detail=detail_view(
            dispatch,
            zoomed or tree,
            slow_ns(),
            is_zoomed=bool(zoomed),
            now_us=_now_us() if is_live else None,
            enqueued_by=by,
            enqueued=tasks,
        ),
        why=why(dispatch, explanation, repeats),
        source=source,
        at=at,
        before_id=before_id,
        mark=compared.mark_button(before_id, tree[0].id, dispatch.origin_id, is_live=is_live),
        is_live=is_live,
    )


def origin_html(origin_id: str, current: Shown, before_id: str = "") -> SafeString:
    """Return a whole request, command run or test as one waterfall, its roots in order."""
    is_live = current.recorded is None
    window = window_with(current, f"{ORIGIN}{origin_id}")
    with current.lock:
        dispatches = window.in_origin(origin_id)
        origin = copy.copy(window.origins.get(origin_id))
        tasks = enqueued(current.window, f"{ORIGIN}{origin_id}")
    if not dispatches or origin is None:
        return _unknown("request", origin_id, current)
    by = enqueued_by(current, origin.enqueued_by)
    now_us = _now_us()
    return render(
        "_request.html",
        origin=origin,
        origin_id=origin_id,
        enqueued_by=by,
        enqueued=tasks,
        took_ns=(origin.ended_us - origin.started_us) * 1_000,
        tree=tree_view(dispatches, None, slow_ns(), now_us if is_live else None),
        is_over=not is_live or has_ended(dispatches, now_us),
        before_id=before_id,
        mark=compared.mark_button(before_id, "", origin_id, is_live=is_live),
        is_live=is_live,
    )


def receiver_html(signal: str, receiver: str, at: str, current: Shown) -> SafeString:
    """Return the panel of a receiver of a signal."""
    is_live = current.recorded is None
    with current.lock:
        count = copy.copy(current.window.counters.receivers.get((signal, receiver)))
        calls = current.window.calls_of(signal, receiver)
    at = at if is_live else ""
    card = cards.receiver_card(signal, receiver, at, current.registered, count, slow_ns())
    if card is None:
        return _unknown("receiver", receiver, current)
    return render(
        "_receiver.html",
        card=card,
        durations=durations(calls),
        executed=executed(call for _, call in calls),
        at=at,
        open=f"receiver:{signal} {receiver}",
        is_live=is_live,
    )


def signal_html(signal: str, current: Shown) -> SafeString:
    """Return the panel of a signal."""
    is_live = current.recorded is None
    muted = control.muted() if is_live else frozenset()
    with current.lock:
        card = cards.signal_card(signal, current.registered, current.window.counters, muted)
    if card is None:
        return _unknown("signal", signal, current)
    return render("_signal.html", card=card, open=f"signal:{signal}", is_live=is_live)


def slow_ns() -> int:
    """Return the nanoseconds from which a receiver call is slow."""
    return int(conf.current().SLOW_MS * 1_000_000)


def _unknown(what: str, name: str, current: Shown) -> SafeString:
    return render("_unknown.html", what=what, name=name, is_live=current.recorded is None)


def _explain(dispatch: Dispatch) -> Explanation:
    """Work out who was called and who was not; of one that runs, whose detail asks each second, not each time."""
    if dispatch.state != "running":
        _explained.pop(dispatch.id, None)
        return diagnosis.explain(dispatch)
    began = time.monotonic()
    until, explanation = _explained.get(dispatch.id, (began, None))
    if explanation is not None and began < until:
        return explanation
    explanation = diagnosis.explain(dispatch)
    now = time.monotonic()
    # Threads may do so at once: each step is one of the dictionary's own.
    _explained.pop(dispatch.id, None)
    _explained[dispatch.id] = now + max(EXPLAINED_S, _SHARE * (now - began)), explanation
    for oldest in list(_explained)[:-MOST_EXPLAINED]:
        _explained.pop(oldest, None)
    return explanation


def _now_us() -> int:
    return time.time_ns() // 1_000
