"""The recent records in memory."""

from __future__ import annotations

from dashboard.window import Window
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch, make_marker, window_of
from tracer.dispatches import Dispatch


def ids(window: Window) -> list[str]:
    return list(window.rows)


def test_record_that_comes_again_stays_in_its_place_with_a_new_version() -> None:
    running = make_dispatch(id="a-1", state="running", duration_ns=None)
    window = window_of(running, make_dispatch(id="a-2"))
    window.rows["a-1"].html["short"] = "drawn"
    window.add([(3, make_dispatch(id="a-1", started_us=running.started_us))])
    assert ids(window) == ["a-1", "a-2"]
    row = window.rows["a-1"]
    assert (row.first, row.version, row.html) == (1, 3, {})
    assert [row.record.id for row in window.after(2)] == ["a-1"]


def test_after_gives_each_changed_row_once_in_the_order_of_the_feed() -> None:
    window = window_of(make_dispatch(id="a-1"), make_dispatch(id="a-2"))
    window.add([(3, make_dispatch(id="a-3")), (4, make_dispatch(id="a-1", started_us=NOON_US))])
    assert [row.record.id for row in window.after(1)] == ["a-1", "a-2", "a-3"]
    assert window.after(4) == []


def test_parents_stand_before_children_although_the_store_moved_them_back() -> None:
    child = make_dispatch(id="a-2", parent_id="a-1", root_id="a-1", depth=1, started_us=NOON_US + 5)
    root = make_dispatch(id="a-1", started_us=NOON_US)
    window = window_of(child, root)
    assert ids(window) == ["a-1", "a-2"]
    assert window.children == {"a-1": ["a-2"]}


def test_trees_of_requests_served_at_once_are_kept_apart() -> None:
    def one(name: str, origin: str, at: int) -> Dispatch:
        return make_dispatch(id=name, origin=origin, origin_id=origin, started_us=NOON_US + at)

    window = window_of(one("a-1", "A", 0), one("b-1", "B", 10), one("a-2", "A", 20))
    assert ids(window) == ["a-1", "a-2", "b-1"]


def test_long_origin_does_not_pull_later_rows_up() -> None:
    first = make_dispatch(id="a-1", origin="A", origin_id="A", started_us=NOON_US)
    other = make_dispatch(id="b-1", origin="B", origin_id="B", started_us=NOON_US + 10)
    late = make_dispatch(id="a-2", origin="A", origin_id="A", started_us=NOON_US + 5_000_000)
    assert ids(window_of(first, other, late)) == ["a-1", "b-1", "a-2"]


def test_descendants_are_listed_depth_first() -> None:
    window = window_of(
        make_dispatch(id="r-1"),
        make_dispatch(id="r-2", parent_id="r-1", root_id="r-1", depth=1),
        make_dispatch(id="r-3", parent_id="r-2", root_id="r-1", depth=2),
        make_dispatch(id="r-4", parent_id="r-1", root_id="r-1", depth=1),
    )
    assert [one.id for one in window.descendants("r-1")] == ["r-1", "r-2", "r-3", "r-4"]
    assert window.descendants("unknown") == []


def test_a_tree_that_bites_its_tail_ends() -> None:
    window = window_of(
        make_dispatch(id="x-1", parent_id="x-2", root_id="x-2"),
        make_dispatch(id="x-2", parent_id="x-1", root_id="x-2"),
    )
    assert {one.id for one in window.descendants("x-2")} == {"x-1", "x-2"}


def test_window_is_bounded_and_says_what_had_to_go() -> None:
    window = Window(10)
    for number in range(1, 101):
        window.add([(number, make_dispatch(id=f"a-{number}", origin="o", origin_id=f"o{number}"))])
    assert ids(window) == [f"a-{number}" for number in range(91, 101)]
    assert window.trimmed_to == 90
    assert len(window.origins) <= 21
    assert [row.record.id for row in window.after(0)] == ids(window)


def test_counts_are_of_calls_errors_and_times() -> None:
    window = window_of(
        make_dispatch(calls=(make_call(duration_ns=1_000), make_call(receiver="app.two"))),
        make_dispatch(
            error="ValueError",
            state="error",
            calls=(
                make_call(duration_ns=3_000, error="ValueError"),
                make_call(receiver="app.two", started_ns=None, duration_ns=None, skipped="why"),
            ),
        ),
    )
    signal = window.counters.signals["django.db.models.signals.post_save"]
    assert (signal.calls, signal.errors) == (2, 1)
    one = window.counters.receivers["django.db.models.signals.post_save", "app.receivers.one"]
    assert (one.calls, one.errors, one.average_ns, one.max_ns) == (2, 1, 2_000, 3_000)
    two = window.counters.receivers["django.db.models.signals.post_save", "app.two"]
    assert two.calls == 1


def test_running_dispatch_is_counted_once_and_timed_when_it_ends() -> None:
    running = make_dispatch(
        id="a-1", state="running", duration_ns=None, origin="GET /", origin_id="o"
    )
    window = window_of(running)
    counters = window.counters
    assert counters.signals[running.signal].average_ns is None
    window.add([(2, make_dispatch(id="a-1", duration_ns=5_000, origin="GET /", origin_id="o"))])
    count = counters.signals[running.signal]
    assert (count.calls, count.average_ns) == (1, 5_000)
    assert window.origins["o"].dispatches == 1


def test_dropped_markers_are_added_up() -> None:
    window = window_of(
        make_marker(kind="dropped", count=3), make_marker(kind="stopped", count=9), make_marker()
    )
    assert window.counters.dropped == 3


def test_rate_counts_the_whole_seconds_just_past() -> None:
    window = window_of(*(make_dispatch(started_us=NOON_US) for _ in range(20)))
    assert window.counters.rate(NOON_US + 2_000_000) == 2.0
    assert window.counters.rate(NOON_US + 60_000_000) == 0.0
