"""Functions of ours that stand where others stood: put in once, put back only where they still are on top."""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

MOST_FUNCTIONS = 200
"""How many are looked at for our own underneath another library's wrapper."""


class Replaced:
    """
    A function of a class or a module, and what of ours stands there instead.

    Not safe for threads; whoever uses it holds a lock.
    """

    def __init__(self, owner: Any, name: str, around: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._around = around
        self._original: Any = None
        self._ours: Any = None

    def put_in(self) -> None:
        """Put ours around what is there, unless it still is, on top or underneath what somebody put around it."""
        there = vars(self._owner)[self._name]
        if self._ours is None or not leads_to(there, self._ours):
            self._original, self._ours = there, self._around(there)
            setattr(self._owner, self._name, self._ours)

    def put_back(self) -> None:
        """Put back the very function that was there; where somebody wrapped ours, it stays."""
        if self._ours is not None and vars(self._owner)[self._name] is self._ours:
            setattr(self._owner, self._name, self._original)
            self._ours = None


def is_code_of(function: Callable[..., Any], file: str) -> bool:
    """Tell whether a function was written in a file, rather than put in the place of one that was."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == file


def leads_to(function: Any, ours: Callable[..., Any]) -> bool:
    """Tell whether a function is ours or calls it, as far as its closure, globals and `__wrapped__` show."""
    found = [function]
    # It grows while it is gone through; nobody wraps that often.
    for candidate in found:
        if candidate is ours:
            return True
        if type(candidate) is FunctionType and len(found) < MOST_FUNCTIONS:
            code, names = candidate.__code__, candidate.__globals__
            found.append(candidate.__dict__.get("__wrapped__"))
            found += [cell.cell_contents for cell in candidate.__closure__ or () if _is_full(cell)]
            found += [names.get(name) for name in code.co_names]
    return False


def _is_full(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
