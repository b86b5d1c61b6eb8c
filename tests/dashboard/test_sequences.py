"""Longest common subsequences."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import sequences
from dashboard.sequences import matches

ITEMS = st.lists(st.integers(0, 4), max_size=14)


def longest(old: list[int], new: list[int]) -> int:
    """Return the length of a longest common subsequence, by the table that every textbook has."""
    row = [0] * (len(new) + 1)
    for one in old:
        before, row = row, [0]
        for at, other in enumerate(new):
            row.append(before[at] + 1 if one == other else max(before[at + 1], row[at]))
    return row[-1]


@given(ITEMS, ITEMS)
def test_matches_are_the_same_rise_and_are_as_many_as_can_be(
    old: list[int], new: list[int]
) -> None:
    found = matches(old, new)
    assert all(old[a] == new[b] for a, b in found)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in itertools.pairwise(found))
    assert len(found) == longest(old, new)


@given(ITEMS)
def test_what_is_equal_is_matched_whole(items: list[int]) -> None:
    assert matches(items, items) == [(at, at) for at in range(len(items))]


def test_one_more_shifts_nothing() -> None:
    assert matches("abcabc", "abcxabc") == [(0, 0), (1, 1), (2, 2), (3, 4), (4, 5), (5, 6)]


def test_what_has_too_little_in_common_is_matched_by_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sequences, "MAX_LEFT_OVER", 4)
    assert matches("aQWERTb", "aYXERUIb") == [(0, 0), (3, 3), (4, 4), (6, 7)]
