"""Two forests, call by call."""

from __future__ import annotations

from hypothesis import given

from dashboard.alignment import Node, Pair, align, forest
from tests.dashboard.conftest import make_call, make_dispatch
from tests.dashboard.runs import Tree, records, trees
from tracer.dispatches import Dispatch


def walked(roots: list[Node]) -> list[Node]:
    """Return all nodes in the order in which they stand."""
    return [one for root in roots for one in [root, *walked(root.below)]]


def names(dispatches: list[Dispatch], others: list[Dispatch]) -> list[tuple[str, str]]:
    """Return what stands beside what; "" where nothing does."""
    return [
        (pair.before.key[0] if pair.before else "", pair.after.key[0] if pair.after else "")
        for pair in align(forest(dispatches), forest(others))
    ]


@given(trees(), trees())
def test_each_call_of_both_sides_comes_once_and_in_order(old: list[Tree], new: list[Tree]) -> None:
    before, after = forest(records(old)), forest(records(new))
    pairs = list(align(before, after))
    assert [pair.after for pair in pairs if pair.after is not None] == walked(after)
    shown = [pair.before for pair in pairs if pair.before is not None]
    assert len(shown) == len(set(shown))
    assert set(shown) == set(walked(before))
    moved = {one for pair in pairs if pair.moved and pair.before for one in walked([pair.before])}
    # What moved stands where it came after, with all that is below it.
    assert [one for one in shown if one not in moved] == [
        one for one in walked(before) if one not in moved
    ]


@given(trees(), trees())
def test_nothing_of_the_same_key_is_both_gone_and_new_among_the_same_neighbours(
    old: list[Tree], new: list[Tree]
) -> None:
    above: list[Pair] = []
    left: dict[tuple[int, tuple[str, ...]], set[bool]] = {}
    pairs = list(align(forest(records(old)), forest(records(new))))
    for pair in pairs:
        above[pair.depth :] = [pair]
        node = pair.before or pair.after
        assert node is not None
        if (pair.before is None) != (pair.after is None):
            place = id(above[pair.depth - 1]) if pair.depth else 0
            left.setdefault((place, node.key), set()).add(pair.before is None)
        if pair.moved:
            assert pair.before is not None
            assert pair.after is not None
    assert all(len(sides) == 1 for sides in left.values())


def test_receiver_that_only_changed_its_place_has_moved() -> None:
    old = [("s", [("a", [("t", [])]), ("b", []), ("c", [])])]
    new = [("s", [("b", []), ("x", []), ("c", []), ("a", [("t", [])])])]
    pairs = list(align(forest(records(old)), forest(records(new))))
    found = [(pair.before and pair.before.key[0], pair.after and pair.after.key[0], pair.moved)
             for pair in pairs]  # fmt: skip
    assert found == [
        ("s", "s", None), ("b", "b", None), (None, "x", None), ("c", "c", None),
        ("a", "a", (1, 4)), ("t", "t", None),
    ]  # fmt: skip


@given(trees(), trees())
def test_only_the_same_stand_side_by_side_and_under_the_same(
    old: list[Tree], new: list[Tree]
) -> None:
    above = []
    for pair in align(forest(records(old)), forest(records(new))):
        above[pair.depth :] = [pair]
        if pair.before is not None and pair.after is not None:
            assert pair.before.key == pair.after.key
            if pair.depth:
                outer = above[pair.depth - 1]
                assert pair.before in outer.before.below
                assert pair.after in outer.after.below


@given(trees())
def test_the_same_again_has_nothing_new_and_nothing_gone(one: list[Tree]) -> None:
    pairs = list(align(forest(records(one)), forest(records(one))))
    assert all(pair.before is not None and pair.after is not None for pair in pairs)


def test_a_receiver_more_shifts_nothing() -> None:
    old = [("s", [("a", []), ("b", [("t", [("c", [])])])])]
    new = [("s", [("x", [("u", [])]), ("a", []), ("b", [("t", [("c", [])])])])]
    assert names(records(old), records(new)) == [
        ("s", "s"), ("", "x"), ("", "u"), ("a", "a"), ("b", "b"), ("t", "t"), ("c", "c"),
    ]  # fmt: skip


def test_other_sender_is_another_dispatch() -> None:
    one, other = make_dispatch(sender="auth.User"), make_dispatch(sender="auth.Group")
    pairs = list(align(forest([one]), forest([other])))
    assert [(pair.before is None, pair.after is None) for pair in pairs] == [
        (False, True),
        (True, False),
    ]


def test_dispatch_of_no_call_stands_below_its_parent_after_the_calls() -> None:
    root = make_dispatch(id="root", calls=(make_call(),))
    lone = make_dispatch(parent_id="root", root_id="root", depth=1)
    stray = make_dispatch(parent_id="root", root_id="root", depth=1, parent_call=7)
    orphan = make_dispatch(parent_id="gone", root_id="gone", depth=1)
    [first, second] = forest([root, lone, stray, orphan])
    assert [one.dispatch for one in first.below] == [root, lone, stray]
    assert second.dispatch is orphan


def test_tree_deeper_than_the_stack_of_python() -> None:
    deep = [make_dispatch(id="d0", calls=(make_call(),))]
    deep += [
        make_dispatch(
            id=f"d{at}", root_id="d0", parent_id=f"d{at - 1}", parent_call=0, depth=at,
            calls=(make_call(),),
        )
        for at in range(1, 1_500)
    ]  # fmt: skip
    pairs = list(align(forest(deep), forest(deep)))
    assert len(pairs) == 3_000
    assert pairs[-1].depth == 2_999
