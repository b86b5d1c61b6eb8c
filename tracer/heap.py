"""
Picks objects out of all that live in the process, while no other thread can see that they are looked at.

Somebody's tuple that is still growing, cursor that is about to be closed or object that is about to die must not be
referred to by anybody else, or it fails or lives on in the host's own code. So all of it happens within one call of
C code: the interpreter changes threads between instructions of Python only.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from itertools import chain, compress
from operator import call
from typing import Any


def living(chosen: Callable[[list[Any]], Iterable[bool]]) -> list[Any]:
    """
    Return the objects that the garbage collector knows and that are chosen.

    `chosen` gets a list, empty as yet, and returns an iterator that says yes or no to each of its items in turn. It
    must be made of C functions only, such as `map(some_set.__contains__, map(id, objects))`, and ask no object for
    anything.
    """
    every: list[Any] = []
    # Filled as the first item is asked for, and emptied with the last; both are no objects themselves.
    items = chain(map(every.extend, map(call, (gc.get_objects,))), every, map(call, (every.clear,)))
    return list(compress(items, chain((False,), chosen(every), (False,))))
