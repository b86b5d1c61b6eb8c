"""One reader of the store per process, shared by its viewers. Owns the lock; idle without a viewer."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from functools import cache
from typing import Protocol

from django.urls import reverse

from dashboard.maps.arranged import Arranged
from dashboard.mounting import below
from dashboard.pushes import Pushes
from dashboard.registered import Registered
from dashboard.window import Window
from tracer import stores
from tracer.dispatches import Marker
from tracer.exceptions import StoreError
from tracer.sieve import MARKERS

logger = logging.getLogger("signalbox.dashboard")

CAPACITY = 5_000
"""Dispatches and markers that the window holds."""
TICK_S = 0.1
WAIT_S = 0.25
"""How long a store that is quiet may block the reader, and the end of its process."""
PANELS_S = 1.0
MOST_CHOSEN = 100
"""Names of processes for which something is drawn between two turns; an address may have any."""
FAR = 100_000
"""Records by which the window may be behind its store, and still reads them all; else it begins anew."""
_CHUNK = 5_000
"""Read at once, and then shown: no more than the window holds."""
_CHUNKS = 4
"""So many are read before a page that asks is answered."""
_SLICE = 1_000
"""Taken by the window at once, while viewers wait to look."""


class Viewer(Protocol):
    """Whom the feed wakes when there is something new; called on the viewer's loop."""

    def wake(self) -> None:
        """Look for something to send, soon."""


