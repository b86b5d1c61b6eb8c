"""Which dispatch or origin enqueued a task, and which tasks one enqueued, as links. Renders nothing."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

from dashboard import wording
from dashboard.shown import Shown
from dashboard.tasks import enqueuer, result_of
from dashboard.window import Window
from tracer import conf, stores
from tracer.dispatches import RESULT, Dispatch
from tracer.exceptions import StoreError
from tracer.sieve import Sieve

ORIGIN = "origin:"
"""How the URL's `open` begins, and `Dispatch.enqueued_by`, where it is an origin."""


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """Something that can be opened."""

    open: str
    """As the URL's `open` names it."""
    text: str


def enqueued_by(current: Shown, place: str | None) -> Link | None:
    """
    Return a link to what enqueued a task, `place` being `Dispatch.enqueued_by`; None where that is not known.

    Takes the feed's lock; what the window has lost may be looked for in the store, which may take a moment.
    """
    if place is None:
        return None
    with current.lock:
        found = current.window.place(place)
        if found is not None:
            return _link(current.window, found)
        may_be_stored = current.recorded is None and current.window.trimmed_to > 0
        epoch = current.epoch
    return _stored(epoch, place[len(RESULT) :]) if may_be_stored else None


def enqueued(window: Window, place: str) -> tuple[Link, ...]:
    """Return links to the tasks that a dispatch or an origin enqueued, of those that dispatched something."""
    return tuple(Link(f"{ORIGIN}{key}", origin.name) for key, origin in window.enqueued(place))


def _link(window: Window, place: str) -> Link:
    if place.startswith(ORIGIN):
        origin = window.origins.get(place[len(ORIGIN) :])
        return Link(place, place[len(ORIGIN) :] if origin is None else origin.name)
    dispatch = window.dispatch(place)
    return Link(place, place if dispatch is None else _text(dispatch))


@lru_cache(maxsize=100)
def _stored(epoch: str, result_id: str) -> Link | None:
    """Look through the store for what enqueued a task; remembered, for the detail of one that runs asks each second."""
    text = result_id.lower()
    sieve = Sieve((text,)) if text.isascii() else None
    try:
        store = stores.shared()
        newest = store.newest(1)
        if not newest:
            return None
        kept = store.before(newest[0][0] + 1, conf.current().CAPACITY, sieve).records
        dispatches = (one for _, one in kept if isinstance(one, Dispatch))
        told = next((one for one in dispatches if result_of(one) == result_id), None)
        if told is None:
            return None
        place = enqueuer(told)
        if place.startswith(ORIGIN):
            return Link(place, told.origin or place)
        _, sent = store.find(place) or (0, told)
    except StoreError:
        return None
    return Link(place, _text(sent if isinstance(sent, Dispatch) else told))


def _text(dispatch: Dispatch) -> str:
    sender = "" if dispatch.sender is None else f" from {dispatch.sender}"
    return f"{wording.short(dispatch.signal)}{sender}"
