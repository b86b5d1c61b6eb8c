"""Which trees outlast the others when a store makes room. Owns the choice; knows no store."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import msgspec

from tracer.dispatches import Dispatch, Record

SHARE = 10
"""A tenth of a store is for the newest trees with an error, another tenth for the slowest."""
MOST_FAILED = 1_000
SLOWEST = 100
"""So many trees with an error, and so many of the slowest, outlast the others at the most: making room takes long."""
ROOM = 10
"""A tenth of a store is freed when it is full, so that it need not be done for every record."""
MOST_ROOM = 5_000
"""Records, or the bytes of so many, that are freed at once at the most: others wait to write meanwhile."""
MOST_TORN = 10_000
"""Trees that go on after a part of them made room, of which it is remembered that they are not whole."""


@dataclasses.dataclass(frozen=True, slots=True)
class Capacity:
    """How much a store keeps: so many records, and so many bytes in their wire form."""

    records: int
    size: int

    def above(self, records: int, size: int) -> tuple[int, int]:
        """Return how many records and bytes have to go of so many, so that what is full has some room again."""
        above = [0, 0]
        if records > self.records:
            above[0] = records - self.records + min(self.records // ROOM, MOST_ROOM)
        if size > self.size:
            above[1] = size - self.size + min(self.size // ROOM, MOST_ROOM * size // records)
        return above[0], above[1]

    @property
    def share(self) -> Capacity:
        """What the trees with an error may take, and as much again the slowest."""
        return Capacity(self.records // SHARE, self.size // SHARE)

    def holds(self, records: int, size: int) -> bool:
        """Tell whether there is room for so much."""
        return records <= self.records and size <= self.size


IS_OPEN = 1
"""Of what is known about a dispatch: it runs, or its transaction does, so it may come again, and more of its tree."""
HAS_FAILED = 2
TOOK = 2
"""By so many bits further left: how long a root took, in nanoseconds, `RUNS`, or `NO_ROOT`."""
RUNS = -1
NO_ROOT = -2


class Tree(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is there of a tree, wherever in the store."""

    root: str
    records: int
    size: int
    newest: int
    """The highest cursor."""
    failed: int
    """Whether any dispatch of it raised; 1 or 0."""
    took_ns: int
    """How long its root took; `RUNS` while that is not known."""
    is_whole: int
    """Whether its root is there, and no part of it had to go; 1 or 0."""
    is_kept: int
    """Whether it was kept so far; 1 or 0."""
    goes_on: int
    """Whether a part of it is to make room now, and there is more of it, or may come more; 1 or 0."""


def facts_of(record: Record) -> tuple[str, int]:
    """
    Return a dispatch's root, and as one number what else has a say in whether it outlasts others.

    ("", 0) for a marker. One number, since it is written beside each record.
    """
    if type(record) is not Dispatch:
        return "", 0
    root, state = record.root_id, record.state
    about = NO_ROOT << TOOK
    if root == record.id:
        duration_ns = record.duration_ns
        about = (RUNS if duration_ns is None or state == "running" else duration_ns) << TOOK
    if state == "error" or record.error is not None:
        about |= HAS_FAILED
    if state == "running" or record.transaction == "open":
        about |= IS_OPEN
    return root, about


def lasting(trees: Iterable[Tree], share: Capacity, slow_ns: int) -> tuple[set[str], int]:
    """
    Return the roots of the trees that are to stay, and how slow one has to be from now on.

    Of those with an error the newest, as far as they fit into the share; of the others, with as much room again, the
    slowest. A tree has to be slower than any that did not fit before, `slow_ns`. Whole trees only.
    """
    whole = [tree for tree in trees if tree.is_whole and share.holds(tree.records, tree.size)]
    failed = sorted((tree for tree in whole if tree.failed), key=lambda tree: -tree.newest)
    roots = _fitting(failed[:MOST_FAILED], share)
    slow = [
        tree
        for tree in whole
        if tree.root not in roots
        and (tree.took_ns > slow_ns or (tree.is_kept and tree.took_ns >= 0))
    ]
    slow.sort(key=lambda tree: (-tree.took_ns, tree.newest))
    slowest = _fitting(slow[:SLOWEST], share)
    left_ns = max((tree.took_ns for tree in slow if tree.root not in slowest), default=-1)
    return roots | slowest, max(slow_ns, left_ns)


def _fitting(trees: Iterable[Tree], share: Capacity) -> set[str]:
    """Return the roots of the first trees, up to the one for which there is no room any more."""
    roots: set[str] = set()
    records = size = 0
    for tree in trees:
        records, size = records + tree.records, size + tree.size
        if not share.holds(records, size):
            break
        roots.add(tree.root)
    return roots
