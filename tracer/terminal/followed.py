"""`manage.py signals tail`: follows the store that another process writes. Reads only, and records nothing."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from tracer import conf, showing
from tracer.dispatches import Dispatch, Marker, Record
from tracer.exceptions import StoreError
from tracer.filters import Filter
from tracer.stores import Store, open_store
from tracer.terminal.drawn import Layout, Pen
from tracer.terminal.ink import Ink, columns

POLL_S = 0.1
_BATCH = 500  # records
_REMEMBERED = 5_000  # records
_PATIENCE_US = 500_000
"""How long a dispatch runs until it is shown before its end."""

Say = Callable[[str], object]
OpenStore = Callable[[], Store]


def watched_store() -> OpenStore | None:
    """Return how to open the store of the settings; None when other processes have no part in it."""
    settings = conf.current()
    if settings.STORE == "memory":
        return None
    return lambda: open_store(settings.STORE, settings.CAPACITY, settings.CAPACITY_MB)


class Tail:
    """What has been shown and where reading stands."""

    def __init__(self, open_: OpenStore, text: str, ink: Ink, say: Say, say_aside: Say) -> None:
        """Write dispatches with `say`, what is no part of them with `say_aside`. Raises `FilterError`."""
        self._slow_ns = round(conf.current().SLOW_MS * 1_000_000)
        self._filter = Filter.parse(text)
        self._pen = Pen(ink, self._slow_ns)
        self._open, self._store = open_, None
        self._say, self._say_aside = say, say_aside
        self._cursor, self._epoch = 0, ""
        self._last = 0
        self._has_begun = self._is_away = self._is_behind = False
        self._origin: tuple[str | None, str] | None = None
        self._waiting: dict[str, Dispatch] = {}
        self._states: OrderedDict[str, str] = OrderedDict()
        self.shown = 0
        """Dispatches, each counted once."""

    _store: Store | None

    def begin(self, last: int) -> None:
        """Show the last dispatches that the filter lets through, and begin to follow from there."""
        self._last = last
        self._reading(self._begin)

    def turn(self) -> None:
        """Show what came since; a store that is away or was cleared is told once."""
        self._reading(self._read if self._has_begun else self._begin)
        self._show_those_that_run()

    def wait(self) -> None:
        """Let a moment pass, unless there is more to be read."""
        if not self._is_behind:
            time.sleep(POLL_S)

    def summary(self) -> str:
        """Return how many were shown."""
        return f"{showing.count(self.shown, 'dispatch')} shown."

    def _reading(self, read: Callable[[Store], None]) -> None:
        try:
            if self._store is None:
                self._store = self._open()
            read(self._store)
        except StoreError as error:
            self._is_behind = False
            if not self._is_away:
                self._is_away = True
                self._say_aside(f"{showing.visible(error)} Waiting for it.")
            return
        if self._is_away:
            self._is_away = False
            self._say_aside("The store is there again.")

    def _begin(self, store: Store) -> None:
        self._epoch = store.epoch
        records = store.newest(conf.current().CAPACITY if self._last else 1)
        self._cursor = max((cursor for cursor, _ in records), default=0)
        self._has_begun = True
        self._say_aside(f"Following {showing.visible(store.name)}; Ctrl-C ends it.")
        found: list[Record] = []
        missing = self._last
        for _, record in reversed(records):
            if missing == 0:
                break
            if self._is_meant(record):
                found.append(record)
                missing -= isinstance(record, Dispatch)
        self._show(found[::-1])

    def _read(self, store: Store) -> None:
        batch = store.read(self._cursor, _BATCH)
        # Asked for afterwards: what was read belongs to the epoch that we know if that is still the one.
        epoch = store.epoch
        if epoch != self._epoch:
            self._epoch, self._cursor = epoch, 0
            self._is_behind = True
            self._waiting.clear()
            self._say_aside("The store was cleared.")
            return
        self._is_behind = len(batch) == _BATCH
        if batch:
            self._cursor = batch[-1][0]
            self._show(record for _, record in batch)

    def _is_meant(self, record: Record) -> bool:
        if isinstance(record, Marker):
            # It comes each second, and only counts.
            return record.kind != "sampled"
        return self._filter.matches(record)

    def _show(self, records: Iterable[Record]) -> None:
        """Write records, whole trees in the order in which their dispatches began."""
        trees: dict[str, list[Record]] = {}
        for record in records:
            key = record.root_id if isinstance(record, Dispatch) else record.id
            trees.setdefault(key, []).append(record)
        for tree in trees.values():
            tree.sort(key=_start)
            for record in tree:
                if isinstance(record, Marker):
                    self._origin = None
                    self._say(self._pen.marker(record, columns()))
                else:
                    self._take(record)

    def _take(self, dispatch: Dispatch) -> None:
        state = self._states.get(dispatch.id)
        if state == dispatch.state or not (state == "running" or self._filter.matches(dispatch)):
            return
        self._waiting.pop(dispatch.id, None)
        if dispatch.state == "running" and _runs_us(dispatch) < _PATIENCE_US:
            self._waiting[dispatch.id] = dispatch
        else:
            self._write(dispatch)

    def _show_those_that_run(self) -> None:
        due = [each for each in self._waiting.values() if _runs_us(each) >= _PATIENCE_US]
        for dispatch in due:
            del self._waiting[dispatch.id]
            self._write(dispatch)

    def _write(self, dispatch: Dispatch) -> None:
        width = columns()
        origin = dispatch.origin_id, dispatch.process
        if origin != self._origin:
            self._origin = origin
            self._say(self._pen.origin(dispatch, width))
        before = self._states.get(dispatch.id)
        # Counted first: Ctrl-C may come as soon as the line can be read.
        self.shown += before is None
        self._states[dispatch.id] = dispatch.state
        self._say(self._pen.dispatch(dispatch, Layout.of(width), is_end=before == "running"))
        while len(self._states) > _REMEMBERED:
            self._states.popitem(last=False)


def _start(record: Record) -> tuple[int, int]:
    if isinstance(record, Marker):
        return record.at_us, 0
    return record.started_us, record.depth


def _runs_us(dispatch: Dispatch) -> int:
    return time.time_ns() // 1000 - dispatch.started_us
