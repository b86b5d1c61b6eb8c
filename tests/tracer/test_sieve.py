"""The sieve: whatever a filter matches goes through, and of the rest little."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracer.filters import call, dispatch, filter_text
from tracer.dispatches import Dispatch, Marker, encode
from tracer.filters import Filter
from tracer.sieve import FOLDS, Sieve, sieve_of

# Letters that are folded to others, among those that may be looked for.
_text = st.text(
    st.sampled_from([*"kKsSfFiIlLtThn.=# 1eo", "ſ", "K", "ß", "ﬁ", "ﬀ", "ﬆ", "İ", "ẖ", "ŉ"]),
    max_size=8,
)
_values = _text | st.booleans() | st.none() | st.integers(-99, 99) | st.floats()


@st.composite
def dispatches(draw: st.DrawFn) -> Dispatch:
    name = draw(_text)
    return dispatch(
        signal=f"app.{name}",
        sender=draw(st.none() | _text),
        state=draw(st.sampled_from(["ok", "error", "running"])),
        error=draw(st.none() | _text),
        duration_ns=draw(st.none() | st.integers(0, 10**8)),
        origin=draw(st.none() | _text),
        transaction=draw(st.sampled_from([None, "committed", "savepoint rolled back"])),
        arguments=draw(st.dictionaries(_text, _values, max_size=2)),
        calls=draw(st.sampled_from([(), (call(f"app.{name}"),), (call(error="ValueError", query_count=9),)])),
    )  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """Return a filter for what may well be found: parts of the texts, in another case."""
    text = draw(_text.filter(bool).map(str.swapcase))
    field = draw(
        st.sampled_from(["", "signal:*", "sender:", "receiver:*", "origin:", "error:", "arg:"])
    )
    terms = [
        f"{field}{_quoted(text)}" if not field.endswith("*") else f"{field}{text.replace(' ', '')}"
    ]
    terms += draw(
        st.lists(
            st.sampled_from(
                ["is:error", "-is:slow", "took:>50ms", "is:unheard", "queries:>3", "true", "1"]
            ),
            max_size=2,
        )
    )
    return Filter.parse(" ".join(term.replace(",", "") for term in terms))  # fmt: skip


@given(one=dispatches(), filter_=filters())
def test_whatever_matches_goes_through(one: Dispatch, filter_: Filter) -> None:
    if filter_.matches(one):
        assert sieve_of(filter_).lets_through(encode(one))


@given(one=dispatches(), text=filter_text)
def test_every_field_may_be_sieved(one: Dispatch, text: str) -> None:
    filter_ = Filter.parse(text)
    if filter_.matches(one):
        assert sieve_of(filter_).lets_through(encode(one))


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("sender:Order", ["order"]),
        ("receiver:*billing*", ["billing"]),
        ("sender:shop.Rare took:>1s", ["hop.rare"]),
        ("is:error is:rolled-back", ["rolled back", "error"]),
        ('"payment declined" -order', ["payment declined"]),
        ("created=True", ["created"]),
        ("arg:amount=12", ["amoun"]),
        ("order_pl*ced", ["order_pl"]),
        ("paper order an umbrella and gadgets", ["umbrell", "gadget", "paper"]),
        # Nothing stands in a wire form for certain.
        ("a,order", []),
        ("/order/", []),
        ("-order", []),
        ("true", []),
        ("17.25", []),
        ("sender:None", []),
        ("took:>50ms is:slow depth:3", []),
    ],
)
def test_sieve_looks_for_what_must_stand_there(text: str, sought: list[str]) -> None:
    assert list(sieve_of(Filter.parse(text)).texts) == sought


@pytest.mark.parametrize(
    "text", ["took:>50ms", "is:error", "is:slow", "depth:>7", "queries:>3", "before:2001-01-01", "sender:b.B"]
)  # fmt: skip
def test_what_does_not_match_is_held_back_by_a_glimpse(text: str) -> None:
    glimpse = sieve_of(Filter.parse(text)).glimpse
    assert glimpse is not None
    assert not glimpse(encode(dispatch()))


def test_words_and_arguments_need_the_whole_record() -> None:
    for text in ("order", "arg:created", ""):
        assert sieve_of(Filter.parse(text)).glimpse is None


def test_markers_and_what_is_no_record_go_through() -> None:
    sieve = sieve_of(Filter.parse("nobody sender:nothing took:>1s"))
    marker = Marker(id="m-1", process="p", kind="dropped", at_us=1, until_us=2, count=3, text="…")
    assert sieve.lets_through(encode(marker))
    assert Sieve(glimpse=sieve.glimpse).lets_through(b"\x81\xa1x\x01")


def test_folds_are_all_that_unicode_knows() -> None:
    folded = {chr(code).casefold() for code in range(0x80, sys.maxunicode + 1)}
    assert {fold for fold in folded if any(char.isascii() for char in fold)} == set(FOLDS)
