"""
What was marked as before, and the runs that may stand after it. Looks in window and store; changes nothing.

A run is named as the URL's `open` names it: a dispatch's id for the tree below it, `origin:…` for a
whole request, command run or test.
"""

from __future__ import annotations

import dataclasses
import re

from dashboard.feed import CAPACITY
from dashboard.shown import Shown
from dashboard.window import Window
from tracer import stores
from tracer.dispatches import Dispatch
from tracer.exceptions import StoreError

ORIGIN = "origin:"
MOST_RUNS = 20
"""Later runs that are offered, the newest ones."""
MOST_REMEMBERED = 4
"""Runs that were found in the store and not in the window."""
_remembered: dict[tuple[str, str], list[Dispatch]] = {}
"""By the store's epoch and the run's name."""
_VARIES = re.compile(
    r"(?<=/)(?:\d+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?=/|$)", re.IGNORECASE
)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A tree, or all trees of a request: parents before children, one dispatch at least."""

    id: str
    dispatches: tuple[Dispatch, ...]

    @property
    def is_origin(self) -> bool:
        """Return whether it is a whole request, command run or test."""
        return self.id.startswith(ORIGIN)

    @property
    def kind(self) -> tuple[str | None, ...]:
        """Return what it is a run of: the request's name, or the root's signal and sender."""
        return (self.first.origin,) if self.is_origin else (self.first.signal, self.first.sender)

    @property
    def first(self) -> Dispatch:
        """Return the tree's root, or the first that was dispatched in the request."""
        return self.dispatches[0]


def find(current: Shown, run_id: str) -> Run | None:
    """
    Return a run by its name, or None when it is not kept any more. Takes the lock for a moment.

    What the live window has lost is looked for in the store, which may take a moment. Of a tree whose root
    is gone nothing is returned; of a request what there is. Never raises.
    """
    origin_id = run_id.removeprefix(ORIGIN) if run_id.startswith(ORIGIN) else None
    with current.lock:
        window = current.window
        found = window.descendants(run_id) if origin_id is None else window.in_origin(origin_id)
        is_cut = bool(found and window.trimmed_to) and found[0] is next(window.dispatches())
        epoch = current.epoch
    if current.recorded is None and (is_cut or not found):
        found = max(found, _stored(epoch, run_id, origin_id), key=len)
    return Run(run_id, tuple(found)) if found else None


def _stored(epoch: str, run_id: str, origin_id: str | None) -> list[Dispatch]:
    """Return a run of the store; once found it is remembered, for a page asks for it every second."""
    found = _remembered.get((epoch, run_id))
    if found is not None:
        return found
    try:
        if origin_id is not None:
            found = stores.shared().in_origin(origin_id, CAPACITY)
        else:
            tree = stores.shared().tree(run_id, CAPACITY)
            found = tree if tree and tree[0].id == run_id else []
    except StoreError:
        return []
    if found:
        # Threads may do so at once: each step is one of the dictionary's own.
        _remembered[epoch, run_id] = found
        for oldest in list(_remembered)[:-MOST_REMEMBERED]:
            _remembered.pop(oldest, None)
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Later:
    """A run of the same kind as the one before, that began after it."""

    id: str
    first: Dispatch


def later(current: Shown, before: Run) -> list[Later]:
    """
    Return the runs that may stand after one, the likeliest first, then the newest. Takes the lock.

    A request is run again by one of the same method and path, or if there is none, by one whose path
    differs in numbers and UUIDs only. A tree is run again by one of the same signal and sender in
    another request, command run or test, if possible in one of the same name; where one of them has
    several, the one that comes as far along in it as the first did.
    """
    with current.lock:
        found = (_origins if before.is_origin else _trees)(current.window, before)
    found.sort(key=lambda one: one.first.started_us, reverse=True)
    name = before.first.origin
    likeliest = next(
        (one for one in found if one.first.origin == name),
        next((one for one in found if _route(one.first.origin) == _route(name)), None),
    )
    if likeliest is not None:
        found.remove(likeliest)
        found.insert(0, likeliest)
    return found[:MOST_RUNS]


def _origins(window: Window, before: Run) -> list[Later]:
    firsts: dict[str, Dispatch] = {}
    for one in window.dispatches():
        if one.origin_id is not None and _route(one.origin) == _route(before.first.origin):
            firsts.setdefault(one.origin_id, one)
    return [
        Later(f"{ORIGIN}{origin_id}", one)
        for origin_id, one in firsts.items()
        if one.started_us > before.first.started_us and origin_id != before.first.origin_id
    ]


def _trees(window: Window, before: Run) -> list[Later]:
    first = before.first
    groups: dict[str, list[Dispatch]] = {}
    for one in window.dispatches():
        if (one.signal, one.sender) == (first.signal, first.sender) and one.parent_id is None:
            groups.setdefault(one.origin_id or one.id, []).append(one)
    own = [one.id for one in groups.pop(first.origin_id or first.id, [])]
    place = own.index(first.id) if first.id in own else 0
    chosen = (group[min(place, len(group) - 1)] for group in groups.values())
    return [Later(one.id, one) for one in chosen if one.started_us > first.started_us]


def _route(origin: str | None) -> str:
    return _VARIES.sub("…", origin or "")
