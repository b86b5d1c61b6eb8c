"""Geometry of the map: places, widths, curves, and an order with few crossings."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard.pictures.crossings import crossings
from dashboard.pictures.map import (
    GAP,
    HEAD,
    LEAST,
    MOST,
    NEVER,
    PORT,
    ROW,
    Block,
    Placement,
    curves,
    edge_width,
    placed,
)
from dashboard.pictures.ordering import inserted, ordered

SIZES = st.lists(st.lists(st.integers(1, 6), max_size=6), min_size=2, max_size=4)
"""For each column the sizes of its groups."""


def columns_of(sizes: list[list[int]]) -> list[list[Block]]:
    """Return columns with groups of these sizes; a group of one has no name."""
    return [
        [
            (f"{c}:{g}" if size > 1 else "", [f"{c}-{g}-{n}" for n in range(size)])
            for g, size in enumerate(groups)
        ]
        for c, groups in enumerate(sizes)
    ]


def keys_of(column: list[Block]) -> list[str]:
    return [key for _, keys in column for key in keys]


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[list[Block]], list[tuple[str, str]]]:
    columns = columns_of(draw(SIZES))
    possible = [
        pair
        for left, right in itertools.pairwise(columns)
        for pair in itertools.product(keys_of(left), keys_of(right))
    ]
    edges = draw(st.lists(st.sampled_from(possible), unique=True, max_size=30)) if possible else []
    return columns, edges


def middles(column: list[Block], place: Placement) -> list[float]:
    return [place.y[key] for key in keys_of(column)]


@given(maps())
def test_nodes_keep_their_order_and_do_not_overlap(
    drawn: tuple[list[list[Block]], list[tuple[str, str]]],
) -> None:
    columns, edges = drawn
    place = placed(columns, edges)
    for column in columns:
        ys = middles(column, place)
        assert all(below - above >= ROW - 0.001 for above, below in itertools.pairwise(ys))
        assert all(ROW / 2 <= y <= place.height - ROW / 2 + 0.001 for y in ys)


@given(maps())
def test_name_of_a_group_stands_free_above_its_nodes(
    drawn: tuple[list[list[Block]], list[tuple[str, str]]],
) -> None:
    columns, edges = drawn
    place = placed(columns, edges)
    for column in columns:
        above = -ROW / 2
        for group, keys in column:
            if group:
                head = place.heads[group]
                assert head - above >= HEAD - 0.001
                assert head < place.y[keys[0]] - ROW / 2
            above = place.y[keys[-1]]


def test_short_column_stands_beside_what_it_is_joined_to() -> None:
    long, short = [("", [f"b{n}"]) for n in range(40)], [("", ["a"])]
    place = placed([short, long], [("a", "b30"), ("a", "b32")])
    assert place.y["a"] == place.y["b31"]
    assert place.height >= 40 * ROW


def test_map_of_nothing_has_no_nodes() -> None:
    place = placed([[], [], [], []], [])
    assert place.y == {}
    assert place.height > 0


@given(st.lists(st.integers(0, 10**12), min_size=1))
def test_edge_is_the_wider_the_more_passed(weights: list[int]) -> None:
    heaviest = max(weights)
    widths = [edge_width(weight, heaviest) for weight in sorted(weights)]
    assert widths == sorted(widths)
    assert all(NEVER <= width <= MOST for width in widths)
    assert all(
        (width == NEVER) == (weight == 0)
        for weight, width in zip(sorted(weights), widths, strict=True)
    )


def test_edge_keeps_its_width_while_the_heaviest_grows_a_little() -> None:
    assert edge_width(100, 600) == edge_width(100, 1_000)
    assert edge_width(1_024, 1_024) == MOST
    assert edge_width(1, 10**9) == LEAST


@given(maps(), st.data())
def test_edges_begin_and_end_within_their_nodes_in_the_order_of_their_other_ends(
    drawn: tuple[list[list[Block]], list[tuple[str, str]]], data: st.DataObject
) -> None:
    columns, edges = drawn
    y = placed(columns, edges).y
    widths = [data.draw(st.floats(NEVER, MOST)) for _ in edges]
    found = []
    for (source, target), path in zip(edges, curves(edges, widths, y), strict=True):
        match = re.fullmatch(rf"M0 ([\d.]+)C50 \1 50 ([\d.]+) {GAP} \2", path)
        assert match
        begin, end = float(match[1]), float(match[2])
        assert abs(begin - y[source]) <= PORT / 2 + 0.06
        assert abs(end - y[target]) <= PORT / 2 + 0.06
        found.append((source, y[target], begin))
    # Edges of one node do not cross beside it.
    for _, group in itertools.groupby(sorted(found), key=lambda each: each[0]):
        begins = [begin for _, _, begin in group]
        assert begins == sorted(begins)


Graph = tuple[list[list[tuple[str, str]]], list[tuple[str, str]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    columns, edges = draw(maps())
    nodes = [[(key, key.rpartition("-")[0]) for key in keys_of(column)] for column in columns]
    return [draw(st.permutations(column)) for column in nodes], edges


def together(keys: list[str]) -> bool:
    """Say whether the nodes of each group stand together."""
    groups = [group for group, _ in itertools.groupby(key.rpartition("-")[0] for key in keys)]
    return len(groups) == len(set(groups))


def all_crossings(columns: list[list[str]], edges: list[tuple[str, str]]) -> int:
    return sum(crossings(left, right, edges) for left, right in itertools.pairwise(columns))


@given(graphs())
def test_order_has_all_nodes_with_groups_together_and_no_more_crossings(graph: Graph) -> None:
    columns, edges = graph
    found = ordered(columns, edges)
    given_order = [
        [key for key, _ in sorted(column, key=lambda node: groups.index(node[1]))]
        for column in columns
        for groups in [list(dict.fromkeys(group for _, group in column))]
    ]
    assert [sorted(keys) for keys in found] == [sorted(k for k, _ in each) for each in columns]
    assert all(together(keys) for keys in found)
    assert all_crossings(found, edges) <= all_crossings(given_order, edges)
    assert ordered(columns, edges) == found


@given(st.permutations(range(12)), st.permutations(range(12)))
def test_what_can_be_drawn_without_a_crossing_is(left: list[int], right: list[int]) -> None:
    columns = [[(f"a{n}", f"a{n}") for n in left], [(f"b{n}", f"b{n}") for n in right]]
    edges = [(f"a{n}", f"b{n}") for n in range(12)]
    assert all_crossings(ordered(columns, edges), edges) == 0


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=40))
def test_crossings_are_counted_as_by_looking_at_each_pair(pairs: list[tuple[int, int]]) -> None:
    left, right = [f"a{n}" for n in range(9)], [f"b{n}" for n in range(9)]
    edges = [(f"a{a}", f"b{b}") for a, b in pairs]
    expected = sum(
        (one[0] - other[0]) * (one[1] - other[1]) < 0
        for one, other in itertools.combinations(pairs, 2)
    )
    assert crossings(left, right, edges) == expected


@given(graphs(), st.data())
def test_new_nodes_leave_the_others_in_their_order(graph: Graph, data: st.DataObject) -> None:
    columns, edges = graph
    every = [key for column in columns for key, _ in column]
    new = set(data.draw(st.lists(st.sampled_from(every), unique=True))) if every else set()
    before = ordered(
        [[node for node in column if node[0] not in new] for column in columns],
        [edge for edge in edges if not new.intersection(edge)],
    )
    after = inserted(before, columns, edges)
    assert [[key for key in keys if key not in new] for keys in after] == before
    assert [sorted(keys) for keys in after] == [sorted(k for k, _ in each) for each in columns]
    assert all(together(keys) for keys in after)
