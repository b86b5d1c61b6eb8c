"""What a function is made of and whose it is, read from its parts; it is neither called nor asked."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

import django

from tracer import ownership

_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_MRO: Any = vars(type)["__mro__"]
_DJANGO = f"{Path(django.__file__).parent}/"


def function_of(receiver: object) -> FunctionType | None:
    """Return the Python function that a receiver runs first; None for what has none."""
    for _ in range(10):
        kind = type(receiver)
        if kind is FunctionType:
            return receiver  # type: ignore[return-value]
        if kind is MethodType:
            receiver = receiver.__func__  # type: ignore[attr-defined]
        elif kind is functools.partial:
            receiver = receiver.func  # type: ignore[attr-defined]
        else:
            receiver = None if issubclass(kind, type) else attribute_of_type(kind, "__call__")
    return None


def attribute_of_type(kind: type, name: str) -> object:
    """Return what a class or one of its ancestors has under a name, past descriptors; None for nothing."""
    for ancestor in _MRO.__get__(kind):
        found: object = _DICT_OF_TYPE.__get__(ancestor).get(name)
        if found is not None:
            return found
    return None


def cells_of(function: FunctionType) -> list[object]:
    """Return what a function's closure holds; a cell that is empty yet is left out."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            continue
    return found


def functions_within(function: FunctionType, most: int = 30) -> list[FunctionType]:
    """Return a function and those it wraps, by `__wrapped__` or by its closure, outermost first."""
    found = [function]
    for each in found:
        wrapped = [each.__dict__.get("__wrapped__"), *cells_of(each)]
        for inner in map(function_of, wrapped):
            if inner is not None and len(found) < most and not any(inner is one for one in found):
                found.append(inner)
    return found


def codes_within(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those of the functions defined in it."""
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from codes_within(constant)


def is_own(code: CodeType | None) -> bool:
    """Tell whether it is the user's own code, rather than an installed package's."""
    return code is not None and ownership.rank_of(code) == ownership.OWN


def is_djangos(code: CodeType | None) -> bool:
    """Tell whether it stands in Django itself."""
    return code is not None and code.co_filename.startswith(_DJANGO)
