"""Trees as lines over time."""

from __future__ import annotations

import random

import pytest

from dashboard.pictures.waterfall import WIDTH
from dashboard.trees import tree_view
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch
from tracer.dispatches import Dispatch

SLOW_NS = 50_000_000


def random_tree(seed: int) -> list[Dispatch]:
    """Return a tree whose calls run one after the other and may make dispatches, some thinner than a pixel."""
    chance = random.Random(seed)
    tree: list[Dispatch] = []

    def grow(begin_us: int, room_us: int, parent: Dispatch | None, call: int | None) -> None:
        number = chance.randint(0, 4)
        each_us = room_us // max(number, 1)
        calls = [
            make_call(
                receiver=f"r{index}",
                started_ns=index * each_us * 1_000,
                duration_ns=each_us * 1_000,
            )
            for index in range(number)
        ]
        one = make_dispatch(
            root_id=tree[0].id if tree else "root",
            parent_id=parent.id if parent is not None else None,
            parent_call=call,
            started_us=begin_us,
            duration_ns=room_us * 1_000,
            calls=calls,
            **({} if tree else {"id": "root"}),
        )
        tree.append(one)
        for index in range(number):
            if each_us > 2 and chance.random() < 0.6:
                used = chance.randint(1, each_us)
                grow(begin_us + index * each_us, used, one, index)

    grow(NOON_US, 100_000, None, None)
    return tree


@pytest.mark.parametrize("seed", range(40))
def test_each_line_stays_inside_the_line_it_belongs_to(seed: int) -> None:
    tree = random_tree(seed)
    outer = []
    for line in tree_view(tree, None, SLOW_NS).lines:
        assert line.bar.x >= 0
        assert line.bar.right <= WIDTH
        assert line.bar.width >= 1
        # Those that are indented less, and stand last before it.
        outer = [one for one in outer if one.indent < line.indent]
        if outer:
            assert outer[-1].bar.x <= line.bar.x
            assert line.bar.right <= outer[-1].bar.right
        if line.indent < 12:
            outer.append(line)
    drawn = {line.dispatch.id for line in tree_view(tree, None, SLOW_NS).lines}
    assert drawn == {one.id for one in tree}


def test_own_time_is_what_is_not_below() -> None:
    root = make_dispatch(
        id="root",
        duration_ns=10_000_000,
        started_us=NOON_US,
        calls=[make_call(started_ns=1_000_000, duration_ns=8_000_000)],
    )
    child = make_dispatch(
        root_id="root",
        parent_id="root",
        parent_call=0,
        started_us=NOON_US + 2_000,
        duration_ns=3_000_000,
        calls=[],
    )
    shares = [line.shares for line in tree_view([root, child], None, SLOW_NS).lines]
    assert shares == ["2.0 ms of its own, 8.0 ms below", "5.0 ms of its own, 3.0 ms below", ""]


def test_what_runs_has_room_after_what_has_ended() -> None:
    root = make_dispatch(
        duration_ns=None,
        state="running",
        calls=[
            make_call(started_ns=0, duration_ns=4_000_000),
            make_call(started_ns=4_000_000, duration_ns=None),
        ],
    )
    _, ended, runs = tree_view([root], None, SLOW_NS).lines
    assert ended.bar.right == 800
    assert (runs.bar.x, runs.bar.right) == (800, WIDTH)


def test_axis_of_what_runs_reaches_until_now() -> None:
    root = make_dispatch(
        duration_ns=None, state="running", calls=[make_call(started_ns=0, duration_ns=None)]
    )
    view = tree_view([root], None, SLOW_NS, root.started_us + 4_000_000)
    assert [(tick.x, tick.at_ns) for tick in view.ticks] == [
        (WIDTH * second // 4, second * 1_000_000_000) for second in (1, 2, 3)
    ]
    assert [line.bar.right for line in view.lines] == [WIDTH, WIDTH]
