"""Geometry of the pictures."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboard.pictures.timeline import HEIGHT, timeline
from dashboard.pictures.waterfall import WIDTH, bar

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
