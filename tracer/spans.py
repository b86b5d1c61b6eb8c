"""
Dispatches and their receiver calls as spans of the host's OpenTelemetry, when `SIGNALBOX["OTEL"]` is on.

Imported only then. Spans are made on the recorder's thread, with the times that were written down, under the span
that was current where the tree's root was sent; which of them are exported is for the host's own sampler to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, Status, StatusCode, TraceFlags

from tracer import faults, showing
from tracer.dispatches import Dispatch, ReceiverCall, Record
from tracer.span_attributes import of_call, of_dispatch

MOST_OPEN = 1_000
"""Dispatches that run whose spans are open; of those beyond, the oldest are ended."""
MOST_AWAITED = 20_000
"""Dispatches that have ended, and come again when their transaction does."""


def current() -> SpanContext | None:
    """Return what names the current span, None without one; on the thread that sends, and never raises."""
    try:
        found = trace.get_current_span().get_span_context()
        return found if type(found) is SpanContext and found.is_valid else None
    except Exception:  # noqa: BLE001
        faults.report("looking for the current span")
        return None


class _Open:
    """The spans of a dispatch: its own, those of its calls by their index, and which of these have ended."""

    __slots__ = ("calls", "ended", "span", "started_ns")

    def __init__(self, span: Span, started_ns: int) -> None:
        self.span = span
        self.started_ns = started_ns
        """Since the epoch."""
        self.calls: dict[int, Span] = {}
        self.ended: set[int] = set()

    def within(self, call: int | None) -> Context:
        """Return the context in which one of the calls runs."""
        return trace.set_span_in_context(
            self.calls.get(-1 if call is None else call, self.span), Context()
        )


class Spans:
    """Makes spans of what the recorder hands on. `keep` is a sink: one thread at a time."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("django-signalbox")
        self._open: dict[str, _Open] = {}
        """Of dispatches that run, by their id."""
        self._awaited: dict[str, None] = {}
        """Ids of those that will come once more."""

    def keep(self, records: Sequence[Record]) -> None:
        """Start and end the spans of a batch, in which parents come before their children."""
        done: dict[str, _Open] = {}
        for record in records:
            if type(record) is Dispatch:
                self._take(record, done)
        for oldest in list(self._open)[: max(len(self._open) - MOST_OPEN, 0)]:
            self._give_up(self._open.pop(oldest))
        for oldest in list(self._awaited)[: max(len(self._awaited) - MOST_AWAITED, 0)]:
            del self._awaited[oldest]

    def close(self) -> None:
        """End the spans of what still runs: nobody will say when it ends."""
        while self._open:
            self._give_up(self._open.popitem()[1])

    def _take(self, dispatch: Dispatch, done: dict[str, _Open]) -> None:
        if dispatch.id in self._awaited:
            if dispatch.transaction != "open":
                del self._awaited[dispatch.id]
            return
        found = self._open.pop(dispatch.id, None) or self._start(dispatch, done)
        for index, call in enumerate(dispatch.calls):
            if call.started_ns is not None and index not in found.ended:
                self._take_call(found, index, call)
        if dispatch.duration_ns is None:
            self._open[dispatch.id] = found
            return
        if dispatch.error is not None:
            _fail(found.span, dispatch.error)
        found.span.end(found.started_ns + dispatch.duration_ns)
        done[dispatch.id] = found
        if dispatch.transaction == "open":
            self._awaited[dispatch.id] = None

    def _start(self, dispatch: Dispatch, done: dict[str, _Open]) -> _Open:
        started_ns = dispatch.started_us * 1_000
        parent = None
        if dispatch.parent_id is not None:
            parent = done.get(dispatch.parent_id) or self._open.get(dispatch.parent_id)
        name = showing.short(dispatch.signal)
        span = self._tracer.start_span(
            name if dispatch.sender is None else f"{name} {dispatch.sender}",
            _outside(dispatch) if parent is None else parent.within(dispatch.parent_call),
            attributes=of_dispatch(dispatch),
            start_time=started_ns,
        )
        return _Open(span, started_ns)

    def _take_call(self, found: _Open, index: int, call: ReceiverCall) -> None:
        began_ns = found.started_ns + (call.started_ns or 0)
        span = found.calls.get(index)
        if span is None:
            span = found.calls[index] = self._tracer.start_span(
                call.receiver, found.within(None), start_time=began_ns
            )
        if call.duration_ns is not None:
            span.set_attributes(of_call(call))
            if call.error is not None:
                _fail(span, call.error)
            span.end(began_ns + call.duration_ns)
            found.ended.add(index)

    def _give_up(self, found: _Open) -> None:
        for index, span in found.calls.items():
            if index not in found.ended:
                span.end()
        found.span.set_attribute("signalbox.state", "running")
        found.span.end()


def _outside(dispatch: Dispatch) -> Context:
    """Return the context of the span that was current where the tree's root was sent; an empty one without any."""
    if dispatch.trace is None:
        return Context()
    _, trace_id, span_id, flags = dispatch.trace.split("-")
    found = SpanContext(int(trace_id, 16), int(span_id, 16), False, TraceFlags(int(flags, 16)))
    return trace.set_span_in_context(NonRecordingSpan(found), Context())


def _fail(span: Span, error: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(Status(StatusCode.ERROR, error))
