"""Geometry of the pictures."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard.pictures.timeline import HEIGHT, timeline
from dashboard.pictures.waterfall import WIDTH, Bar, bar, covered_ns, hollow, marks, ticks

COUNTS = st.lists(st.integers(0, 10_000), min_size=4, max_size=4)


@given(st.dictionaries(st.integers(0, 200), COUNTS))
def test_bars_of_the_timeline_stay_in_their_box(buckets: dict[int, list[int]]) -> None:
    line = timeline(buckets, last=150, number=150)
    for path in (line.request, line.model, line.other, line.error):
        for x, bottom, height in re.findall(r"M([\d.]+) ([\d.-]+)h4\.4v-([\d.]+)", path):
            assert 0 <= float(x) < line.width
            assert float(bottom) <= HEIGHT
            assert float(bottom) - float(height) >= -4


def test_timeline_stacks_families_and_puts_errors_on_top() -> None:
    line = timeline({10: [4, 4, 0, 1]}, last=10, number=2)
    assert line.peak == 8
    assert line.other == ""
    bottoms = [
        float(path.split()[1].split("h")[0]) for path in (line.request, line.model, line.error)
    ]
    assert bottoms == sorted(bottoms, reverse=True)


def test_empty_timeline_draws_nothing() -> None:
    line = timeline({}, last=5, number=3)
    assert (line.request, line.model, line.other, line.error, line.peak) == ("", "", "", "", 0)


@given(st.integers(-(10**12), 10**15), st.none() | st.integers(0, 10**15), st.integers(0, 10**15))
def test_bar_of_the_waterfall_is_seen_and_stays_in_its_box(
    start_ns: int, duration_ns: int | None, total_ns: int
) -> None:
    drawn = bar(start_ns, duration_ns, total_ns)
    assert drawn.x >= 0
    assert drawn.width >= 1
    assert drawn.x + drawn.width <= WIDTH


def test_bar_of_what_still_runs_reaches_the_edge() -> None:
    drawn = bar(500, None, 1_000)
    assert (drawn.x, drawn.width) == (500, 500)


@given(st.data())
def test_bar_never_leaves_the_bar_it_is_inside_of(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 10**12))
    outer = bar(
        data.draw(st.integers(0, total)), data.draw(st.none() | st.integers(0, total)), total
    )
    drawn = bar(
        data.draw(st.integers(0, total)),
        data.draw(st.none() | st.integers(0, total)),
        total,
        outer,
    )
    assert outer.x <= drawn.x
    assert drawn.right <= outer.right
    assert drawn.width >= 1


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_calls_one_after_the_other_keep_their_order(durations: list[int]) -> None:
    total = sum(durations)
    starts = [sum(durations[:index]) for index in range(len(durations))]
    outer = bar(0, total, total)
    bars = [
        bar(start, duration, total, outer)
        for start, duration in zip(starts, durations, strict=True)
    ]
    assert [each.x for each in bars] == sorted(each.x for each in bars)


@given(st.integers(0, 10**15))
def test_ticks_are_few_and_round_and_inside(total_ns: int) -> None:
    drawn = ticks(total_ns)
    assert len(drawn) <= 5
    for tick in drawn:
        assert 0 <= tick.x <= WIDTH
        assert str(drawn[0].at_ns).rstrip("0") in ("1", "2", "5")
    assert [tick.at_ns for tick in drawn] == [drawn[0].at_ns * n for n in range(1, len(drawn) + 1)]


@given(st.lists(st.integers(-5, 2_000)), st.integers(1, 2_000))
def test_marks_stay_on_their_bar(starts: list[int], total: int) -> None:
    inside = Bar(100, 300)
    places = [int(x) for x in re.findall(r"M(\d+) ", marks(starts, total, inside))]
    assert places == sorted(set(places))
    assert all(100 <= x <= 400 for x in places)
    assert bool(places) == bool(starts)


def test_what_was_never_reached_stands_after_the_last_call() -> None:
    outer = Bar(100, 400)
    assert hollow(Bar(200, 50), outer).x == 250
    assert hollow(None, outer).x == 100
    last = hollow(Bar(990, 10), Bar(0, WIDTH))
    assert last.right <= WIDTH


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))), st.integers(0, 30))
def test_what_overlaps_is_covered_once(spans: list[tuple[int, int]], begin: int) -> None:
    within = (begin, begin + 25)
    moments = {at for start, end in spans for at in range(start, end)}
    assert covered_ns(spans, within) == len(moments & set(range(*within)))


@given(
    st.lists(st.tuples(st.floats(-50, 300), st.none() | st.floats(-50, 300)), max_size=5),
    st.lists(st.floats(-50, 300), max_size=5),
)
def test_stops_and_starts_stay_in_the_box(
    stops: list[tuple[float, float | None]], starts: list[float]
) -> None:
    line = timeline({}, last=150, number=150, stops=stops, starts=starts)
    for x, width in re.findall(r"M([\d.-]+) 0h([\d.]+)", line.stopped):
        assert 0 <= float(x) <= line.width
        assert float(width) >= 1
    for x in re.findall(r"M([\d.-]+) 0v", line.started):
        assert 0 <= float(x) <= line.width


@given(st.lists(st.integers(0, 500), min_size=2, max_size=40))
def test_bar_is_as_high_as_its_count(counts: list[int]) -> None:
    line = timeline(
        {number: [count, 0, 0, 0] for number, count in enumerate(counts)},
        last=len(counts) - 1,
        number=len(counts),
    )
    assert line.total == sum(counts)
    heights = [float(height) for height in re.findall(r"v-([\d.]+)h-", line.model)]
    drawn = [count for count in counts if count]
    assert len(heights) == len(drawn)
    ordered = sorted(zip(drawn, heights, strict=True))
    assert [height for _, height in ordered] == sorted(height for _, height in ordered)


def test_stop_that_lasts_reaches_the_edge() -> None:
    line = timeline({}, last=9, number=10, stops=[(5.0, None)])
    assert line.stopped.startswith("M30.0 0h30.0v")
