"""The feed's lines: origins, equal neighbours, gaps, markers."""

from __future__ import annotations

from typing import Any

from dashboard.drawing import Line, Lost
from dashboard.lines import MOST_EQUAL, Lines
from dashboard.window import Window
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch, make_marker, window_of
from tracer.filters import Filter


def lines_of(window: Window, text: str = "", **given: Any) -> Lines:
    values: dict[str, Any] = {"is_tree": True, "slow_ns": 10_000_000}
    return Lines(window, Filter.parse(text), **values | given)


def take_all(lines: Lines, window: Window, after: int = 0) -> tuple[list[Line], list[Line]]:
    return lines.take(window.after(after))


def test_header_stands_where_the_origin_changes_and_only_in_the_tree() -> None:
    window = window_of(
        make_dispatch(origin="GET /a", origin_id="1"),
        make_dispatch(origin="GET /a", origin_id="1", sender="x.Y"),
        make_dispatch(origin="GET /b", origin_id="2"),
        make_dispatch(),
    )
    new, _ = take_all(lines_of(window), window)
    assert [line.kind for line in new] == [
        "origin", "dispatch", "dispatch", "origin", "dispatch", "dispatch",
    ]  # fmt: skip
    new, _ = take_all(lines_of(window, is_tree=False), window)
    assert {line.kind for line in new} == {"dispatch"}


def test_header_sums_up_its_request_and_is_drawn_again_when_more_comes() -> None:
    one = make_dispatch(origin="POST /a", origin_id="1", calls=(make_call(query_count=2),))
    window = window_of(one)
    lines = lines_of(window)
    new, _ = take_all(lines, window)
    assert "1 dispatch" in lines.render(new[0])
    window.add([(2, make_dispatch(origin="POST /a", origin_id="1", sender="b.C"))])
    added, changed = take_all(lines, window, 1)
    assert [line.kind for line in added] == ["dispatch"]
    html = lines.render(changed[0])
    assert "2 dispatches" in html
    assert "2 queries" in html


def test_equal_neighbours_are_one_line_also_across_pushes() -> None:
    window = window_of(make_dispatch(), make_dispatch())
    lines = lines_of(window)
    new, changed = take_all(lines, window)
    assert ([len(line.members) for line in new], changed) == ([2], [])
    window.add([(3, make_dispatch())])
    more, changed = take_all(lines, window, 2)
    assert (more, changed) == ([], new)
    assert "×3" in lines.render(new[0])
    assert "3.0 ms" in lines.render(new[0])


def test_row_of_equal_neighbours_is_bounded_and_the_next_one_begins() -> None:
    window = window_of(*(make_dispatch() for _ in range(2 * MOST_EQUAL + 1)))
    new, _ = take_all(lines_of(window), window)
    assert [len(line.members) for line in new] == [MOST_EQUAL, MOST_EQUAL, 1]


def test_what_differs_or_runs_or_has_children_stands_by_itself() -> None:
    differing = [
        make_dispatch(),
        make_dispatch(sender="auth.Group"),
        make_dispatch(sender="auth.Group", method="send_robust"),
        make_dispatch(sender="auth.Group", method="send_robust", call_site="a.py:1 f"),
        make_dispatch(state="running", duration_ns=None),
        make_dispatch(state="running", duration_ns=None),
        make_dispatch(id="p-1"),
        make_dispatch(id="p-2"),
        make_dispatch(parent_id="p-2", root_id="p-2", depth=1),
    ]
    window = window_of(*differing)
    new, _ = take_all(lines_of(window), window)
    assert [len(line.members) for line in new] == [1] * len(differing)


def test_each_stands_by_itself_where_a_group_was_opened() -> None:
    window = window_of(make_dispatch(), make_dispatch())
    new, _ = take_all(lines_of(window, is_collapsing=False), window)
    assert len(new) == 2


