"""
Tells the other processes what is connected in this one, by way of the store. Runs on the recorder's thread.

A look at everything costs tens of milliseconds, a third of which no other thread can run, so it is taken seldom: not
while the process begins, not amid its traffic as far as that ends, and only when a receiver has come or gone.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time

from django.apps import apps

from tracer import faults, forks, process, registries, registry, stores
from tracer.exceptions import StoreError
from tracer.recorder import recorder
from tracer.registry import RegisteredSignal

SETTLED_S = 2.0
"""So long after its first dispatch a process is left alone; a command that is over by then tells nothing."""
LOOK_S = 1.0
"""Seconds between two glances at whether something has changed; they cost a fraction of a millisecond."""
PATIENCE_S = 5.0
"""How long a change waits for a second in which nothing else changes and nothing is dispatched."""
REST_S = 5.0
"""Seconds between two looks at everything, at the least."""
SHARE = 200
"""A look may take one part in so many of the time."""
BEAT_S = 5.0
"""So often a process says that it lives."""


class Publisher:
    """What this process has told of itself. All but `begin` and `withdraw` on the recorder's thread."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin with nothing told: as the tracer is put in, and in the child after a fork."""
        self._glance_at: float | None = None
        self._look_due = self._beat_due = 0.0
        self._signals: tuple[RegisteredSignal, ...] = ()
        self._told: tuple[int, int] | None = None
        """What `_state` was when the signals were looked at last."""
        self._seen: tuple[int, int, int] | None = None
        """What it was at the last glance, and how many dispatches there had been."""
        self._changed_at: float | None = None
        self._data = b""
        self._process = ""
        self._has_ended = False

    def turn(self) -> None:
        """Tell what has changed, if it is time; called often, glances once a second."""
        now = time.monotonic()
        if self._glance_at is None:
            self._glance_at = now + SETTLED_S
        if now < self._glance_at or self._has_ended:
            return
        self._glance_at = now + LOOK_S
        try:
            self._look(now)
            # A store that is away is told again with the next glance.
            with contextlib.suppress(StoreError):
                self._tell(now)
        except Exception:  # noqa: BLE001
            faults.report("telling what is connected")
            self._has_ended = True

    def withdraw(self) -> None:
        """Tell that this process has ended, or records no more."""
        self._has_ended = True
        if self._process:
            with contextlib.suppress(StoreError):
                stores.shared().set_registry(self._process, b"")
            self._process = ""

    def _look(self, now: float) -> None:
        state = registry.connections_fingerprint(), len(sys.modules)
        if state == self._told:
            self._changed_at = None
            return
        if self._changed_at is None:
            self._changed_at = now
        seen, self._seen = self._seen, (*state, recorder.taken)
        is_quiet = seen == self._seen or now - self._changed_at >= PATIENCE_S
        if not is_quiet or now < self._look_due:
            return
        if self._told is None or state[0] != self._told[0]:
            began_s = time.thread_time()
            self._signals = registry.snapshot()
            took_s = time.thread_time() - began_s
            self._look_due = now + max(REST_S, SHARE * took_s)
        self._told, self._changed_at = state, None
        this = process.this().label
        told = registries.published(this, self._signals, project_modules())
        data = registries.encode(told)
        if data != self._data:
            self._data, self._beat_due = data, 0.0

    def _tell(self, now: float) -> None:
        if not self._data or now < self._beat_due:
            return
        this = process.this().label
        stores.shared().set_registry(this, self._data)
        self._process, self._beat_due = this, now + BEAT_S


def project_modules() -> frozenset[str]:
    """Return which modules of the packages of the apps and of the settings are imported, but for Django's own."""
    names = [vars(config).get("name") for config in list(apps.app_configs.values())]
    names.append(os.environ.get("DJANGO_SETTINGS_MODULE"))
    roots = {name.partition(".")[0] for name in names if type(name) is str} - {"django", ""}
    return frozenset(
        name for name in list(sys.modules) if type(name) is str and name.partition(".")[0] in roots
    )


publisher = Publisher()

forks.in_child(publisher.begin)
