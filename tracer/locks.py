"""Locks that a forked child finds free, whoever held them in the parent; owns nothing of what they guard."""

from __future__ import annotations

import os
from typing import Any, TypeVar

Lock = TypeVar("Lock")


def free_after_fork(lock: Lock) -> Lock:
    """Return the lock of a module, made anew in the child whenever the process forks."""
    if hasattr(os, "register_at_fork"):
        # What the standard library does with its own; there is no public way to free another thread's lock.
        anew: Any = lock
        os.register_at_fork(after_in_child=anew._at_fork_reinit)
    return lock
