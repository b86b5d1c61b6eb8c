"""Which dispatch or origin enqueued a task, and which tasks one enqueued, as links. Renders nothing."""

from __future__ import annotations

import dataclasses

from dashboard import wording
from dashboard.window import Window

ORIGIN = "origin:"
"""How the URL's `open` begins, and `Dispatch.enqueued_by`, where it is an origin."""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """Something that can be opened."""

    open: str
    """As the URL's `open` names it."""
    text: str


def enqueued_by(window: Window, place: str | None) -> Link | None:
    """Return a link to what enqueued a task, `place` being `Dispatch.enqueued_by`; None where that is not known."""
    if place is None:
        return None
    if place.startswith(ORIGIN):
        origin = window.origins.get(place[len(ORIGIN) :])
        return Link(place, place[len(ORIGIN) :] if origin is None else origin.name)
    dispatch = window.dispatch(place)
    if dispatch is None:
        return Link(place, place)
    sender = "" if dispatch.sender is None else f" from {dispatch.sender}"
    return Link(place, f"{wording.short(dispatch.signal)}{sender}")


def enqueued(window: Window, place: str) -> tuple[Link, ...]:
    """Return links to the tasks that a dispatch or an origin enqueued, of those that dispatched something."""
    return tuple(Link(f"{ORIGIN}{key}", origin.name) for key, origin in window.enqueued(place))
