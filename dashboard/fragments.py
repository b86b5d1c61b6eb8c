"""The page's fragments: feed and filter bar. The same ones serve first page, filter and click. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString

from dashboard import wording
from dashboard.earlier import beginning
from dashboard.feed import Feed
from dashboard.panels import draw_idle
from dashboard.polled import PolledViewer
from dashboard.rendering import render
from dashboard.shown import Shown
from dashboard.state import State
from dashboard.viewer import FeedViewer
from tracer import diagnosis
from tracer.filters import Filter, Term
from tracer.filters.amounts import moment_us


def feed_html(state: State, current: Shown, *, is_polled: bool) -> SafeString:
    """Return the feed with the rows it begins with, and the address of its socket, or that which it polls."""
    current.catch_up()
    filter_ = state.filter or Filter()
    viewer_of = PolledViewer if is_polled and current.recorded is None else FeedViewer
    backlog = viewer_of(current, filter_, is_tree=state.is_tree).backlog(state.freeze)
    first = beginning(current, filter_, backlog, is_tree=state.is_tree)
    return render(
        "_feed.html",
        state=state,
        backlog=backlog,
        first=first,
        idle=draw_idle(current) if isinstance(current, Feed) else "",
        is_read=current.problem is None,
        has_kept=bool(current.window.rows),
        unsent=() if first.rows else _unsent(state, current),
        here=current.page,
        is_live=current.recorded is None,
        is_polled=is_polled,
    )


def bar_html(state: State, current: Shown) -> SafeString:
    """Return the filter with its chips and the buttons beside it."""
    terms = state.filter.terms if state.filter is not None else ()
    is_errors = any(str(term) == "is:error" for term in terms)
    return render(
        "_bar.html",
        state=state,
        terms=terms,
        error=error_parts(state),
        is_errors=is_errors,
        shown=_range(terms),
        here=current.page,
        is_live=current.recorded is None,
    )


def _range(terms: Sequence[Term]) -> tuple[int | None, int | None]:
    """Return the moments, in milliseconds since the epoch, that the filter lies after and before."""
    ends: dict[str | None, int] = {
        term.field: moment_us(term.values[0]) // 1000
        for term in terms
        if term.field in ("after", "before") and not term.is_negated and len(term.values) == 1
    }
    return ends.get("after"), ends.get("before")


def _unsent(state: State, current: Shown) -> tuple[str, ...]:
    """Return the sentences on what sends none of the signals that the filter names."""
    terms = state.filter.terms if state.filter is not None else ()
    named = [
        value.text
        for term in terms
        for value in term.values
        if term.field == "signal" and not term.is_negated and value.kind == "text"
    ]
    known = [each.name for each in current.registered.signals]
    meant = [name for name in known for text in named if f".{name}".endswith(f".{text}")]
    sentences = [sentence for name in meant for sentence in diagnosis.unsent(name)]
    return tuple(dict.fromkeys(sentences))


def error_parts(state: State) -> dict[str, str] | None:
    """Return what stands before, at and after the place of a filter's error."""
    error, text = state.error, state.text
    if error is None:
        return None
    start, end = error.start, max(error.end, error.start + 1)
    return {
        "before": wording.visible(text[:start]),
        "at": wording.visible(text[start:end]) or " ",
        "after": wording.visible(text[end:]),
        "message": error.message,
    }
