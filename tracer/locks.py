"""Locks that a forked child finds free, whoever held them in the parent; owns nothing of what they guard."""

from __future__ import annotations

from typing import Any, TypeVar

from tracer import forks

Lock = TypeVar("Lock")


def free_after_fork(lock: Lock) -> Lock:
    """Return the lock of a module, made anew in the child whenever the process forks."""
    # What the standard library does with its own; there is no public way to free another thread's lock.
    anew: Any = lock
    forks.in_child(lambda: anew._at_fork_reinit())
    return lock
