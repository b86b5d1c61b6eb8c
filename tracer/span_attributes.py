"""
What a span says of a dispatch or a receiver call: OpenTelemetry's own names where it has one, else `signalbox.*`.

Values are of the kinds that a span may hold. Paths are relative to the project where they lie inside it.
"""

from __future__ import annotations

from typing import Any

from tracer.dispatches import Dispatch, ReceiverCall


def of_dispatch(dispatch: Dispatch) -> dict[str, Any]:
    """Return what is said of a dispatch; `code.*` is its call site."""
    place, _, function = (dispatch.call_site or "").partition(" ")
    found = {
        "signalbox.dispatch.id": dispatch.id,
        "signalbox.signal": dispatch.signal,
        "signalbox.method": dispatch.method,
        "signalbox.receivers": len(dispatch.calls),
        **_place(place),
    }
    if dispatch.sender is not None:
        found["signalbox.sender"] = dispatch.sender
    if function:
        found["code.function.name"] = function
    return found


def of_call(call: ReceiverCall) -> dict[str, Any]:
    """Return what is said of a receiver call; `code.*` is where the receiver is defined."""
    found = {"code.function.name": call.receiver, **_place(call.place or "")}
    if call.raised_at is not None:
        found["signalbox.raised_at"] = call.raised_at
    if call.query_count:
        found["signalbox.queries"] = call.query_count
        found["signalbox.queries_ms"] = call.query_ns / 1_000_000
        if len(call.queries) == 1:
            found["db.query.text"] = call.queries[0].sql
    return found


def _place(place: str) -> dict[str, Any]:
    path, _, line = place.rpartition(":")
    return (
        {"code.file.path": path, "code.line.number": int(line)} if path and line.isdecimal() else {}
    )
