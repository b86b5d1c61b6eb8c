"""Dispatches within dispatches, down to where Python's stack ends: the site fails where it would have, and goes on."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal

import tracer
from dashboard.rendering import render
from dashboard.trees import tree_view
from tracer.dispatches import Dispatch
from tracer.recorder import recorder
from tracer.stores import Store

DEPTH = 5_000
METHODS = ("send", "send_robust")


@pytest.fixture(autouse=True)
def deep_stack() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(3 * DEPTH)
    yield
    sys.setrecursionlimit(limit)


def going_down(method: str, most: int = sys.maxsize) -> tuple[Callable[[], object], list[int]]:
    """Return what sends a signal whose receiver sends it again, and a list with how often it was received."""
    signal, received = Signal(), [0]

    def falls(sender: object, **_: object) -> None:
        received[0] += 1
        if received[0] < most:
            getattr(signal, method)(sender)

    signal.connect(falls, weak=False)
    return lambda: getattr(signal, method)("hole"), received


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except RecursionError as error:
        return str(error)
    return "returned"


@pytest.mark.parametrize("method", METHODS)
def test_recursion_ends_at_the_very_depth_at_which_it_would_have(method: str) -> None:
    fall, bare = going_down(method)
    expected = outcome(fall)
    with tracer.capture() as dispatches:
        for _ in range(2):
            before = tracer.stats()
            fall, received = going_down(method)
            assert outcome(fall) == expected
            after = tracer.stats()
            assert received == bare
            # The last of them finds no room for its receiver, and none for being recorded.
            seen = after.recorded - before.recorded + after.dropped - before.dropped
            assert seen == received[0] + 1
        if method == "send":
            assert {dispatch.state for dispatch in dispatches} == {"error"}
    assert tracer.stats().faults == before.faults
    assert not recorder._unfinished


def test_site_that_recurses_again_and_again_keeps_its_tracer(installed_store: Store) -> None:
    faults = tracer.stats().faults
    sys.setrecursionlimit(1_000)
    for _ in range(60):
        assert "recursion" in outcome(going_down("send")[0])
    assert tracer.stats().faults == faults
    assert tracer.is_installed()


@pytest.mark.parametrize("has_receiver", [True, False], ids=["received", "unheard"])
@pytest.mark.parametrize("method", METHODS)
def test_send_with_little_room_on_the_stack_does_what_it_would_have(
    method: str, has_receiver: bool
) -> None:
    sys.setrecursionlimit(1_000)

    def outcomes(is_known: bool) -> list[object]:
        found: list[object] = []
        for room in range(60):
            signal = Signal()
            if has_receiver:
                signal.connect(answer)
            if is_known:
                getattr(signal, method)("known")
            found.append(with_room(room, lambda: getattr(signal, method)("s")))  # noqa: B023
        return found

    # Before Python 3.12 a function in C takes a frame, too; Django calls none where nobody receives.
    first = 2 if sys.version_info < (3, 12) and not has_receiver else 0
    for is_known in (True, False):
        bare = outcomes(is_known)[first:]
        before = tracer.stats()
        with tracer.capture():
            assert outcomes(is_known)[first:] == bare
            after = tracer.stats()
        assert after.faults == before.faults
        entered = after.recorded - before.recorded + after.dropped - before.dropped
        assert entered >= sum(each != "no room" for each in bare) + 60 * is_known


def with_room(room: int, act: Callable[[], Any]) -> object:
    """Return what comes of something done so near to the end of the stack that only so many frames have room."""
    deepest = 0

    def find(depth: int) -> None:
        nonlocal deepest
        deepest = depth
        find(depth + 1)

    def down(frames: int) -> object:
        return down(frames - 1) if frames else act()

    outcome(lambda: find(0))
    try:
        # `find` was called from one frame more than this.
        return down(deepest + 1 - room)
    except RecursionError:
        return "no room"


def answer(**_: object) -> int:
    return 1


def test_tree_of_five_thousand_levels_is_recorded_whole() -> None:
    fall, received = going_down("send", DEPTH)
    with tracer.capture() as dispatches:
        fall()
    assert received == [DEPTH]
    assert [dispatch.depth for dispatch in dispatches] == list(range(DEPTH))
    assert {dispatch.root_id for dispatch in dispatches} == {dispatches[0].id}
    assert all(below.parent_id == above.id for above, below in itertools.pairwise(dispatches))


def test_what_is_below_dispatches_that_found_the_ring_full_has_ids_and_depth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder, "capacity", 0)
    signal, inner, depth = Signal(), Signal(), 3_000

    def falls(sender: int, **_: object) -> None:
        if sender:
            signal.send(sender - 1)
        else:
            monkeypatch.setattr(recorder, "capacity", 10)
            inner.send("i")

    signal.connect(falls)
    with tracer.capture() as dispatches:
        before = tracer.stats()
        signal.send(depth)
        after = tracer.stats()
        assert after.dropped - before.dropped == depth + 1
        assert [dispatch.depth for dispatch in dispatches] == [depth + 1]
    assert tracer.stats().faults == before.faults


def test_waterfall_of_a_deep_tree_is_drawn() -> None:
    fall, _ = going_down("send", DEPTH)
    with tracer.capture() as dispatches:
        fall()
    tree: list[Dispatch] = list(dispatches)
    html = render("_tree.html", tree=tree_view(tree, tree[-1], 10_000_000))
    assert tree[0].id in html
