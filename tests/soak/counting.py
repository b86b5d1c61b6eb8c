"""An app that counts every dispatch of its process by a receiver of each signal, and none of them by the tracer."""

from __future__ import annotations

import gc
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import signals as _auth
from django.core import signals as _core
from django.db.backends import signals as _backends
from django.dispatch import Signal
from django.utils import autoreload
from django.utils.module_loading import import_string

from demo_site.mishaps import signals as _mishaps
from demo_site.shop import signals as _shop
from tests.soak.agreed import COUNTS, MUTED, RELOAD
from tests.soak.counts import Counting

in_own_page: ContextVar[bool] = ContextVar("in_own_page", default=False)
"""Whether this runs for a request of Signalbox's own pages; set by the ASGI application."""

_imported = (_auth, _core, _backends, _mishaps, _shop)
_counting: Counting | None = None
_muted: Signal = import_string(MUTED)


def count(signal: Signal, **_: Any) -> None:
    """Count a dispatch, once the tracer is there to record it."""
    if _counting is not None:
        _counting.add(is_own=in_own_page.get(), is_muted=signal is _muted)


def connect() -> None:
    """Be a receiver of each signal that there is, the first one: who raises is behind."""
    for signal in [one for one in gc.get_objects() if issubclass(type(one), Signal)]:
        signal.connect(count, weak=False, dispatch_uid="soak")


class CountingConfig(AppConfig):
    """Stands right before the tracer, and counts from there on."""

    name = "tests.soak.counting"

    def ready(self) -> None:
        """Begin."""
        global _counting
        connect()
        autoreload.autoreload_started.connect(_watch, weak=False)
        _counting = Counting(Path(settings.DATA, COUNTS))


def _watch(sender: Any, **_: Any) -> None:
    sender.watch_dir(Path(settings.DATA), RELOAD)


# Before any module of models is imported, and with it their receivers.
connect()
