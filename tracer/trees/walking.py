"""The lines of trees in the order in which things happened. Pure; a tree may be deeper than Python's stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracer.dispatches import Dispatch, ReceiverCall

Line = tuple[int, Dispatch, ReceiverCall | None]
"""How deep it stands, from 0; a dispatch, or with it one of its receiver calls."""


Below = dict[tuple[str, int | None], list[Dispatch]]
"""By the dispatch above, and the index of its call; None where it has no such call."""


def below_each(trees: Sequence[Dispatch]) -> tuple[list[Dispatch], Below]:
    """Return the dispatches whose parent is not among them, and all others by what they stand below, in their order."""
    known = {one.id: one for one in trees}
    below: Below = {}
    tops: list[Dispatch] = []
    for one in trees:
        above = known.get(one.parent_id or "")
        if above is None:
            tops.append(one)
            continue
        call = one.parent_call
        is_call = call is not None and 0 <= call < len(above.calls)
        below.setdefault((above.id, call if is_call else None), []).append(one)
    return tops, below


def walk(trees: Sequence[Dispatch]) -> Iterator[Line]:
    """Yield dispatches and their receiver calls, each dispatch below the call that made it."""
    tops, below = below_each(trees)
    waiting: list[Line] = [(0, top, None) for top in reversed(tops)]
    while waiting:
        line = waiting.pop()
        yield line
        depth, dispatch, call_ = line
        if call_ is not None:
            continue
        inside: list[Line] = []
        for index, each in enumerate(dispatch.calls):
            inside.append((depth + 1, dispatch, each))
            inside += [(depth + 2, child, None) for child in below.get((dispatch.id, index), ())]
        inside += [(depth + 1, child, None) for child in below.get((dispatch.id, None), ())]
        waiting += reversed(inside)


def in_start_order(trees: Sequence[Dispatch]) -> list[Dispatch]:
    """Return dispatches of one process in the order in which they began, as `tracer.capture` gives them."""
    return sorted(trees, key=_number)


def _number(dispatch: Dispatch) -> tuple[int, int, int]:
    number = dispatch.id.rpartition("-")[2]
    is_number = number.isascii() and number.isdecimal() and len(number) < 19
    return (int(number) if is_number else 0, dispatch.started_us, dispatch.depth)
