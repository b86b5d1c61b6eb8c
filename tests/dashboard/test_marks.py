"""Which run was marked, and which ones may stand after it."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.feed import Feed
from dashboard.marks import MOST_RUNS, Run, find, later
from tests.dashboard.conftest import make_dispatch, window_of
from tracer.stores import Store


@pytest.fixture
def run(store: Store, feed: Feed) -> Any:
    """Return a function that appends dispatches and catches up."""

    def append(*given: dict[str, Any]) -> None:
        store.append([make_dispatch(**one) for one in given])
        feed.catch_up()

    return append


def found(feed: Feed, name: str) -> Run:
    run = find(feed, name)
    assert run is not None
    return run


def afters(feed: Feed, name: str) -> list[str]:
    return [one.id for one in later(feed, found(feed, name))]


def request(number: int, *signals: str, origin: str = "POST /orders/") -> list[dict[str, Any]]:
    return [
        {"id": f"{number}-{at}", "origin": origin, "origin_id": f"r-{number}", "signal": signal}
        for at, signal in enumerate(signals)
    ]


def test_tree_and_request_are_found_whole(run: Any, feed: Feed) -> None:
    run(*request(1, "a.s", "a.t"), {"id": "c", "parent_id": "1-0", "root_id": "1-0", "depth": 1})
    assert [one.id for one in found(feed, "1-0").dispatches] == ["1-0", "c"]
    assert [one.id for one in found(feed, "origin:r-1").dispatches] == ["1-0", "1-1"]
    for unknown in ("x", "origin:x", "origin:", "r-1", "%", "\x00"):
        assert find(feed, unknown) is None


def test_what_the_window_has_lost_is_found_in_the_store(run: Any, feed: Feed) -> None:
    run(*request(1, "a.s", "a.t"), {"id": "c", "parent_id": "1-0", "root_id": "1-0", "depth": 1})
    feed.window = window_of(make_dispatch())
    assert [one.id for one in found(feed, "1-0").dispatches] == ["1-0", "c"]
    assert [one.id for one in found(feed, "origin:r-1").dispatches] == ["1-0", "1-1"]
    assert find(feed, "c") is None


def test_what_was_found_in_the_store_is_remembered_until_it_is_cleared(
    run: Any, feed: Feed, store: Store
) -> None:
    run(*request(1, "a.s"))
    feed.window = window_of(make_dispatch())
    assert found(feed, "1-0") == found(feed, "1-0")
    store.clear()
    feed.catch_up()
    assert find(feed, "1-0") is None


def test_request_of_which_the_window_lost_a_part_is_found_whole(
    run: Any, feed: Feed, store: Store
) -> None:
    run(*request(1, "a.s", "a.t", "a.u"))
    records = [record for _, record in store.read(0, 10)]
    feed.window = window_of(*records, capacity=2)
    assert len(feed.window.in_origin("r-1")) == 2
    assert len(found(feed, "origin:r-1").dispatches) == 3


def test_request_is_run_again_by_the_newest_of_the_same_name(run: Any, feed: Feed) -> None:
    run(*request(0, "a.s"), *request(1, "a.s", "a.t"))
    assert afters(feed, "origin:r-1") == []
    run(*request(2, "a.s"), *request(3, "a.s", origin="GET /orders/"), *request(4, "a.s"))
    assert afters(feed, "origin:r-1") == ["origin:r-4", "origin:r-2"]


def test_request_is_run_again_by_one_of_the_same_route_if_there_is_no_other(
    run: Any, feed: Feed
) -> None:
    run(*request(1, "a.s", origin="GET /orders/12/edit"))
    run(
        *request(2, "a.s", origin="GET /orders/13/edit"),
        *request(3, "a.s", origin="GET /orders/x/edit"),
    )
    assert afters(feed, "origin:r-1") == ["origin:r-2"]
    run(
        *request(4, "a.s", origin="GET /orders/12/edit"),
        *request(5, "a.s", origin="GET /orders/9/edit"),
    )
    assert afters(feed, "origin:r-1") == ["origin:r-4", "origin:r-5", "origin:r-2"]


def test_tree_is_run_again_by_the_same_one_of_another_request(run: Any, feed: Feed) -> None:
    run(*request(1, "a.s", "a.t", "a.s"))
    # Not by the next of its own request.
    assert afters(feed, "1-0") == []
    run(*request(2, "a.s", "a.s", "a.s"), *request(3, "a.s", origin="manage.py x"))
    # The second of its kind, as the one before is; the request of the same name comes first.
    assert afters(feed, "1-2") == ["2-1", "3-0"]
    assert afters(feed, "1-0") == ["2-0", "3-0"]
    assert afters(feed, "1-1") == []


def test_tree_outside_of_any_request_is_run_again_by_any_later_one(run: Any, feed: Feed) -> None:
    run({"id": "a"}, {"id": "b"}, {"id": "other", "sender": "auth.Group"}, {"id": "c"})
    run({"id": "below", "parent_id": "c", "root_id": "c", "depth": 1})
    assert afters(feed, "b") == ["c"]
    assert afters(feed, "a") == ["c", "b"]


def test_no_more_runs_are_offered_than_anybody_reads(run: Any, feed: Feed) -> None:
    run({"id": "first"}, *({"id": f"n{at}"} for at in range(30)))
    offered = afters(feed, "first")
    assert len(offered) == MOST_RUNS
    assert offered[0] == "n29"
