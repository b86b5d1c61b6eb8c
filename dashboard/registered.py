"""What is connected, here and in the other processes, and what the rules find, looked up when it changes."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from django.apps import apps

from tracer import presence, process, publishing, registries, registry, rules, stores
from tracer.exceptions import StoreError
from tracer.presence import Differences
from tracer.registries import PublishedRegistry

SNAPSHOT_S = 5.0
"""Seconds between two looks at everything, at the least, for what no signal tells of."""
CHANGED_S = 1.0
"""Seconds between two looks when a receiver has come or gone, at the least."""
OTHERS_S = 1.0
"""Seconds between two looks at what the other processes say, at the least."""
FINDINGS_S = 3.0
"""Seconds between two runs of the rules, at the least."""
_SHARE = 300
"""A look searches all objects of the process; it may take one part in so many of the time."""
_SHARE_CHANGED = 20
_SOURCES = ("", "signals.py", "receivers.py", "handlers.py", "fixtures")


class Registered:
    """The last look. Safe for threads; looks only when it is asked, which is when somebody looks."""

    def __init__(self) -> None:
        self._signals: tuple[registry.RegisteredSignal, ...] = ()
        self._findings: tuple[rules.Finding, ...] = ()
        self._is_known = False
        self._looking = threading.Lock()
        self._fingerprint: int | None = None
        self._due = self._due_changed = self._due_findings = 0.0
        self._due_others = 0.0
        self._registries: tuple[PublishedRegistry, ...] = ()
        self._differences: Differences = {}
        self._mine_of: tuple[object, int] = ((), 0)
        """What this process's own registry was made of: the signals, and how many modules."""
        self._found_in: tuple[object, object] = (None, None)
        """The signals and the files in which the findings were found."""

    @property
    def signals(self) -> tuple[registry.RegisteredSignal, ...]:
        """What was connected at the last look; the same object while nothing has changed."""
        return self._signals

    @property
    def findings(self) -> tuple[rules.Finding, ...]:
        """What the rules found at the last look; the same object while nothing has changed."""
        return self._findings

    @property
    def registries(self) -> tuple[PublishedRegistry, ...]:
        """What each process has connected, this one first; the same object while nothing has changed."""
        return self._registries

    @property
    def differences(self) -> Differences:
        """Which receivers are not connected in each of them; the same object while nothing has changed."""
        return self._differences

    def look(self) -> None:
        """
        Look again at what has changed. Takes a fraction of a millisecond when nothing has.

        Not to be called under the feed's lock: the rules read sources, and the store is asked.
        """
        if not self._looking.acquire(blocking=not self._is_known):
            return  # Another thread is looking, and what it finds is found for all.
        try:
            self._look_at_signals()
            self._look_at_others()
            self._look_at_findings()
            self._is_known = True
        finally:
            self._looking.release()

    def find(self, signal: str) -> registry.RegisteredSignal | None:
        """Return a signal by its dotted name, or None when this process has none of that name."""
        return next((each for each in self._signals if each.name == signal), None)

    def _look_at_signals(self) -> None:
        now, fingerprint = time.monotonic(), registry.fingerprint()
        is_changed = fingerprint != self._fingerprint
        if now < (self._due_changed if is_changed else self._due):
            return
        signals = registry.snapshot()
        took_s = time.monotonic() - now
        self._fingerprint = fingerprint
        self._due = now + max(SNAPSHOT_S, _SHARE * took_s)
        self._due_changed = now + max(CHANGED_S, _SHARE_CHANGED * took_s)
        if signals != self._signals:
            self._signals = signals

    def _look_at_others(self) -> None:
        now = time.monotonic()
        if now < self._due_others:
            return
        self._due_others = now + OTHERS_S
        this = process.this()
        try:
            told = registries.read(stores.shared())
        except StoreError:
            return
        mine_of = self._signals, len(sys.modules)
        if self._registries and mine_of[0] is self._mine_of[0] and mine_of == self._mine_of:
            mine = self._registries[0]
        else:
            mine = registries.published(this.label, self._signals, publishing.project_modules())
        found = (mine, *(each for each in told if each.process != this.label))
        if found != self._registries:
            self._differences = presence.differences(found, this.host)
            self._registries, self._mine_of = found, mine_of

    def _look_at_findings(self) -> None:
        now = time.monotonic()
        if now < self._due_findings:
            return
        found_in = self._signals, _files()
        self._due_findings = now + FINDINGS_S
        if found_in[0] is self._found_in[0] and found_in[1] == self._found_in[1]:
            return
        findings = rules.findings()
        self._due_findings = now + max(FINDINGS_S, _SHARE_CHANGED * (time.monotonic() - now))
        self._found_in = found_in
        if findings != self._findings:
            self._findings = findings


def _files() -> tuple[int, ...]:
    """Return when the files and folders changed that rules look at beside what is loaded."""
    found = []
    for app in apps.get_app_configs():
        folder = vars(app).get("path")
        if not isinstance(folder, str):
            continue
        for name in _SOURCES:
            try:
                found.append(Path(folder, name).stat().st_mtime_ns)
            except OSError:
                found.append(0)
    return tuple(found)
