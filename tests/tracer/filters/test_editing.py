"""Terms that clicks on the page add and take away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracer.filters import any_text, dispatch, filter_text
from tracer.exceptions import FilterError
from tracer.filters import FIELDS, Filter, with_range, with_term, without_term


@pytest.mark.parametrize(
    ("text", "field", "value", "exclude", "result"),
    [
        ("", "signal", "post_save", False, "signal:post_save"),
        ("a  b ", "signal", "post_save", False, "a  b signal:post_save"),
        ("", "signal", "post_save", True, "-signal:post_save"),
        ("", "origin", "POST /checkout/", False, 'origin:"POST /checkout/"'),
        ("", "origin", "/a*b", False, 'origin:"/a*b"'),
        ("", "site", "/srv/x.py:3 f", False, 'site:"/srv/x.py:3 f"'),
        ("", "arg", "instance=auth.User #3", False, 'arg:instance="auth.User #3"'),
        ("", "arg", "created", True, "-arg:created"),
        ("", "arg", "name=", False, 'arg:name=""'),
        ("", None, "-a", False, '"-a"'),
        ("", None, "signal:x", False, '"signal:x"'),
        ("", "sender", 'a"b', False, r'sender:"a\"b"'),
        ("x signal:a y", "signal", "a", False, "x y"),
        ("x signal:A y", "signal", "a", False, "x y"),
        ('x -signal:"a"', "signal", "a", True, "x"),
        ("x -signal:a y", "signal", "a", False, "x y signal:a"),
        ("x signal:a y", "signal", "a", True, "x y -signal:a"),
        ("-signal:a,b", "signal", "a", True, "-signal:b"),
        ("-signal:a,b", "signal", "a", False, "-signal:b signal:a"),
        ("signal:a,b", "signal", "a", True, "signal:b -signal:a"),
        ("signal:a,b", "signal", "a", False, "signal:a,b signal:a"),
        ("signal:a*", "signal", "a*", False, 'signal:a* signal:"a*"'),
        ('"open', "signal", "a", False, '"open signal:a'),
        ('"open signal:a', "signal", "a", False, '"open'),
    ],
)
def test_term_is_added_toggled_or_turned_round(text, field, value, exclude, result):
    assert with_term(text, field, value, exclude=exclude) == result


def test_field_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no field"):
        with_term("", "sgnal", "x")


@pytest.mark.parametrize(
    ("index", "result"),
    [(0, '"c d" is:root'), (1, "a,b  is:root"), (2, 'a,b  "c d"'), (3, None), (-1, None)],
)
def test_term_is_taken_away_by_its_place(index, result):
    text = 'a,b  "c d" is:root'
    expected = text if result is None else " ".join(result.split("  "))
    assert without_term(text, index) == expected


def test_text_that_does_not_parse_loses_no_term():
    assert without_term('a "b', 0) == 'a "b'


texts = st.text(max_size=8).filter(bool)
fields = st.sampled_from([None, *(f.name for f in FIELDS if f.kind in ("names", "parts", "paths"))])


@given(text=filter_text, field=fields, value=texts, exclude=st.booleans())
def test_adding_twice_is_as_if_nothing_was(text, field, value, exclude):
    before = Filter.parse(text)
    added = with_term(text, field, value, exclude=exclude)
    again = with_term(added, field, value, exclude=exclude)
    assert len(Filter.parse(added).terms) <= len(before.terms) + 1
    if Filter.parse(again) != before:
        # Only where the text held such a term, which then was turned round or joined.
        assert any(
            value.casefold() in (one.text.casefold() for one in term.values)
            for term in before.terms
        )


@given(text=any_text, field=fields, value=texts, exclude=st.booleans())
def test_any_text_is_edited_without_an_error(text, field, value, exclude):
    with_term(text, field, value, exclude=exclude)
    without_term(text, 0)


@given(value=texts, field=fields)
def test_added_value_is_taken_as_it_stands(value, field):
    (term,) = Filter.parse(with_term("", field, value)).terms
    assert (term.field, [(one.text, one.kind) for one in term.values]) == (field, [(value, "text")])


@given(value=texts)
def test_added_value_finds_the_dispatch_it_came_from(value):
    found = dispatch(signal=value, sender=value, origin=value, arguments={"note": value})
    for text in (
        with_term("", "signal", value),
        with_term("", "sender", value),
        with_term("", "origin", value),
        with_term("", "arg", f"note={value}"),
        with_term("", None, value),
    ):
        assert Filter.parse(text).matches(found)


@given(text=filter_text, index=st.integers(0, 3))
def test_taking_away_leaves_the_other_terms(text, index):
    before = Filter.parse(text).terms
    after = Filter.parse(without_term(text, index)).terms
    assert after == before[:index] + before[index + 1 :]


@pytest.mark.parametrize(
    ("text", "after", "before", "result"),
    [
        ("", "14:05:00", "14:05:10", "after:14:05:00 before:14:05:10"),
        ("is:error", "14:05:00", "", "is:error after:14:05:00"),
        ("after:1:00 is:error before:2:00", "", "", "is:error"),
        (
            "after:1:00 -sender:x",
            "14:05:00",
            "14:06:00",
            "-sender:x after:14:05:00 before:14:06:00",
        ),
        ("", "2026-01-31T23:59:58", "", "after:2026-01-31T23:59:58"),
        ("-after:1:00", "", "2:00", "-after:1:00 before:2:00"),
    ],
)
def test_range_takes_the_place_of_an_earlier_one(
    text: str, after: str, before: str, result: str
) -> None:
    changed = with_range(text, after, before)
    assert changed == result
    Filter.parse(changed)


def test_range_of_what_does_not_parse_is_an_error() -> None:
    with pytest.raises(FilterError):
        with_range("sgnal:x", "14:05", "")
