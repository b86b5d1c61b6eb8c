"""Two runs side by side: lines, notes and sums."""

from __future__ import annotations

from hypothesis import given

from dashboard.compared_lines import Line
from dashboard.comparison import Comparison, compare, one_side
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch
from tests.dashboard.runs import Tree, records, trees
from tracer.dispatches import Query

MS = 1_000_000


def lines(comparison: Comparison) -> list[Line]:
    return [line for fold in comparison.folds for line in fold.lines]


def texts(comparison: Comparison) -> list[str]:
    return [note.text for note in comparison.notes]


@given(trees(), trees())
def test_each_line_of_both_sides_is_shown_once_and_sums_are_right(
    old: list[Tree], new: list[Tree]
) -> None:
    before, after = records(old), records(new)
    found = compare(before, after)
    shown = lines(found)
    assert found.lines == len(shown)
    for side, run in (("before", before), ("after", after)):
        there = [getattr(line, side) for line in shown if getattr(line, side) is not None]
        names = [(one.dispatch_id, one.full) for one in there]
        calls = [(one.id, call.receiver) for one in run for call in one.calls]
        assert sorted(names) == sorted([*((one.id, one.signal) for one in run), *calls])
    states = [line.state for line in shown]
    moved = sum(note.kind == "moved" for line in shown for note in line.notes)
    numbers = {"new": states.count("new"), "gone": states.count("gone"), "moved": moved}
    assert texts(found) == [f"{number} {word}" for word, number in numbers.items() if number]


@given(trees())
def test_side_without_another_has_all_its_lines(one: list[Tree]) -> None:
    run = records(one)
    shown = one_side(run)
    assert len(shown) == sum(1 + len(dispatch.calls) for dispatch in run)
    assert all(line.before is not None and not line.notes for line in shown)


@given(trees())
def test_the_same_again_has_no_difference(one: list[Tree]) -> None:
    found = compare(records(one), records(one))
    assert found.notes == ()
    assert {line.state for line in lines(found)} == {"same"}


def test_summary_says_how_much_of_each_there_is() -> None:
    before = make_dispatch(
        started_us=NOON_US,
        duration_ns=4 * MS,
        calls=(
            make_call(receiver="a.stays", started_ns=0, duration_ns=1 * MS, query_count=1),
            make_call(receiver="a.goes", started_ns=1 * MS, query_count=2),
            make_call(receiver="a.fails", started_ns=2 * MS),
            make_call(receiver="a.last", started_ns=3 * MS),
        ),
        transaction="committed",
    )
    after = make_dispatch(
        started_us=NOON_US,
        duration_ns=40 * MS,
        error="shop.Declined",
        calls=(
            make_call(
                receiver="a.stays", started_ns=0, duration_ns=30 * MS, query_count=9,
                queries=(Query(sql="SELECT 1", count=9),),
            ),
            make_call(receiver="a.comes", started_ns=30 * MS, query_count=6),
            make_call(receiver="a.fails", started_ns=35 * MS, error="shop.Declined"),
            make_call(receiver="a.last", started_ns=None, duration_ns=None),
        ),
        transaction="rolled back",
    )  # fmt: skip
    found = compare([before], [after])
    assert texts(found) == [
        "rolled back", "raises Declined", "never reached",
        "1 new", "1 gone", "1 slower", "+12 queries",
    ]  # fmt: skip
    assert (found.before_queries, found.after_queries) == (3, 15)
    assert (found.before_ns, found.after_ns) == (4 * MS, 40 * MS)
    notes = {
        (line.after or line.before).name: [note.text for note in line.notes]  # type: ignore[union-attr]
        for line in lines(found)
    }
    assert notes == {
        "post_save": ["rolled back"],
        "stays": ["slower +29 ms", "+8 queries"],
        "goes": ["gone"],
        "comes": ["new"],
        "fails": ["raises Declined"],
        "last": ["never reached"],
    }
    better = compare([after], [before])
    assert texts(better)[:3] == ["committed", "raises Declined no more", "reached"]
    assert texts(better)[3:] == ["1 new", "1 gone", "1 faster", "−12 queries"]
    assert [note.text for note in better.notes if note.is_better] == [
        "committed", "raises Declined no more", "reached", "1 faster", "−12 queries",
    ]  # fmt: skip


def test_receiver_at_another_place_is_told_once_with_both_places() -> None:
    old = [("s.s", [("r.a", []), ("r.b", []), ("r.c", [])])]
    new = [("s.s", [("r.b", []), ("r.c", []), ("r.a", [])])]
    found = compare(records(old), records(new))
    assert texts(found) == ["1 moved"]
    notes = {line.after.name: line.notes for line in lines(found) if line.after}
    (note,) = notes["a"]
    assert (note.text, note.kind) == ("moved 1 → 3", "moved")
    assert note.title == "Place 1 in the order before, place 3 after."
    assert [line.state for line in lines(found)] == ["same", "same", "same", "changed"]


def test_what_became_of_a_transaction_is_told_once() -> None:
    before = [make_dispatch(transaction="committed") for _ in range(3)]
    after = [make_dispatch(transaction="rolled back") for _ in range(3)]
    found = compare(before, after)
    assert texts(found) == ["rolled back"]
    assert [line.state for line in lines(found)] == ["changed", "same", "same"]


def test_lines_that_lead_to_no_difference_are_folded() -> None:
    calls = [(f"r{at}", []) for at in range(5)]
    deep = ("outer", [*calls, ("inner", [("t", [("new", [])])])])
    flat = ("outer", [*calls, ("inner", [("t", [])])])
    found = compare(records([flat]), records([deep]))
    assert [(len(fold.lines), fold.is_folded) for fold in found.folds] == [
        (1, False),
        (5, True),
        (3, False),
    ]
    same = compare(records([flat] * 2), records([flat] * 2))
    assert [(len(fold.lines), fold.is_folded) for fold in same.folds] == [(16, False)]
    many = compare(records([flat] * 9), records([flat] * 9))
    assert [(len(fold.lines), fold.is_folded) for fold in many.folds] == [(72, True)]


def test_more_lines_than_there_is_room_for_are_counted() -> None:
    before = [make_dispatch(signal="x.s") for _ in range(1_500)]
    after = [make_dispatch(signal="x.t") for _ in range(900)]
    found = compare(before, after)
    assert (len(lines(found)), found.lines, found.hidden) == (2_000, 2_400, 400)
    assert texts(found) == ["900 new", "1,500 gone"]


def test_what_runs_still_is_shown_as_that() -> None:
    ended = make_dispatch(calls=(make_call(),))
    running = make_dispatch(duration_ns=None, state="running", calls=(make_call(duration_ns=None),))
    found = compare([ended], [running])
    assert [line.after.took for line in lines(found) if line.after] == ["running", "running"]
    assert found.notes == ()
