"""One row for one stop of recording, whichever process's marker comes first."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from dashboard.window import Window
from tests.dashboard.conftest import NOON_US, make_dispatch, make_marker
from tracer.dispatches import Marker

STOP: dict[str, Any] = {"kind": "stopped", "at_us": NOON_US}
BEGUN = make_marker(id="a-m1", **STOP)
ENDED = make_marker(id="a-m1", until_us=NOON_US + 9, count=3, **STOP)
OTHERS = [
    make_marker(id=f"{name}-m1", until_us=NOON_US + 10, count=count, part_of="a-m1", **STOP)
    for name, count in (("b", 5), ("c", 7))
]


def add(window: Window, *markers: Marker) -> None:
    start = window.cursor
    window.add(list(enumerate(markers, start + 1)))


@pytest.mark.parametrize("order", list(permutations([ENDED, *OTHERS])))
def test_counts_of_all_processes_are_in_one_row_in_any_order(order: tuple[Marker, ...]) -> None:
    window = Window(100)
    add(window, BEGUN)
    for marker in order:
        add(window, marker)
    (row,) = window.markers()
    assert (row.id, row.count, row.until_us) == ("a-m1", 15, NOON_US + 9)


def test_part_that_comes_again_counts_once() -> None:
    window = Window(100)
    add(window, BEGUN, *OTHERS, *OTHERS, ENDED)
    (row,) = window.markers()
    assert row.count == 15


def test_part_of_a_process_that_ended_meanwhile_does_not_end_the_stop() -> None:
    window = Window(100)
    add(window, BEGUN, make_marker(id="b-m1", count=5, part_of="a-m1", **STOP))
    (row,) = window.markers()
    assert (row.count, row.until_us) == (5, None)


def test_part_of_a_stop_that_is_not_kept_any_more_stands_for_it() -> None:
    window = Window(100)
    add(window, *OTHERS)
    (row,) = window.markers()
    assert (row.id, row.part_of, row.count) == ("a-m1", None, 12)


def test_stop_whose_row_made_room_is_forgotten() -> None:
    window = Window(2)
    add(window, BEGUN, *OTHERS)
    window.add([(window.cursor + n, make_dispatch()) for n in (1, 2)])
    assert window.markers() == []
    assert window._stops._parts == {}
