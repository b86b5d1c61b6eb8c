"""An order of nodes in columns in which few edges cross. Pure: keys in, keys out; knows no coordinate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from dashboard.pictures.crossings import Edge, crossings

SWEEPS = 6

Node = tuple[str, str]
"""A node's key, unique in the whole picture, and its group's; nodes of a group stand together."""


def ordered(columns: Sequence[Sequence[Node]], edges: Sequence[Edge]) -> list[list[str]]:
    """
    Return the keys of each column in an order with few crossings, the nodes of a group together.

    Each column follows the mean place of its neighbours in the one before, then in the one after, in
    turns; the order with the fewest crossings is kept, the given one where none has fewer.
    """
    current = [_together(column) for column in columns]
    best, fewest = current, _all_crossings(current, edges)
    beside = _neighbours(edges)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        current = _swept(current, beside, is_rightwards=sweep % 2 == 0)
        crossing = _all_crossings(current, edges)
        if crossing < fewest:
            best, fewest = current, crossing
    return [[key for key, _ in column] for column in best]


def inserted(
    before: Sequence[Sequence[str]], columns: Sequence[Sequence[Node]], edges: Sequence[Edge]
) -> list[list[str]]:
    """
    Return the keys of each column with those known before in the order that they had.

    New nodes go into their group, and new groups into the column, where their neighbours are.
    """
    beside = _neighbours(edges)
    known = [{key: index for index, key in enumerate(column)} for column in before]
    place = _places(before)
    return [
        [key for key, _ in _merged(column, known[index], place, beside)]
        for index, column in enumerate(columns)
    ]


def _all_crossings(columns: Sequence[Sequence[Node]], edges: Sequence[Edge]) -> int:
    keys = [[key for key, _ in column] for column in columns]
    return sum(crossings(left, right, edges) for left, right in pairwise(keys))


def _neighbours(edges: Iterable[Edge]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, target in edges:
        found.setdefault(source, []).append(target)
        found.setdefault(target, []).append(source)
    return found


def _places(columns: Iterable[Sequence[str]]) -> dict[str, float]:
    """Return each node's place in its column, between 0 and 1: columns are not equally long."""
    return {
        key: (index + 0.5) / len(column) for column in columns for index, key in enumerate(column)
    }


def _swept(
    columns: list[list[Node]], beside: Mapping[str, list[str]], *, is_rightwards: bool
) -> list[list[Node]]:
    swept = list(columns)
    numbers = range(len(columns))
    for number in numbers if is_rightwards else reversed(numbers):
        fixed = number - 1 if is_rightwards else number + 1
        if 0 <= fixed < len(columns):
            place = _places([[key for key, _ in swept[fixed]]])
            own = _places([[key for key, _ in swept[number]]])
            wanted = {key: _mean(key, place, beside, own[key]) for key, _ in swept[number]}
            swept[number] = _sorted(swept[number], wanted)
    return swept


def _mean(
    key: str, place: Mapping[str, float], beside: Mapping[str, list[str]], otherwise: float
) -> float:
    found = [place[other] for other in beside.get(key, ()) if other in place]
    return sum(found) / len(found) if found else otherwise


def _sorted(column: Sequence[Node], wanted: Mapping[str, float]) -> list[Node]:
    groups: dict[str, list[Node]] = {}
    for node in column:
        groups.setdefault(node[1], []).append(node)
    inner = [sorted(nodes, key=lambda node: wanted[node[0]]) for nodes in groups.values()]
    inner.sort(key=lambda nodes: sum(wanted[key] for key, _ in nodes) / len(nodes))
    return [node for nodes in inner for node in nodes]


def _together(column: Sequence[Node]) -> list[Node]:
    return _sorted(column, dict.fromkeys((key for key, _ in column), 0.0))


def _merged(
    column: Sequence[Node],
    known: Mapping[str, int],
    place: Mapping[str, float],
    beside: Mapping[str, list[str]],
) -> list[Node]:
    wanted = {
        key: place[key] if key in known else _mean(key, place, beside, 1.0) for key, _ in column
    }
    groups: dict[str, list[Node]] = {}
    for node in sorted(column, key=lambda node: known.get(node[0], len(known))):
        groups.setdefault(node[1], []).append(node)
    inner = [_with_new(nodes, known, wanted) for nodes in groups.values()]
    old = [nodes for nodes in inner if any(key in known for key, _ in nodes)]
    old.sort(key=lambda nodes: min(known.get(key, len(known)) for key, _ in nodes))
    for nodes in inner:
        if nodes not in old:
            want = sum(wanted[key] for key, _ in nodes) / len(nodes)
            at = next((i for i, each in enumerate(old) if wanted[each[0][0]] > want), len(old))
            old.insert(at, nodes)
    return [node for nodes in old for node in nodes]


def _with_new(
    nodes: Sequence[Node], known: Mapping[str, int], wanted: Mapping[str, float]
) -> list[Node]:
    found = [node for node in nodes if node[0] in known]
    for node in nodes:
        if node[0] not in known:
            at = next(
                (i for i, (key, _) in enumerate(found) if wanted[key] > wanted[node[0]]), len(found)
            )
            found.insert(at, node)
    return found
