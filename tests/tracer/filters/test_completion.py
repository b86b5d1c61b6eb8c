"""What is offered at the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracer.filters import any_text
from tracer.filters import FIELDS, FLAGS, Filter, complete

SEEN = {
    "signal": ["django.db.models.signals.post_save", "django.db.models.signals.pre_save", "a.save"],
    "sender": ["auth.User", "shop.User", "shop.Order"],
    "origin": ["POST /checkout/", "GET /"],
    "arg": ["created", "instance=auth.User #3"],
}


def results(text: str, cursor: int | None = None) -> list[str]:
    """Return the whole texts that choosing each completion would give."""
    at = len(text) if cursor is None else cursor
    return [text[: one.start] + one.text + text[one.end :] for one in complete(text, at, SEEN)]


def test_empty_filter_offers_fields_with_what_they_mean():
    found = complete("", 0, SEEN)
    assert [one.text for one in found[:3]] == ["signal:", "sender:", "receiver:"]
    assert all(one.what for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sig", "signal:"),
        ("a -se", "a -sender:"),
        ("post_s", "signal:post_save"),
        ("unh", "is:unheard"),
        ("signal:po", "signal:post_save"),
        ("signal:PO", "signal:post_save"),
        ("signal:a", "signal:save"),
        ("-signal:pre_save,po", "-signal:pre_save,post_save"),
        ("sender:us", "sender:auth.User"),
        ("sender:ord", "sender:Order"),
        ("origin:/che", 'origin:"POST /checkout/"'),
        ('origin:"PO', 'origin:"POST /checkout/"'),
        ("arg:cr", "arg:created"),
        ("arg:instance=a", 'arg:instance="auth.User #3"'),
        ("method:as", "method:asend"),
        ("took:", "took:>10ms"),
        ("is:", "is:error"),
        ("is:error,ro", "is:error,root"),
        ('"a b" /c d/,e si', '"a b" /c d/,e signal:'),
    ],
)
def test_what_was_begun_is_completed(text, expected):
    assert expected in results(text)


def test_best_comes_first():
    assert results("signal:sa")[0] == "signal:save"
    assert results("is:ro")[0] == "is:root"


def test_rest_of_a_word_after_the_cursor_is_replaced():
    assert "signal:post_save x" in results("signal:poXX x", cursor=9)
    assert "sender:po" in results("sigXX:po", cursor=0)
    assert 'origin:"POST /checkout/" x' in results('origin:"PO" x', cursor=10)


@pytest.mark.parametrize("text", ["/sig", "a /sig", "sgnal:", '"a b', "signal:post_save", "x,si"])
def test_nothing_is_offered_where_nothing_fits(text):
    assert results(text) == []


def test_field_without_seen_values_offers_none():
    assert complete("thread:", 7, {}) == []


def test_each_flag_is_offered():
    assert {one.text for one in complete("is:", 3, {})} == {flag.name for flag in FLAGS}


seen = st.dictionaries(
    st.sampled_from([field.name for field in FIELDS]),
    st.lists(st.text(min_size=1, max_size=8), max_size=4),
)


@given(text=any_text, cursor=st.integers(-2, 40), seen=seen)
def test_completion_never_raises_and_replaces_what_is_at_the_cursor(text, cursor, seen):
    at = min(max(cursor, 0), len(text))
    found = complete(text, cursor, seen)
    assert len(found) <= 12
    for one in found:
        assert 0 <= one.start <= at <= one.end <= len(text)


@given(
    value=st.text(min_size=1, max_size=8),
    field=st.sampled_from(["signal", "sender", "site", "origin", "thread"]),
)
def test_completed_value_parses(value, field):
    for one in complete(f"{field}:", len(field) + 1, {field: [value]}):
        assert Filter.parse(f"{field}:{one.text}").terms
