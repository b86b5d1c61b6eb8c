"""The figures of a receiver's durations, and their picture."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dashboard.durations import SLOWEST, durations, percentile
from dashboard.pictures.histogram import BAR, HEIGHT, SIDE, TOP, histogram
from tests.dashboard.conftest import make_call, make_dispatch, window_of

NANOSECONDS = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


@given(NANOSECONDS, st.integers(1, 100))
def test_percentile_is_the_least_value_that_so_many_do_not_exceed(
    values: list[int], percent: int
) -> None:
    ordered = sorted(values)
    found = percentile(ordered, percent)
    share = sum(value <= found for value in ordered) * 100
    assert share >= percent * len(ordered)
    smaller = [value for value in ordered if value < found]
    assert len(smaller) * 100 < percent * len(ordered)


@given(NANOSECONDS)
def test_histogram_counts_each_duration_once_in_its_class(values: list[int]) -> None:
    drawn = histogram(values)
    assert sum(column.count for column in drawn.columns) == len(values)
    for column in drawn.columns:
        inside = [
            value
            for value in values
            if value >= column.from_ns and (column.to_ns is None or value < column.to_ns)
        ]
        assert column.count == len(inside)
        assert TOP <= column.y <= TOP + HEIGHT
        assert abs(column.y + column.height - drawn.bottom) < 0.02
        assert SIDE <= column.x <= drawn.width - SIDE - BAR
    assert drawn.columns[0].count
    assert drawn.columns[-1].count
    pairs = sorted((column.count, column.height) for column in drawn.columns)
    assert [height for _, height in pairs] == sorted(height for _, height in pairs)


@given(NANOSECONDS, st.integers(0, 59))
def test_mark_stands_over_the_class_of_its_duration(values: list[int], index: int) -> None:
    marked = values[index % len(values)]
    drawn = histogram(values, {"p50": min(values), "here": marked})
    first, mark = drawn.marks
    assert first.x <= mark.x
    (column,) = [
        column
        for column in drawn.columns
        if column.from_ns <= marked and (column.to_ns is None or marked < column.to_ns)
    ]
    assert column.x <= mark.x <= column.x + BAR


@given(NANOSECONDS)
def test_labelled_edges_are_those_of_classes_with_room_between(values: list[int]) -> None:
    drawn = histogram(values)
    places = {column.x: column.from_ns for column in drawn.columns}
    last = drawn.columns[-1]
    for edge in drawn.edges:
        assert edge.at_ns == places.get(edge.x, last.to_ns)
    xs = [edge.x for edge in drawn.edges]
    assert all(after - before >= 2 * BAR for before, after in itertools.pairwise(xs))


def test_nothing_ended_has_no_figures() -> None:
    assert durations([]) is None
    assert durations([(make_dispatch(), make_call(duration_ns=None))]) is None


def test_figures_and_slowest_of_a_window() -> None:
    took = [3, 1, 2, 9, 4, 7, 100]
    window = window_of(
        *(
            make_dispatch(
                id=f"d-{number}", calls=(make_call(receiver="a.slow", duration_ns=duration_ns),)
            )
            for number, duration_ns in enumerate(took)
        ),
        make_dispatch(id="d-9", calls=(make_call(receiver="a.other", duration_ns=500),)),
    )
    signal = make_dispatch().signal
    found = durations(window.calls_of(signal, "a.slow"))
    assert found is not None
    assert (found.calls, found.total_ns, found.p50_ns, found.p95_ns) == (7, 126, 4, 100)
    assert [one.duration_ns for one in found.slowest] == [100, 9, 7, 4, 3]
    assert len(found.slowest) == SLOWEST
    assert found.slowest[0].dispatch.id == "d-6"
