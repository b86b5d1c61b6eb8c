"""Places of the map's nodes and the curves of its edges. Pure geometry; knows no signal and no template."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

ROW = 24.0
"""From one node to the next, in pixels."""
HEAD = 24.0
"""What the name of a group takes above its first node."""
NEAR = 20.0
"""From the middle of a group's name to that of its first node; nearer than to what is above."""
TOP = 8.0
AIR = 14.0
"""More between blocks than there must be, where there is room."""
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

    The order is kept, the nodes of a group stand closely, and its name has `HEAD` above the first of them.
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
        column = columns[number]
        wanted = [_wanted(block, y, beside) for block in column]
        room = height - 2 * TOP
        # A column with few blocks is given air, so that edges come to them from less steep.
        air = min(AIR, (room - lengths[number]) / max(len(column), 1))
        starts = _spaced(wanted, [_length([block]) + air for block in column], room + air / 2)
        for block, start in zip(column, starts, strict=True):
            y |= zip(block[1], _inside(block, TOP + start), strict=True)
    heads = {
        group: y[keys[0]] - NEAR for column in columns for group, keys in column if group and keys
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


def _inside(block: Block, start: float) -> list[float]:
    """Return where the nodes of a block are that begins at `start`."""
    group, keys = block
    first = start + (HEAD if group else 0.0) + ROW / 2
    return [first + index * ROW for index in range(len(keys))]


def _wanted(block: Block, y: Mapping[str, float], beside: Mapping[str, list[str]]) -> float | None:
    """Return where a block would best begin: its nodes beside what they are joined to; None where that is nothing."""
    found = [
        y[other] - at
        for key, at in zip(block[1], _inside(block, TOP), strict=True)
        for other in beside.get(key, ())
        if other in y
    ]
    return sum(found) / len(found) if found else None


def _spaced(wanted: Sequence[float | None], sizes: Sequence[float], room: float) -> list[float]:
    """
    Return where blocks begin: as near to where they want as they can one below the other, within the room.

    None follows the one above. Those that are in each other's way move as one, to the mean of what they want.
    """
    runs: list[
        tuple[float, int]
    ] = []  # where its first block wants to begin in the mean, and how many there are
    offsets: list[float] = []
    offset = reached = 0.0
    for want, size in zip(wanted, sizes, strict=True):
        start = reached if want is None else want
        reached = start + size
        mean, number = max(start - offset, 0.0), 1
        while runs and runs[-1][0] >= mean:
            above, more = runs.pop()
            mean = (mean * number + above * more) / (number + more)
            number += more
        runs.append((mean, number))
        offsets.append(offset)
        offset += size
    means = [min(mean, room - offset) for mean, number in runs for _ in range(number)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
