"""Which elements of two sequences are the same, so that as few as possible are left over. Pure; knows no dispatch."""

from __future__ import annotations

from collections.abc import Sequence

MAX_LEFT_OVER = 1_000
"""Elements left over on both sides together up to which the least is found: its cost is the square of them."""


def matches(old: Sequence[object], new: Sequence[object]) -> list[tuple[int, int]]:
    """
    Return the places, in the old and in the new sequence, of elements that are the same; rising in both.

    A longest common subsequence, by Myers's algorithm ("An O(ND) Difference Algorithm", 1986). Of
    sequences that have too little in common, what stands between equal ends is matched by its place.
    """
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    old_end, new_end = len(old) - tail, len(new) - tail
    between = _between(old[head:old_end], new[head:new_end])
    return [
        *((at, at) for at in range(head)),
        *((head + a, head + b) for a, b in between),
        *((old_end + at, new_end + at) for at in range(tail)),
    ]


def _between(old: Sequence[object], new: Sequence[object]) -> list[tuple[int, int]]:
    if not old or not new:
        return []
    # How far into `old` one gets on each diagonal (place in old minus place in new), step by step.
    reached = {1: 0}
    steps: list[dict[int, int]] = []
    for step in range(min(len(old) + len(new), MAX_LEFT_OVER) + 1):
        steps.append(reached.copy())
        for diagonal in range(-step, step + 1, 2):
            a = _next(reached, step, diagonal)
            b = a - diagonal
            while a < len(old) and b < len(new) and old[a] == new[b]:
                a, b = a + 1, b + 1
            reached[diagonal] = a
            if a >= len(old) and b >= len(new):
                return _way_back(steps, len(old), len(new))
    return [(at, at) for at in range(min(len(old), len(new))) if old[at] == new[at]]


def _next(reached: dict[int, int], step: int, diagonal: int) -> int:
    """Return where a step onto a diagonal leads: past an element of the new sequence, or of the old one."""
    is_down = _is_down(reached, step, diagonal)
    return reached[diagonal + 1] if is_down else reached[diagonal - 1] + 1


def _is_down(reached: dict[int, int], step: int, diagonal: int) -> bool:
    """Return whether the better way onto a diagonal is past an element of the new sequence."""
    if diagonal in (-step, step):
        return diagonal == -step
    return reached[diagonal - 1] < reached[diagonal + 1]


def _way_back(steps: list[dict[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for step in range(len(steps) - 1, -1, -1):
        diagonal = a - b
        start = _next(steps[step], step, diagonal)
        while a > start and b > 0:
            a, b = a - 1, b - 1
            found.append((a, b))
        a, b = (a, b - 1) if _is_down(steps[step], step, diagonal) else (a - 1, b)
    return found[::-1]
