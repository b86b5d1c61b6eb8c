"""Runs to compare: trees written as nested lists, as records."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.dashboard.conftest import make_call, make_dispatch
from tracer.dispatches import Dispatch

Tree = tuple[str, list[tuple[str, list[Any]]]]
"""A signal, and its receivers in order, each with the trees that it dispatched."""


def trees() -> st.SearchStrategy[list[Tree]]:
    """Return a strategy of forests, of few names, so that much of two of them is the same."""
    names = st.sampled_from(["a.one", "a.two", "a.three"])
    below = st.recursive(
        st.just([]),
        lambda inner: st.lists(
            st.tuples(names, st.lists(st.tuples(names, inner), max_size=3)), max_size=3
        ),
        max_leaves=12,
    )
    return below.filter(bool)


def records(forest: list[Tree], **given: Any) -> list[Dispatch]:
    """Return the dispatches of a forest, parents before children."""
    found: list[Dispatch] = []

    def grow(tree: Tree, parent: Dispatch | None, call: int | None) -> None:
        signal, receivers = tree
        above = {} if parent is None else {"parent_id": parent.id, "root_id": parent.root_id}
        one = make_dispatch(
            signal=signal,
            calls=tuple(make_call(receiver=name) for name, _ in receivers),
            parent_call=call,
            depth=0 if parent is None else parent.depth + 1,
            **above,
            **given,
        )
        found.append(one)
        for at, (_, inner) in enumerate(receivers):
            for each in inner:
                grow(each, one, at)

    for tree in forest:
        grow(tree, None, None)
    return found
