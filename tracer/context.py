"""Where a dispatch belongs: its parent and its origin, and what is not to be recorded. Owns no record of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tracer import arguments
from tracer.dispatches import RESULT
from tracer.running import PLACE, Branch, Origin, Place, Running

__all__ = [
    "begin_request",
    "begin_task",
    "begin_task_of",
    "end_origin",
    "end_task",
    "found",
    "own_request",
    "quiet",
]

own_request: Callable[[str], bool | None] | None = None
"""
Says of a request's path whether it is one of Signalbox's own pages, None when it cannot tell yet.

Set by the dashboard; called on the host's thread as a request starts, and while it said None by the recorder.
"""


Found = tuple[Running | None, int | None, Origin | None, bool]
"""What a dispatch belongs to: its parent, the index of the parent's call, its origin, and whether that is quiet."""


@contextmanager
def quiet() -> Iterator[None]:
    """Let nothing inside be recorded, nor in threads and tasks that inherit the context."""
    outer = PLACE.get()
    hush = Origin("quiet", "", outer)
    hush.quiet = True
    try:
        PLACE.set(hush)
        yield
    finally:
        PLACE.set(outer)


def found(place: Place) -> Found:
    """Return the innermost dispatch of which a receiver still runs, and the innermost origin, from a place outwards."""
    origin: Origin | None = None
    while type(place) is Origin:
        if place.quiet:
            return None, None, place, True
        origin = origin or place
        place = place.outer
    if place is None:
        return None, None, origin, False
    call: int | None
    if type(place) is Branch:
        parent, call = place.running, place.call
    else:
        assert type(place) is Running
        parent = place
        call = None if place.spans is not None else max(0, len(place.times) - 1)
    origin = origin or parent.origin
    # A task that outlives the receiver that made it inherits a dispatch which is over.
    while parent.is_over:
        if parent.parent is None:
            return None, None, origin, False
        parent, call = parent.parent, parent.parent_call
    return parent, call, origin, False


def begin_request(named: Mapping[str, Any]) -> None:
    """Enter the origin of a `request_started`; nothing but the method and the path is read."""
    environ, scope = named.get("environ"), named.get("scope")
    if type(environ) is dict:
        method = environ.get("REQUEST_METHOD")
        within = _text(environ.get("PATH_INFO"))
        path = _text(environ.get("SCRIPT_NAME")) + within
    elif type(scope) is dict:
        method, path = scope.get("method"), _text(scope.get("path"))
        script = _text(scope.get("root_path")).rstrip("/")
        within = path[len(script) :] if script and path.startswith(f"{script}/") else path
    else:
        return
    origin = Origin("request", f"{_text(method)[:10]} {path[:500]}".strip(), _outer(), within)
    if own_request is not None:
        origin.quiet = own_request(within)
    PLACE.set(origin)


def begin_task(name: object, enqueued_by: object = None) -> None:
    """Enter the origin of a task; `enqueued_by` is as `Dispatch.enqueued_by`."""
    origin = Origin("task", f"task {_text(name)[:500]}".strip(), PLACE.get())
    origin.enqueued_by = _text(enqueued_by)[:200] or None
    PLACE.set(origin)


def begin_task_of(named: Mapping[str, Any]) -> None:
    """Enter the origin of a Django task's `task_started`."""
    result = named.get("task_result")
    # A frozen dataclass of Django's own; its task's module path is a plain string.
    result_id = arguments.task_id(result)
    enqueued_by = None if result_id is None else f"{RESULT}{result_id}"
    begin_task(getattr(getattr(result, "task", None), "module_path", None), enqueued_by)


def end_task() -> None:
    """Leave the innermost task here, with any request in it whose end never passed here."""
    place = PLACE.get()
    while type(place) is Origin:
        if place.kind == "task":
            PLACE.set(place.outer)
            return
        place = place.outer


def end_origin(kind: str) -> None:
    """Leave the origin of that kind, when it is the innermost here."""
    place = PLACE.get()
    if type(place) is Origin and place.kind == kind:
        PLACE.set(place.outer)


def _outer() -> Place:
    # A request whose end never passed here (a broken connection) is no origin for the next one.
    place = PLACE.get()
    while type(place) is Origin and place.kind == "request":
        place = place.outer
    return place


def _text(value: object) -> str:
    return value if type(value) is str else ""
