"""Wildcards and regular expressions: the same answers as Python's, in bounded time."""

from __future__ import annotations

import fnmatch
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.exceptions import FilterError
from tracer.filters.expressions import regex
from tracer.filters.wildcards import glob

atoms = st.sampled_from(
    [
        r"a",
        r"B",
        r"1",
        r".",
        r"_",
        r"\.",
        r"\d",
        r"\W",
        r"\w",
        r"\S",
        r"\s",
        r"[ab]",
        r"[^aB]",
        r"[A-C1]",
        r"[\d_]",
        r"[]a]",
        r"[a-]",
        r"^",
        r"$",
        r"\b",
        r"\B",
        r"\A",
        r"\Z",
        r"{",
        r"]",
    ]
)


def mistake_of(pattern: str, start: int) -> FilterError | None:
    try:
        regex(pattern, start)("ab0")
    except FilterError as error:
        return error
    return None


def grow(inner):
    repeats = st.sampled_from(["*", "+", "?", "*?", "{2}", "{0,2}", "{1,}", "{,2}"])
    return (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})")
        | st.tuples(inner, repeats).map(lambda two: f"({two[0]}){two[1]}")
        | st.tuples(st.sampled_from(["a", ".", r"\w", "[ab]"]), repeats).map("".join)
    )


@given(
    pattern=st.recursive(atoms, grow, max_leaves=6),
    text=st.text("abcAC1_. -", min_size=1, max_size=8),
)
def test_expression_agrees_with_python(pattern, text):
    # Not of empty text: until Python 3.14 the empty text had neither a boundary nor none.
    expected = re.compile(pattern, re.IGNORECASE).search(text) is not None
    assert regex(pattern, 0)(text.casefold()) is expected


@given(pattern=st.text("ab*", max_size=8), text=st.text("ab", max_size=8))
def test_wildcards_agree_with_python(pattern, text):
    assert glob(f"{pattern}*")(text) is fnmatch.fnmatchcase(text, f"{pattern}*")
    assert glob(f"*{pattern}")(text) is fnmatch.fnmatchcase(text, f"*{pattern}")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+!",
        "(a|a)*!",
        "(a*)*!",
        ".*.*.*.*.*.*.*.*!",
        "(.*,){11}!",
        "(a?){30}a{30}!",
        r"(\w+\s?)*!",
    ],
)
def test_expression_that_runs_for_ever_elsewhere_is_answered_at_once(pattern):
    started = time.perf_counter()
    assert not regex(pattern, 0)("a" * 2_000)
    assert time.perf_counter() - started < 2


def test_many_wildcards_are_answered_at_once():
    started = time.perf_counter()
    assert not glob("*a" * 500 + "*b*")("a" * 2_000)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("pattern", "place", "says"),
    [
        ("a)", ")", "opening ("),
        ("(a", "(a", "closing )"),
        ("[a", "[a", "closing ]"),
        ("[b-a]", "b-a", "from a lower to a higher"),
        (r"[\d-a]", r"\d-a", "from a lower to a higher"),
        (r"[a-\d]", r"a-\d", "from a lower to a higher"),
        ("*a", "*", "something to repeat"),
        ("a|+", "+", "something to repeat"),
        ("a**", "*", "one repeat, not two"),
        ("^*", "*", "cannot be repeated"),
        ("a{3,1}", "{3,1}", "the smaller number"),
        ("a{1000}", "{1000}", "at most 999"),
        ("a{500}", "a{500}", "at most 300 steps"),
        ("((){300}){300}", "((){300}){300}", "at most 300 steps"),
        ("(?=a)", "(?=", "a term of its own"),
        ("(?i)a", "(?i", "a term of its own"),
        (r"(a)\1", r"\1", "an escape such as"),
        (r"\q", r"\q", "an escape such as"),
        ("a\\", "\\", "an escape such as"),
        ("(?", "(?", "a term of its own"),
        ("(" * 21, "(", "at most 20 groups"),
        ("ß{301}", "ß{301}", "at most 300 steps"),
    ],
)
def test_mistake_is_shown_at_its_place(pattern, place, says):
    found = mistake_of(pattern, 5)
    assert found is not None
    assert says in found.message
    assert pattern[found.start - 5 : found.end - 5] == place


@given(pattern=st.text("ab()[]{}|*+?^$\\.-,:0123456789", max_size=12))
def test_nothing_but_a_filter_error_is_raised(pattern):
    found = mistake_of(pattern, 0)
    assert found is None or 0 <= found.start < found.end <= len(pattern)
