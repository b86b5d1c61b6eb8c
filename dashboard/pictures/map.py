"""Places of the map's nodes and the curves of its edges. Pure geometry; knows no signal and no template."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

ROW = 24.0
"""From one node to the next, in pixels."""
HEAD = 28.0
"""What the name of a group takes above its first node."""
TOP = 8.0
GAP = 100
"""How wide the space between two columns is, in units that the page stretches."""
PORT = 18.0
"""The part of a node's height at which edges begin and end."""
LEAST = 1.25
MOST = 12.0
NEVER = 1.0
"""The width of an edge that nothing has passed."""

Block = tuple[str, Sequence[str]]
"""A group's key and its nodes in order; a group without a name above it has the key ""."""
Ends = tuple[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Placement:
    """Where everything stands, in pixels from the top."""

    y: Mapping[str, float]
    """The middle of each node."""
    heads: Mapping[str, float]
    """The middle of each group's name."""
    height: float


def placed(columns: Sequence[Sequence[Block]], edges: Iterable[Ends]) -> Placement:
    """
    Return where nodes stand: the longest column closely, the others beside what they are joined to.

    The order is kept, nodes are at least `ROW` apart, and the name of a group has `HEAD` above its first node.
    """
    beside: dict[str, list[str]] = {}
    for source, target in edges:
        beside.setdefault(source, []).append(target)
        beside.setdefault(target, []).append(source)
    lengths = [_length(column) for column in columns]
    longest = lengths.index(max(lengths)) if lengths else 0
    height = max(lengths, default=0.0) + 2 * TOP
    y: dict[str, float] = {}
    for number in sorted(range(len(columns)), key=lambda each: abs(each - longest)):
        keys, least = _distances(columns[number])
        wanted = [_wanted(key, y, beside) for key in keys]
        y |= zip(keys, _spaced(wanted, least, height - TOP - ROW / 2), strict=True)
    heads = {
        group: y[keys[0]] - (ROW + HEAD) / 2
        for column in columns
        for group, keys in column
        if group and keys
    }
    return Placement(y, heads, height)


def edge_width(weight: float, heaviest: float) -> float:
    """Return an edge's width in pixels: its area grows with the weight; what never fired is thinnest."""
    if weight <= 0:
        return NEVER
    # To a power of two, so that widths stand still while counts rise.
    full = 2.0 ** math.ceil(math.log2(max(heaviest, weight, 1.0)))
    return max(LEAST, round(4 * (LEAST + (MOST - LEAST) * math.sqrt(weight / full))) / 4)


def curves(edges: Sequence[Ends], widths: Sequence[float], y: Mapping[str, float]) -> list[str]:
    """Return the SVG path of each edge in a box `GAP` wide, those of a node side by side in the order of their ends."""
    begins = _ports(edges, widths, y, near=0)
    ends = _ports(edges, widths, y, near=1)
    half = GAP // 2
    return [
        f"M0 {begin:.1f}C{half} {begin:.1f} {half} {end:.1f} {GAP} {end:.1f}"
        for begin, end in zip(begins, ends, strict=True)
    ]


def _ports(
    edges: Sequence[Ends], widths: Sequence[float], y: Mapping[str, float], *, near: int
) -> list[float]:
    at: dict[str, list[int]] = {}
    for index, ends in enumerate(edges):
        at.setdefault(ends[near], []).append(index)
    found = [0.0] * len(edges)
    for key, indices in at.items():
        indices.sort(key=lambda index: y[edges[index][1 - near]])
        total = sum(widths[index] for index in indices)
        scale = min(1.0, PORT / total)
        reached = y[key] - total * scale / 2
        for index in indices:
            width = widths[index] * scale
            found[index] = reached + width / 2
            reached += width
    return found


def _length(column: Sequence[Block]) -> float:
    return sum(ROW * len(keys) + (HEAD if group else 0.0) for group, keys in column)


def _distances(column: Sequence[Block]) -> tuple[list[str], list[float]]:
    """Return a column's nodes and how far each is from the one above at least; the first from the top."""
    keys: list[str] = []
    least: list[float] = []
    for group, members in column:
        for index, key in enumerate(members):
            head = HEAD if group and index == 0 else 0.0
            least.append(head + (ROW if keys else TOP + ROW / 2))
            keys.append(key)
    return keys, least


def _wanted(key: str, y: Mapping[str, float], beside: Mapping[str, list[str]]) -> float | None:
    found = [y[other] for other in beside.get(key, ()) if other in y]
    return sum(found) / len(found) if found else None


def _spaced(wanted: Sequence[float | None], least: Sequence[float], lowest: float) -> list[float]:
    """
    Return places as near to the wanted ones as their distances allow, none below `lowest`.

    None follows the one above. Neighbours that are too near are moved as one, to the mean of what they want.
    """
    blocks: list[tuple[float, int]] = []  # the mean of the wanted places without distances, how many
    offset = 0.0
    offsets = []
    following: float | None = None
    for want, distance in zip(wanted, least, strict=True):
        offset += distance
        offsets.append(offset)
        following = want if want is not None else (following or 0.0) + distance
        mean, size = max(following - offset, 0.0), 1
        while blocks and blocks[-1][0] >= mean:
            above, number = blocks.pop()
            mean = (mean * size + above * number) / (size + number)
            size += number
        blocks.append((mean, size))
    room = lowest - offset
    means = [min(mean, max(room, 0.0)) for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
