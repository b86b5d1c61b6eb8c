"""Which call of one run is which call of another. Pure: two forests in, pairs out; knows no figures and no words."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator, Sequence

from dashboard.sequences import matches
from tracer.dispatches import Dispatch, ReceiverCall


@dataclasses.dataclass(slots=True, eq=False)
class Node:
    """A dispatch, or a receiver call inside one, with what it led to in the order in which it happened."""

    dispatch: Dispatch
    call: ReceiverCall | None = None
    """None: the dispatch itself."""
    below: list[Node] = dataclasses.field(default_factory=list)
    """Of a dispatch its calls, then the dispatches that belong to none of them; of a call its dispatches."""

    @property
    def key(self) -> tuple[str, ...]:
        """Return what two nodes must have in common to be the same: signal and sender, or the receiver."""
        if self.call is not None:
            return (self.call.receiver,)
        return self.dispatch.signal, self.dispatch.sender or ""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What stands side by side. At least one of the two is there; without `after` it is gone, without `before` new."""

    before: Node | None
    after: Node | None
    depth: int
    """Pairs above it; 0 for a root."""
    moved: tuple[int, int] | None = None
    """Its place among its neighbours before and after, from 1, where these show that the order has changed."""


def forest(dispatches: Sequence[Dispatch]) -> list[Node]:
    """
    Return the roots of dispatches, each with all that is below it; parents must come before children.

    A dispatch whose parent is not among them is a root.
    """
    nodes: dict[str, Node] = {}
    roots: list[Node] = []
    for dispatch in dispatches:
        node = nodes[dispatch.id] = Node(dispatch)
        node.below = [Node(dispatch, call) for call in dispatch.calls]
        above = nodes.get(dispatch.parent_id or "")
        if above is None:
            roots.append(node)
            continue
        at = dispatch.parent_call
        is_call = at is not None and at < len(above.dispatch.calls)
        (above.below[at] if is_call and at is not None else above).below.append(node)
    return roots


def align(before: Sequence[Node], after: Sequence[Node]) -> Iterator[Pair]:
    """
    Yield each node of both forests exactly once, a pair before the pairs below it.

    Only what stands below the same pair is matched, in the order of the side after; so is that before, but for
    what has moved, which stands where it came after. What is gone or new comes with all that is below it.
    """
    # A stack of our own: a tree may be deeper than Python's.
    waiting = _side_by_side(before, after, 0)[::-1]
    while waiting:
        pair = waiting.pop()
        yield pair
        old = pair.before.below if pair.before is not None else []
        new = pair.after.below if pair.after is not None else []
        waiting += _side_by_side(old, new, pair.depth + 1)[::-1]


def _side_by_side(before: Sequence[Node], after: Sequence[Node], depth: int) -> list[Pair]:
    """Match neighbours so that as few as possible are gone, new or moved; what is gone comes before what is new."""
    old_at = new_at = 0
    pairs: list[Pair] = []
    same = matches([node.key for node in before], [node.key for node in after])
    came_from = _moved(before, after, same)
    moved = set(came_from.values())
    for a, b in [*same, (len(before), len(after))]:
        pairs += [Pair(before[at], None, depth) for at in range(old_at, a) if at not in moved]
        for at in range(new_at, b):
            old = came_from.get(at)
            if old is None:
                pairs.append(Pair(None, after[at], depth))
            else:
                pairs.append(Pair(before[old], after[at], depth, moved=(old + 1, at + 1)))
        if a < len(before):
            pairs.append(Pair(before[a], after[b], depth))
        old_at, new_at = a + 1, b + 1
    return pairs


def _moved(
    before: Sequence[Node], after: Sequence[Node], same: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """Return by its place after the place before of what is left over on both sides; equal ones in their order."""
    kept_before, kept_after = {a for a, _ in same}, {b for _, b in same}
    left: dict[tuple[str, ...], deque[int]] = {}
    for at, node in enumerate(before):
        if at not in kept_before:
            left.setdefault(node.key, deque()).append(at)
    return {
        at: left[node.key].popleft()
        for at, node in enumerate(after)
        if at not in kept_after and left.get(node.key)
    }
