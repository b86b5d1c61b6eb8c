"""Groups that are folded, and sums over them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.maps.folding import MOST, ROOM, folded_groups, group_key, joined, rows, total
from dashboard.maps.graph import Edge, Node
from tests.dashboard.maps.conftest import make_count


def nodes(column: str, *sizes: int) -> list[Node]:
    return [
        Node(f"{column} app{app}.n{number}", column, f"app{app}.n{number}", f"app{app}")  # type: ignore[arg-type]
        for app, size in enumerate(sizes)
        for number in range(size)
    ]


def test_small_column_is_unfolded_and_a_large_one_has_room_again() -> None:
    assert not any(row.is_folded for row in rows(nodes("receiver", 4, 5), {}))
    large = rows(nodes("receiver", 100, 60, 3), {})
    assert [(row.key, len(row.members)) for row in large if row.is_folded] == [
        ("receiver:app0", 100),
        ("receiver:app1", 60),
    ]
    assert len(large) <= ROOM


def test_receivers_of_django_are_folded_first() -> None:
    sizes = {"receiver:django.core": 3, "receiver:shop": 20, "receiver:mail": 15}
    assert folded_groups(sizes, {}) == {"receiver:django.core", "receiver:shop"}


def test_signals_of_models_are_folded_last() -> None:
    sizes = {"signal:django.db": 10} | {f"signal:app{number}": 5 for number in range(9)}
    folded = folded_groups(sizes, {})
    assert folded
    assert "signal:django.db" not in folded


def test_unfolding_one_group_leaves_the_others() -> None:
    sizes = {"receiver:shop": 30, "receiver:mail": 20, "receiver:crm": 9}
    assert folded_groups(sizes, {}) == {"receiver:shop"}
    assert folded_groups(sizes, {"receiver:shop": False}) == set()
    assert folded_groups(sizes, {"receiver:crm": True}) == {"receiver:shop", "receiver:crm"}


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 400)),
    st.dictionaries(st.sampled_from("abcdefgh"), st.booleans()),
)
def test_what_was_chosen_holds_whatever_the_room(
    sizes: dict[str, int], choice: dict[str, bool]
) -> None:
    folded = folded_groups(sizes, choice)
    for key in sizes:
        if key in choice:
            assert (key in folded) == choice[key]
    assert folded_groups(sizes, None) == set()


def test_group_that_is_too_large_shows_the_rest_as_one_row() -> None:
    column = nodes("receiver", MOST + 20)
    shown = rows(column, {"receiver:app0": False})
    assert len(shown) == MOST + 1
    assert len(shown[-1].members) == 20
    assert {node.key for row in shown for node in row.members} == {node.key for node in column}


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(0, 50)), max_size=40),
    st.dictionaries(st.sampled_from(["app0", "app1", "app2"]), st.booleans()),
)
def test_sums_are_right_however_it_is_folded(
    drawn: list[tuple[int, int, int]], choice: dict[str, bool]
) -> None:
    left, right = nodes("signal", 4, 4, 4), nodes("receiver", 4, 4, 4)
    edges = [
        Edge(left[a].key, right[b].key, left[a].name, make_count(calls, errors=calls // 2))
        for a, b, calls in drawn
    ]
    chosen = {f"{column}:{app}": fold for app, fold in choice.items() for column in ("signal", "receiver")}  # fmt: skip
    shown = [*rows(left, chosen), *rows(right, chosen)]
    found = joined(edges, shown)
    assert len({(edge.source, edge.target) for edge in found}) == len(found)
    assert sum(edge.count.calls for edge in found) == sum(calls for *_, calls in drawn)
    for row in shown:
        inside = {node.key for node in row.members}
        for end in ("source", "target"):
            mine = total(edge.count for edge in found if getattr(edge, end) == row.key)
            theirs = total(edge.count for edge in edges if getattr(edge, end) in inside)
            assert mine == theirs


def test_total_keeps_the_longest_and_the_last() -> None:
    found = total([make_count(2, max_ns=9, last_us=5), make_count(3, max_ns=4, last_us=8)])
    assert (found.calls, found.max_ns, found.last_us) == (5, 9, 8)


def test_nodes_are_in_the_group_of_their_column_and_app() -> None:
    assert group_key(nodes("receiver", 1)[0]) == "receiver:app0"
