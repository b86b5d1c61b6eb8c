"""
Whether anything of the host's holds an object, found by following references backwards.

When in doubt it is held. Nothing is asked of any object, and nothing is kept.
"""

from __future__ import annotations

import gc
import sys
from types import FrameType, ModuleType
from typing import Any

from tracer import _compat
from tracer.rules import namespaces

MOST_AT_ONCE = 60
"""Objects whose holders are looked for in one walk over the heap, which takes longer with each of them."""
_DEPTH = 8
_MOST_NODES = 2_000


class _Reached:
    """The objects that lead to those in question, and which references to them are accounted for."""

    def __init__(self, targets: list[object]) -> None:
        self.nodes = targets
        """The only references of ours to them."""
        self.positions = {id(target): position for position, target in enumerate(targets)}
        self.explained = [0] * len(targets)
        """References that objects which were met, or the cache, hold."""
        self.holders: list[list[int]] = [[] for _ in targets]
        """Positions of the nodes that refer to it."""
        self.is_held = [False] * len(targets)

    def add(self, node: object) -> int:
        """Return the position of a node, a new one if need be."""
        position = self.positions.get(id(node))
        if position is None:
            position = self.positions[id(node)] = len(self.nodes)
            self.nodes.append(node)
            self.explained.append(0)
            self.holders.append([])
            self.is_held.append(False)
        return position


def unheld(targets: list[object]) -> set[int]:
    """
    Return the positions of the objects that nothing holds but themselves, weak references and Django's cache.

    The list is emptied, and has to hold the only strong references of the caller's. Takes some tens of
    milliseconds for each level of references; at most `MOST_AT_ONCE` objects are looked at, the rest is held.
    """
    count = len(targets)
    del targets[MOST_AT_ONCE:]
    if not targets:
        return set()
    reached = _Reached(targets)
    roots = {id(namespace) for namespace in namespaces.namespaces()}
    cache = _ids_of_cache()
    frontier = list(range(len(targets)))
    for _ in range(_DEPTH):
        if not frontier:
            break
        frontier = _widen(reached, frontier, roots, cache)
    for position in frontier:
        reached.is_held[position] = True
    _hold_what_is_held_unseen(reached)
    _hold_what_held_ones_hold(reached)
    found = {
        position for position in range(min(count, MOST_AT_ONCE)) if not reached.is_held[position]
    }
    targets.clear()
    return found


def _widen(reached: _Reached, frontier: list[int], roots: set[int], cache: set[int]) -> list[int]:
    """Look for what refers to some nodes, and return the positions of the new nodes."""
    before = len(reached.nodes)
    wanted = {id(reached.nodes[position]): position for position in frontier}
    asked = tuple(reached.nodes[position] for position in frontier)
    ours = {id(reached.nodes), id(asked)}
    for referrer in gc.get_referrers(*asked):
        if id(referrer) in ours or _is_frame_of_ours(referrer):
            continue
        kind = type(referrer)
        is_root = id(referrer) in roots or issubclass(kind, type | ModuleType | FrameType)
        # A referrer may hold the same one more than once.
        for referent in map(id, gc.get_referents(referrer)):
            position = wanted.get(referent)
            if position is None:
                continue
            reached.explained[position] += 1
            if id(referrer) in cache:
                continue
            if is_root or len(reached.nodes) >= _MOST_NODES:
                reached.is_held[position] = True
            else:
                reached.holders[position].append(reached.add(referrer))
    new = list(range(before, len(reached.nodes)))
    for position in new[MOST_AT_ONCE:]:
        reached.is_held[position] = True
    return new[:MOST_AT_ONCE]


def _hold_what_is_held_unseen(reached: _Reached) -> None:
    """Mark what has more references than were accounted for: a running function's, or those of a C structure."""
    # How many of ours the interpreter counts, which differs between versions.
    probe: list[object] = [object()]
    for position in range(len(reached.nodes)):
        ours = sys.getrefcount(probe[0])
        if sys.getrefcount(reached.nodes[position]) - ours > reached.explained[position]:
            reached.is_held[position] = True


def _hold_what_held_ones_hold(reached: _Reached) -> None:
    held_before = -1
    while held_before != (held_before := sum(reached.is_held)):
        for position, holders in enumerate(reached.holders):
            if any(reached.is_held[holder] for holder in holders):
                reached.is_held[position] = True


def _ids_of_cache() -> set[int]:
    """Return the `id()` of Django's cache and of the dictionaries in it, which nothing else refers to."""
    cache: Any = _compat.parameters_cache()
    if cache is None:
        return set()
    return {id(cache), *(id(each) for each in gc.get_referents(cache) if type(each) is dict)}


def _is_frame_of_ours(referrer: object) -> bool:
    return type(referrer) is FrameType and referrer.f_code.co_filename == __file__
