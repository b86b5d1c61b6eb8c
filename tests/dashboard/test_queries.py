"""The queries of a receiver's calls, summed."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dashboard.queries import MOST_SUMS, N_PLUS_ONE, executed
from tests.dashboard.conftest import make_call
from tracer.dispatches import Query, ReceiverCall


def call_with(*queries: Query) -> ReceiverCall:
    """Return a call that executed queries."""
    return make_call(
        queries=queries,
        query_count=sum(query.count for query in queries),
        query_ns=sum(query.duration_ns for query in queries),
    )


QUERIES = st.builds(
    Query,
    sql=st.integers(0, 2 * MOST_SUMS).map("SELECT {}".format),
    count=st.integers(1, 9),
    duration_ns=st.integers(0, 10**6),
)


@given(st.lists(st.lists(QUERIES, max_size=40).map(lambda queries: call_with(*queries))))
def test_every_query_is_in_one_sum(calls: list[ReceiverCall]) -> None:
    expected: Counter[str] = Counter()
    for call in calls:
        for query in call.queries:
            expected[query.sql] += query.count
    found = executed(calls)
    if found is None:
        assert not expected
        return
    assert found.count == expected.total()
    assert found.calls == len(calls)
    assert len(found.sums) + found.hidden == len(expected)
    assert {one.sql: one.count for one in found.sums}.items() <= expected.items()
    took = [one.duration_ns for one in found.sums]
    assert took == sorted(took, reverse=True)
    assert sum(took) <= found.duration_ns


def test_many_calls_with_one_query_each_are_no_n_plus_one() -> None:
    found = executed([call_with(Query(sql="SELECT 1"))] * N_PLUS_ONE)
    assert found is not None
    assert (found.per_call, [one.is_n_plus_one for one in found.sums]) == ("1", [False])


def test_one_call_makes_it_an_n_plus_one() -> None:
    found = executed([call_with(), call_with(Query(sql="SELECT 1", count=N_PLUS_ONE))])
    assert found is not None
    assert (found.per_call, [one.is_n_plus_one for one in found.sums]) == ("2.5", [True])


def test_call_that_was_never_reached_does_not_count() -> None:
    skipped = make_call(started_ns=None, duration_ns=None, skipped="raised before it")
    assert executed([skipped]) is None
    found = executed([skipped, call_with(Query(sql="SELECT 1"))])
    assert found is not None
    assert found.calls == 1
