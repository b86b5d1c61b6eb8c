"""
Celery's tasks as origins, and which dispatch or origin enqueued each: by Celery's own signals, once it is imported.

It imports nothing of Celery's nor of the host's. What Celery calls here is called on the host's threads, and never
raises.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from tracer import context, faults, process
from tracer.keeper import keep_the_tail
from tracer.locks import free_after_fork
from tracer.recorder import recorder
from tracer.running import PLACE
from tracer.switch import switch

HEADER = "signalbox"
"""Of a task's message: what `context.begin_task` takes as `enqueued_by`."""

_lock = free_after_fork(threading.RLock())
_watched: Any = None
"""The module `celery.signals` that ours are connected to; None while they are not."""


def watch() -> None:
    """Connect to Celery's signals, unless that is done or Celery is not imported; quick enough to be called often."""
    global _watched
    module = sys.modules.get("celery.signals")
    # Called on by the recorder even when the tracer has taken itself off.
    if module is None or _watched is module or not switch.installed:
        return
    # A thread of the host's does not wait for another one here.
    if not _lock.acquire(blocking=False):
        return
    try:
        signals = [getattr(module, name, None) for name in _receivers]
        if None in signals:
            # It is being imported.
            return
        for signal, receiver in zip(signals, _receivers.values(), strict=True):
            signal.connect(receiver, weak=False, dispatch_uid="signalbox")  # type: ignore[union-attr]
        _watched = module
    finally:
        _lock.release()


def unwatch() -> None:
    """Take ours off Celery's signals."""
    global _watched
    with _lock:
        if _watched is not None:
            for name, receiver in _receivers.items():
                getattr(_watched, name).disconnect(receiver, dispatch_uid="signalbox")
            _watched = None


def _before_publish(headers: Any = None, **_: object) -> None:
    """Write into the message of a task which dispatch enqueued it, or in which origin that was."""
    try:
        if switch.recording and type(headers) is dict:
            parent, _call, origin, is_quiet = context.found(PLACE.get())
            if is_quiet:
                return
            if parent is not None:
                headers[HEADER] = recorder.id_of(parent)
            elif origin is not None:
                headers[HEADER] = f"origin:{process.this().token}-{origin.number}"
    except Exception:  # noqa: BLE001
        faults.report("noting who enqueued a task")


def _prerun(sender: Any = None, **_: object) -> None:
    try:
        name = getattr(sender, "name", None)
        enqueued_by = getattr(getattr(sender, "request", None), HEADER, None)
        context.begin_task(name, enqueued_by)
    except Exception:  # noqa: BLE001
        faults.report("entering a task")


def _postrun(**_: object) -> None:
    try:
        context.end_task()
    except Exception:  # noqa: BLE001
        faults.report("leaving a task")


def _process_shutdown(**_: object) -> None:
    """Keep the tail of a worker's child, which ends without `atexit`."""
    try:
        keep_the_tail()
    except Exception:  # noqa: BLE001
        faults.report("keeping the tail of a worker")


_receivers: dict[str, Callable[..., None]] = {
    "before_task_publish": _before_publish,
    "task_prerun": _prerun,
    "task_postrun": _postrun,
    "worker_process_shutdown": _process_shutdown,
}
