"""Locks that no fork and no killed thread leaves held; owns nothing of what they guard."""

from __future__ import annotations

import contextlib
import threading
from typing import Any, TypeVar

from tracer import forks

Lock = TypeVar("Lock")


def free_after_fork(lock: Lock) -> Lock:
    """Return the lock of a module, made anew in the child whenever the process forks."""
    # What the standard library does with its own; there is no public way to free another thread's lock.
    anew: Any = lock
    forks.in_child(lambda: anew._at_fork_reinit())
    return lock


class Stop:
    """
    Says that it is over to a thread that waits for it, and may be killed as it waits.

    A `threading.Event` takes a lock in Python for each wait; a thread that is killed inside of that leaves it held,
    and whoever asks next waits for ever. This one waits for its lock in a single call of C.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._door = threading.Lock()
        self._door.acquire()

    def is_set(self) -> bool:
        """Return whether it is over, without waiting."""
        return self._is_set

    def set(self) -> None:
        """Say so; saying it twice is nothing."""
        self._is_set = True
        with contextlib.suppress(RuntimeError):
            # Open already, or open again since another has come through it.
            self._door.release()

    def wait(self, timeout_s: float) -> bool:
        """Return whether it is over, as soon as it is or after a time in seconds."""
        return self._is_set or self._door.acquire(timeout=timeout_s) or self._is_set
