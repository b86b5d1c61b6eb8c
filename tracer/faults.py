"""What happens when the tracer itself fails: counted, logged once per cause, never the host's trouble."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable

from tracer.locks import free_after_fork

logger = logging.getLogger("signalbox.tracer")

LIMIT = 25
"""Faults after which the tracer takes itself off, counted from when it was put in."""

count = 0
"""Faults since the process began."""

last = ""
"""The last one, as a sentence; empty when there was none."""

give_up: Callable[[], None] = lambda: None  # noqa: E731
"""How the tracer takes itself off; set by `installing.py`."""

_forgiven = 0
_seen: set[tuple[str, str]] = set()
_lock = free_after_fork(threading.Lock())


def report(where: str) -> None:
    """
    Count the exception being handled, and log it if its cause is new. `where` names the step that failed.

    Never raises: where there is no memory, there may be none to say so either.
    """
    global count
    before = count
    with contextlib.suppress(Exception):
        _report(where)
    if count == before:
        count += 1


def report_to_host(where: str) -> None:
    """Do the same between the host's frames, and after too many of them have the tracer take itself off."""
    report(where)
    if are_too_many():
        give_up()


def _report(where: str) -> None:
    global count, last
    kind, error, _ = sys.exc_info()
    name = kind.__qualname__ if kind is not None else "?"
    place = place_of(error)
    with _lock:
        count += 1
        last = f"{where}: {name} at {place}"
        is_new = (where, place) not in _seen and len(_seen) < 100
        if is_new:
            _seen.add((where, place))
    if is_new:
        # The message only: exc_info would hand the host's frames to whoever keeps log records. A handler of the
        # host's may raise.
        logger.error(
            "Signalbox failed while %s: %s at %s. The site is not affected.", where, name, place
        )


def forgive() -> None:
    """Let the faults so far not count towards the limit, as the tracer is put in."""
    global _forgiven
    _forgiven = count


def are_too_many() -> bool:
    """Tell whether the tracer had better take itself off."""
    return count - _forgiven >= LIMIT


def place_of(error: BaseException | None) -> str:
    """Return `file:line` of the frame that raised an error; `?` where that is not known."""
    traceback = error.__traceback__ if error is not None else None
    place = "?"
    while traceback is not None:
        place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
