"""What differs between two runs of the same call."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.alignment import Node, Pair
from dashboard.differences import Difference, Outcome, Statement, difference, own_ns
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch
from tracer.dispatches import Query

MS = 1_000_000


def of_calls(before: dict[str, Any], after: dict[str, Any]) -> Difference:
    dispatch = make_dispatch()
    return difference(
        Pair(Node(dispatch, make_call(**before)), Node(dispatch, make_call(**after)), 1)
    )


def of_dispatches(before: dict[str, Any], after: dict[str, Any]) -> Difference:
    return difference(Pair(Node(make_dispatch(**before)), Node(make_dispatch(**after)), 0))


@pytest.mark.parametrize(
    ("before_ms", "after_ms", "kinds"),
    [
        (0, 5, ()),  # five milliseconds are noise
        (0, 6, ("slower",)),
        (4, 10, ()),  # five and a quarter of the shorter
        (4, 10.1, ("slower",)),
        (100, 130, ()),
        (100, 131, ("slower",)),
        (131, 100, ("faster",)),
        (6, 0, ("faster",)),
    ],
)
def test_slower_is_more_than_five_milliseconds_and_a_quarter(
    before_ms: float, after_ms: float, kinds: tuple[str, ...]
) -> None:
    found = of_calls(
        {"duration_ns": int(before_ms * MS)},
        {"duration_ns": int(after_ms * MS)},
    )
    assert found.kinds == kinds
    assert found.slower_ns == (int(after_ms * MS) - int(before_ms * MS) if kinds else 0)


def test_slow_call_is_not_told_of_what_stands_above_it() -> None:
    def run(inner_ms: int) -> list[Node]:
        root = make_dispatch(
            started_us=NOON_US,
            duration_ns=(inner_ms + 3) * MS,
            calls=(make_call(started_ns=MS, duration_ns=(inner_ms + 2) * MS),),
        )
        child = make_dispatch(
            started_us=NOON_US + 1_500,
            duration_ns=(inner_ms + 1) * MS,
            calls=(make_call(started_ns=MS, duration_ns=inner_ms * MS),),
        )
        inner = Node(child, child.calls[0])
        below = Node(child, None, [inner])
        call = Node(root, root.calls[0], [below])
        return [Node(root, None, [call]), call, below, inner]

    assert [own_ns(node) for node in run(90)] == [MS, MS, MS, 90 * MS]
    found = [difference(Pair(*two, 0)) for two in zip(run(1), run(90), strict=True)]
    assert [one.kinds for one in found] == [(), (), (), ("slower",)]
    assert found[-1].slower_ns == 89 * MS


def test_nothing_is_said_of_the_time_of_a_dispatch_itself() -> None:
    assert of_dispatches({"duration_ns": MS}, {"duration_ns": 90 * MS}) == Difference()


def test_nothing_is_said_of_the_time_of_what_runs_or_never_ran() -> None:
    slow = {"duration_ns": 90 * MS}
    assert of_calls(slow, {"duration_ns": None}) == Difference()
    never = {"started_ns": None, "duration_ns": None, "skipped": "charge raised"}
    assert of_calls(slow, never).kinds == ("outcome",)
    assert of_calls(slow, never).slower_ns == 0


def test_statements_that_came_went_or_ran_another_number_of_times() -> None:
    found = of_calls(
        {
            "query_count": 4,
            "queries": (Query(sql="SELECT 1"), Query(sql="SELECT 2"), Query(sql="UPDATE", count=2)),
        },
        {
            "query_count": 10,
            "queries": (Query(sql="SELECT 1"), Query(sql="UPDATE", count=8), Query(sql="INSERT")),
        },
    )
    assert found.kinds == ("queries",)
    assert found.queries == 6
    assert found.statements == (
        Statement("INSERT", 0, 1),
        Statement("UPDATE", 2, 8),
        Statement("SELECT 2", 1, 0),
    )


def test_other_statements_count_though_they_are_as_many() -> None:
    found = of_calls(
        {"query_count": 1, "queries": (Query(sql="SELECT 1"),)},
        {"query_count": 1, "queries": (Query(sql="SELECT 2"),)},
    )
    assert (found.kinds, found.queries) == (("queries",), 0)


def test_new_has_all_its_queries_and_gone_takes_them_away() -> None:
    dispatch = make_dispatch()
    call = Node(dispatch, make_call(query_count=3, queries=(Query(sql="SELECT 1", count=3),)))
    new, gone = difference(Pair(None, call, 1)), difference(Pair(call, None, 1))
    assert new == Difference(("new",), 0, 3, (Statement("SELECT 1", 0, 3),))
    assert gone == Difference(("gone",), 0, -3, (Statement("SELECT 1", 3, 0),))


def test_what_is_raised_is_told_where_it_was_raised() -> None:
    def run(error: str | None) -> Node:
        root = make_dispatch(error=error, calls=(make_call(error=error),))
        child = make_dispatch(error=error, calls=(make_call(error=error),))
        inner = Node(child, None, [Node(child, child.calls[0])])
        return Node(root, None, [Node(root, root.calls[0], [inner])])

    def kinds(old: Node, new: Node) -> list[tuple[Outcome, ...]]:
        below = [kinds(*two) for two in zip(old.below, new.below, strict=True)]
        return [difference(Pair(old, new, 0)).outcomes, *(one for each in below for one in each)]

    assert kinds(run(None), run("shop.Declined")) == [
        (), (), (), (Outcome("raised", "", "shop.Declined"),),
    ]  # fmt: skip
    assert kinds(run("a.E"), run("b.F"))[-1] == (Outcome("raised", "a.E", "b.F"),)
    assert not any(kinds(run("a.E"), run("a.E")))


def test_never_reached_is_an_outcome_of_its_own() -> None:
    reached, never = {"started_ns": 5}, {"started_ns": None, "duration_ns": None}
    assert of_calls(reached, never).outcomes == (Outcome("reached", "yes", ""),)
    assert of_calls(never, reached).outcomes == (Outcome("reached", "", "yes"),)


def test_transaction_counts_once_its_outcome_is_known() -> None:
    committed, rolled_back = {"transaction": "committed"}, {"transaction": "rolled back"}
    turn = Outcome("transaction", "committed", "rolled back")
    assert of_dispatches(committed, rolled_back).outcomes == (turn,)
    assert of_dispatches(committed, {"transaction": "open"}) == Difference()
    assert of_dispatches({}, {"transaction": "open"}).kinds == ("outcome",)
    assert of_dispatches(committed, rolled_back).without(turn) == Difference()


def test_what_moved_is_compared_like_all_else() -> None:
    one, other = make_call(duration_ns=MS), make_call(duration_ns=90 * MS)
    dispatch = make_dispatch()
    found = difference(Pair(Node(dispatch, one), Node(dispatch, other), 1, moved=(2, 1)))
    assert found.kinds == ("moved", "slower")
    assert found.moved == (2, 1)


def test_other_method_is_an_outcome() -> None:
    found = of_dispatches({"method": "send"}, {"method": "send_robust"})
    assert found.outcomes == (Outcome("method", "send", "send_robust"),)