def test_only_what_the_filter_lets_through_is_shown_and_markers() -> None:
    window = window_of(make_dispatch(sender="a.A"), make_dispatch(sender="b.B"), make_marker())
    new, _ = take_all(lines_of(window, "sender:b.B"), window)
    assert [line.kind for line in new] == ["dispatch", "marker"]


def test_running_row_that_begins_to_match_as_it_ends_is_added() -> None:
    window = window_of(make_dispatch(id="a-1", state="running", duration_ns=None))
    lines = lines_of(window, "is:error")
    assert take_all(lines, window) == ([], [])
    window.add([(2, make_dispatch(id="a-1", state="error", error="ValueError"))])
    new, changed = take_all(lines, window, 1)
    assert ([line.key for line in new], changed) == (["d-a-1"], [])


def test_shown_row_is_drawn_again_although_it_matches_no_more() -> None:
    window = window_of(make_dispatch(id="a-1", state="running", duration_ns=None))
    lines = lines_of(window, "is:running")
    new, _ = take_all(lines, window)
    assert "still running" in lines.render(new[0])
    window.add([(2, make_dispatch(id="a-1"))])
    new, changed = take_all(lines, window, 1)
    assert (new, [line.key for line in changed]) == ([], ["d-a-1"])
    assert "still running" not in lines.render(changed[0])


def test_row_is_drawn_once_for_all_viewers() -> None:
    window = window_of(make_dispatch(id="a-1"))
    first, second = lines_of(window), lines_of(window)
    html = first.render(take_all(first, window)[0][0])
    window.rows["a-1"].html = dict.fromkeys(window.rows["a-1"].html, "kept")
    assert html != "kept"
    assert second.render(take_all(second, window)[0][0]) == "kept"


def test_full_time_stands_where_the_second_changes() -> None:
    window = window_of(
        make_dispatch(started_us=NOON_US, sender="a.A"),
        make_dispatch(started_us=NOON_US + 1_000, sender="b.B"),
        make_dispatch(started_us=NOON_US + 1_000_000, sender="c.C"),
    )
    new, _ = take_all(lines_of(window), window)
    assert [line.is_full_time for line in new] == [True, False, True]


def test_before_and_between_find_rows_by_record_and_are_bounded() -> None:
    window = window_of(*(make_dispatch(id=f"a-{number}") for number in range(10)))
    lines = lines_of(window)
    found, more = lines.before("a-5", 3)
    assert ([row.record.id for row in found], more) == (["a-2", "a-3", "a-4"], True)
    found, more = lines.between("a-2", "a-4", 5)
    assert ([row.record.id for row in found], more) == (["a-2", "a-3", "a-4"], False)
    assert len(lines.between("gone", "a-9", 4)[0]) == 4
    assert lines.between("a-1", "gone", 5) == ([], False)
    assert lines.before("gone", 5) == ([], False)


def test_what_is_remembered_is_bounded() -> None:
    window = window_of(*(make_dispatch(id=f"a-{number}") for number in range(900)))
    lines = lines_of(window)
    take_all(lines, window)
    assert sum(lines.is_shown(row) for row in window.rows.values()) <= 600


def test_marker_and_gap_say_what_they_are() -> None:
    window = window_of(make_marker(kind="dropped", count=7, text="the ring was full"))
    lines = lines_of(window)
    new, _ = take_all(lines, window)
    assert "7 dispatches dropped" in lines.render(new[0])
    assert "the ring was full" in lines.render(new[0])
    window.add([(2, make_dispatch(id="a-1")), (3, make_marker()), (4, make_dispatch(id="a-2"))])
    before, marker, after = lines.skip(list(window.rows.values())[1:])
    assert [line.kind for line in (before, marker, after)] == ["gap", "marker", "gap"]
    assert "1 more dispatch came at once. Show it" in lines.render(before)
    assert ">1 dispatch is not shown" in lines.render(lines.lose(Lost(1)))
    assert ">2 dispatches were dropped" in lines.render(lines.lose(Lost(0, 2)))
    assert "about 40 dispatches are not shown" in lines.render(lines.lose(Lost(40, is_exact=False)))