class Feed:
    """The window and whoever looks at it. `catch_up` may be called from any thread, `join` and `leave` on a loop."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._catching_up = threading.Lock()
        self.window = Window(CAPACITY)
        self.epoch = ""
        self.problem: str | None = None
        """Why the store could not be read just now, or None."""
        self.cleared_us: int | None = None
        """When it was noticed that all that was kept was forgotten; None: not since this process looks."""
        self.panels: dict[str, str] = {}
        """The parts of the page around the rows, by name, as all viewers see them."""
        self.registered = Registered()
        self.arranged = Arranged()
        self.registry_drawn: tuple[object, str] = (None, "")
        """What the registry was drawn from, and the drawing."""
        self.pushes = Pushes()
        self._panels_at = 0.0
        self._registries_told: object = ()
        self._chosen: dict[str, dict[str, str]] = {}
        """The parts that are other for who has chosen a process, by that, since the others were drawn."""
        self._panels_version = 0
        self._told: tuple[str, int, str | None, int] = ("", 0, None, 0)
        """How far the viewers were last woken for."""
        self._viewers: set[Viewer] = set()
        self._script = ""
        self._reader: asyncio.Task[None] | None = None

    @property
    def recorded(self) -> None:
        """Return None: this is no recording."""

    @property
    def page(self) -> str:
        """Return the path of the page."""
        return reverse("signalbox:page")

    def catch_up(self) -> None:
        """Read what is new in the store, 20,000 records at the most; never raises. The lock must not be held."""
        for _ in range(_CHUNKS):
            if not self._read_on_once():
                return

    def look(self) -> None:
        """Do for a page that asks by itself what the reader does for those with a socket; as `catch_up`."""
        self.catch_up()
        self._draw_around()

    def _draw_around(self) -> None:
        if self._is_time_for_panels():
            self.registered.look()
        self.refresh_panels()

    def _read_on_once(self) -> bool:
        """Read one chunk, and return whether there may be more."""
        problem, has_more = None, False
        # Of its own: a store may take its time to answer, and viewers look at the window meanwhile.
        with self._catching_up:
            try:
                has_more = self._read(stores.shared())
            except StoreError as error:
                problem = str(error)
            with self.lock:
                self.problem = problem
        return has_more

    def panels_of(self, process: str) -> dict[str, str]:
        """Return the parts as whoever sees them who has chosen a process's registry; "" is all. The lock is held."""
        from dashboard import panels

        if not process:
            return self.panels
        if process not in self._chosen:
            if len(self._chosen) >= MOST_CHOSEN:
                self._chosen.clear()
            self._chosen[process] = panels.draw_chosen(self, process)
        return self.panels | self._chosen[process]

    def has_news(self) -> bool:
        """
        Return whether anything was read since the last call, or drawn around the rows, by whomever.

        A page view does so too, and wakes nobody: what it read is news for the viewers all the same.
        """
        with self.lock:
            reached = (self.epoch, self.window.cursor, self.problem, self._panels_version)
            before, self._told = self._told, reached
            return reached != before

    def refresh_panels(self) -> bool:
        """
        Draw the parts around the rows anew, once a second at most; return whether any has changed.

        Not to be called with the lock held.
        """
        from dashboard import panels

        with self.lock:
            if not self._is_time_for_panels():
                return False
            self._panels_at = time.monotonic()
        drawn = panels.draw_all(self)
        with self.lock:
            before, self.panels = self.panels, drawn
            told_before, self._registries_told = self._registries_told, self.registered.registries
            self._chosen.clear()
            has_changed = drawn != before or told_before is not self._registries_told
            self._panels_version += has_changed
            return has_changed

    def _is_time_for_panels(self) -> bool:
        return time.monotonic() - self._panels_at >= PANELS_S

    def join(self, viewer: Viewer, script: str = "") -> None:
        """Wake this viewer from now on; what is drawn for all has links below the script name that it came by."""
        self._viewers.add(viewer)
        self._script = script
        loop = asyncio.get_running_loop()
        if self._reader is None or self._reader.done() or self._reader.get_loop() is not loop:
            self._reader = loop.create_task(self._read_on(), name="signalbox feed")

    def leave(self, viewer: Viewer) -> None:
        """Wake it no more; without viewers the reader ends."""
        self._viewers.discard(viewer)

    async def _read_on(self) -> None:
        while self._viewers:
            try:
                has_news, rest_s = await asyncio.to_thread(below, self._script, self._look)
                if has_news:
                    for viewer in tuple(self._viewers):
                        viewer.wake()
                if rest_s is not None:
                    # Leaves the processor to the site, which makes all that is read here.
                    await asyncio.sleep(rest_s)
                    continue
            except Exception:
                # A row that cannot be drawn must not end the feed for everybody.
                logger.exception("The feed could not be read on.")
            await asyncio.sleep(TICK_S)
            # In a thread, as it may block; a store that cannot tell returns at once.
            await asyncio.to_thread(stores.shared().wait, WAIT_S)

    def _look(self) -> tuple[bool, float | None]:
        """
        Read on, and return whether the viewers are to be woken, and how long to rest, None where all was read.

        For as long as it took of a processor; by the clock it would fall behind where there are few of them.
        """
        began_s = time.thread_time()
        has_more = self._read_on_once()
        self._draw_around()
        return self.has_news(), time.thread_time() - began_s if has_more else None

    def _read(self, store: stores.Store) -> bool:
        epoch = store.epoch
        if epoch != self.epoch:
            self._begin_anew(store, epoch)
            return False
        batch = store.read(self.window.cursor, _CHUNK)
        unread = _unread(store, self.window.cursor, [cursor for cursor, _ in batch])
        with self.lock:
            self.window.passed.miss(unread)
        for first in range(0, len(batch), _SLICE):
            with self.lock:
                self.window.add(batch[first : first + _SLICE])
        if len(batch) < _CHUNK:
            return False
        newest = store.newest(1)
        if newest and newest[0][0] - self.window.cursor > FAR:
            self._skip(store)
            return False
        return True

    def _begin_anew(self, store: stores.Store, epoch: str) -> None:
        window, batch = Window(CAPACITY), store.newest(CAPACITY)
        if len(batch) == CAPACITY:
            window.trimmed_to = batch[0][0] - 1
            window.passed.miss(window.trimmed_to)
        window.add(batch)
        with self.lock:
            if self.epoch:
                self.cleared_us = None if batch else time.time_ns() // 1000
            self.window, self.epoch = window, epoch

    def _skip(self, store: stores.Store) -> None:
        """
        Go on with the newest: reading all that came would take so long that it would never be done.

        Of what is passed over the markers are read, for they say how many dispatches were dropped.
        """
        window, batch, before = Window(CAPACITY), store.newest(CAPACITY), self.window
        if not batch:
            # It was cleared just now; the next look begins anew.
            return
        first = batch[0][0]
        between = max(first - before.cursor - 1, 0)
        markers = [
            (cursor, record)
            for cursor, record in reversed(store.before(first, between, MARKERS).records)
            if cursor > before.cursor and isinstance(record, Marker)
        ]
        window.trimmed_to = first - 1
        window.add([*markers, *batch])
        with self.lock:
            window.go_on_from(before, between - len(markers))
            self.window = window


def _unread(store: stores.Store, after: int, cursors: list[int]) -> int:
    """Return how many records made room before they were read, by the cursors of those that were."""
    if not cursors or cursors[-1] - after == len(cursors):
        return 0
    # A record that was replaced leaves its cursor, too; that is no loss.
    trimmed_to = min(store.trimmed_to(), cursors[-1])
    return max(trimmed_to - after, 0) - sum(cursor <= trimmed_to for cursor in cursors)


@cache
def feed() -> Feed:
    """Return the feed of this process."""
    return Feed()
