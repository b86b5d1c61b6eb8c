"""Whether a function of ours is still there underneath what other libraries put around it. Calls nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

MOST_FUNCTIONS = 200
"""How many are looked at for our own underneath another library's wrapper."""


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
