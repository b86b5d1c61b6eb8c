"""What a script has to see by what Signalbox says, as it runs; without Signalbox it sees and does nothing."""

from __future__ import annotations

import errno
import json
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_NO_PAUSE = threading.Event()

T = TypeVar("T")


class Observer:
    """The settings of the small site, and a look at the page from within it."""

    def __init__(self, store: str) -> None:
        self.is_on = bool(os.environ["SIGNALBOX_IS_ON"])
        self.store = Path(store)
        self._folder = Path.cwd()

    def settings(self, urls: str) -> dict[str, Any]:
        """Return what Django is to be configured with; ours are all that differs."""
        apps = ["tracer", "dashboard", "django_htmx"] if self.is_on else []
        ours = (
            {"SIGNALBOX": {"STORE": f"sqlite:///{self.store}", "CAPACITY": 1_000_000}}
            if self.is_on
            else {}
        )
        return {
            "DEBUG": True,
            "SECRET_KEY": "of a test",
            "ALLOWED_HOSTS": ["*"],
            "ROOT_URLCONF": urls,
            "STATIC_URL": "/static/",
            "INSTALLED_APPS": [*apps, "django.contrib.contenttypes", "django.contrib.auth"],
            "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            "LOGGING": {
                "version": 1,
                "disable_existing_loggers": False,
                "handlers": {
                    "ours": {
                        "class": "logging.FileHandler",
                        "filename": str(self._folder / "signalbox.log"),
                        "delay": True,
                    }
                },
                "loggers": {"signalbox": {"handlers": ["ours"], "propagate": False}},
            },
            **ours,
        }

    def urls(self) -> list[Any]:
        if not self.is_on:
            return []
        from django.urls import include, path

        return [path("signals/", include("dashboard.urls"))]

    def settle(self) -> None:
        """Return when all that was dispatched is in the store."""
        if not self.is_on:
            return
        from tracer.keeper import keeper
        from tracer.recorder import recorder

        recorder.flush(even_running=True)
        self.wait(lambda: not len(keeper._backlog))

    def be_refused(self) -> None:
        """Return when the store has refused what was dispatched."""
        self.wait(lambda: self.trouble() is not None)

    def trouble(self) -> str | None:
        from tracer.keeper import keeper

        return keeper.trouble

    def of_number(self, number: int) -> list[Any]:
        """Return the dispatches with that number, from the store."""
        from tracer import stores
        from tracer.dispatches import Dispatch

        records = [record for _, record in stores.shared().newest(1_000_000)]
        return [
            one
            for one in records
            if isinstance(one, Dispatch) and one.arguments.get("number") == number
        ]

    def states_of(self, number: int) -> list[str]:
        return [one.state for one in self.of_number(number)]

    def id_of(self, number: int) -> str:
        (one,) = self.of_number(number)
        return str(one.id)

    def store_name(self) -> str:
        from tracer import stores

        return stores.shared().name

    def while_closed(self, act: Callable[[], None]) -> None:
        """Do something while no file of the store is open, as a disk can only then be made read-only by hand."""
        if not self.is_on:
            act()
            return
        from tracer.stores import sqlite_line

        sqlite_line._before_fork()
        try:
            act()
        finally:
            sqlite_line._after_fork()

    def before_it_is_opened(self, act: Callable[[], None]) -> None:
        """Do something while the process has no store, as at its start; our own thread opens it at any moment."""
        if not self.is_on:
            act()
            return
        from tracer import stores

        stores.close_shared()
        with stores._lock:
            if stores._shared is not None:
                stores._shared.close()
                stores._shared = None
            act()

    def wait(self, condition: Any) -> None:
        """Return when it is true."""
        deadline = time.monotonic() + 20
        while self.is_on and not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"still not so: {condition}")
            _NO_PAUSE.wait(0.01)

    def wait_for_page(self, words: str) -> None:
        """Return when the page says something."""
        self.wait(lambda: words in self.page())

    def page(self) -> str:
        """Return what the page says, as text."""
        from django.test import Client

        html = Client(raise_request_exception=True).get("/signals/").content.decode()
        text = re.sub(r"<(script|style|template).*?</\1>", " ", html, flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))

    def look(self, name: str) -> None:
        """Write down what the page, the store and the counts say, under a name."""
        if not self.is_on:
            return
        import tracer
        from tracer import stores
        from tracer.dispatches import Dispatch
        from tracer.exceptions import StoreError
        from tracer.keeper import keeper
        from tracer.showing import marker_text

        page = self._patiently(self.page)
        stats = tracer.stats()
        store = stores.shared()
        try:
            records = [record for _, record in store.newest(1_000_000)]
        except StoreError:
            records = []
        seen = {
            "page": page,
            "store": store.name,
            "numbers": [
                one.arguments.get("number") for one in records if isinstance(one, Dispatch)
            ],
            "markers": [marker_text(one) for one in records if not isinstance(one, Dispatch)],
            "trouble": keeper.trouble,
            "recorded": stats.recorded,
            "dropped": stats.dropped,
            "faults": stats.faults,
            "is_installed": tracer.is_installed(),
        }
        file, text = self._folder / f"look-{name}.json", json.dumps(seen)
        self._patiently(lambda: file.write_text(text, encoding="utf-8"))

    def _patiently(self, call: Callable[[], T]) -> T:
        """Do it when there is a descriptor: our own thread may have the last one, as it tries the store again."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return call()
            except OSError as error:
                if error.errno != errno.EMFILE or time.monotonic() > deadline:
                    raise
            _NO_PAUSE.wait(0.01)
