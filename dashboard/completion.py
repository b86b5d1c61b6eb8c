"""The values that the filter's completion offers. Reads the window, and bounds how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dashboard.window import Window
from tracer.dispatches import Dispatch

_LOOKED_AT = 1_000


def seen_values(window: Window) -> Mapping[str, Iterable[str]]:
    """Return for each field the values of the newest dispatches, the most recent first."""
    seen: dict[str, dict[str, None]] = {}

    def note(field: str, value: str | None) -> None:
        if value:
            seen.setdefault(field, {})[value] = None

    for name in window.counters.signals:
        note("signal", name)
    for _, receiver in window.counters.receivers:
        note("receiver", receiver)
    for number, row in enumerate(window.newest_first()):
        if number == _LOOKED_AT:
            break
        if isinstance(row.record, Dispatch):
            for field, value in _values(row.record):
                note(field, value)
    return seen


def _values(dispatch: Dispatch) -> Iterable[tuple[str, str | None]]:
    sender, origin = dispatch.sender, dispatch.origin
    yield "sender", sender
    if sender is not None and sender.count(".") == 1:
        yield "app", sender.partition(".")[0]
    yield "origin", origin.partition(" ")[2] if origin and " /" in origin else origin
    yield "process", dispatch.process
    yield "thread", dispatch.thread
    yield "task", dispatch.task
    yield "error", dispatch.error
    if dispatch.call_site is not None:
        yield "site", dispatch.call_site.partition(":")[0]
    for name, value in dispatch.arguments.items():
        yield "arg", name
        yield "arg", f"{name}={value}"
