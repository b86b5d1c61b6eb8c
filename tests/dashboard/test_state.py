"""The URL as the page's state."""

from __future__ import annotations

from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from dashboard.state import State

QUERY = st.dictionaries(
    st.sampled_from(["filter", "view", "freeze", "open", "before", "other"]),
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3),
)


@given(QUERY)
def test_any_query_is_read_and_written_back(query: dict[str, list[str]]) -> None:
    state = State.read(query)
    again = State.read(parse_qs(state.query[1:], keep_blank_values=True))
    assert again.text == state.text
    assert (again.is_tree, again.freeze, again.open_id, again.before) == (
        state.is_tree, state.freeze, state.open_id, state.before,
    )  # fmt: skip
    assert (state.filter is None) is (state.error is not None)


def test_parts_of_a_filter_are_joined() -> None:
    state = State.read({"filter": ["sender:a.B", " ", "is:error"]})
    assert state.text == "sender:a.B is:error"
    assert state.query == "?filter=sender%3Aa.B+is%3Aerror"


def test_plain_page_has_no_query() -> None:
    assert State.read({}).query == ""
    assert State.read({"view": ["tree"], "freeze": ["soon"]}).query == ""


def test_socket_needs_filter_and_view_only() -> None:
    state = State.read(
        {"filter": ["x"], "view": ["flat"], "freeze": ["3"], "open": ["a-1"], "before": ["b-1"]}
    )
    assert state.feed_query == "?filter=x&view=flat"
    assert state.other_view.is_tree


def test_another_filter_is_followed_anew() -> None:
    state = State.read({"freeze": ["3"], "open": ["a-1"], "before": ["b-1"]}).with_text("y")
    assert (state.freeze, state.open_id, state.before, state.text) == (None, "a-1", "b-1", "y")
