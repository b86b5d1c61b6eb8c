"""How many edges between two columns cross. Pure: keys in, a number out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Edge = tuple[str, str]
"""From a node to one of the next column, by their keys."""


def crossings(left: Sequence[str], right: Sequence[str], edges: Iterable[Edge]) -> int:
    """Return how many pairs of edges between two columns cross; edges of other columns are passed over."""
    from_place = {key: index for index, key in enumerate(left)}
    to_place = {key: index for index, key in enumerate(right)}
    ends = sorted(
        (from_place[source], to_place[target])
        for source, target in edges
        if source in from_place and target in to_place
    )
    # A tree of sums over the right column: how many edges before this one end further down.
    sums = [0] * (len(right) + 1)
    found = 0
    for seen, (_, end) in enumerate(ends):
        at, above = end + 1, 0
        while at:
            above += sums[at]
            at &= at - 1
        found += seen - above
        at = end + 1
        while at < len(sums):
            sums[at] += 1
            at += at & -at
    return found
