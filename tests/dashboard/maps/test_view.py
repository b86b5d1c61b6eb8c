"""The map in words, classes and coordinates."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from dashboard.counters import Count
from dashboard.maps import words
from dashboard.maps.graph import Graph, graph
from dashboard.maps.parts import EdgeView, MapView, NodeView
from dashboard.maps.state import MapState
from dashboard.maps.tables import tables
from dashboard.maps.view import map_view
from tests.dashboard.conftest import make_dispatch
from tests.dashboard.maps.conftest import LABELS, make_count, make_signal
from tracer.filters import Filter

PLACED, SAVE = "demo_site.shop.signals.order_placed", "django.db.models.signals.post_save"
RESERVE, CHARGE = "demo_site.shop.receivers.reserve", "demo_site.shop.receivers.charge"
NOW_US = 100_000_000


def small(**given: Count) -> Graph:
    counts = {"sent": make_count(40), "received": make_count(10), "caused": make_count(3)} | given
    return graph(
        [make_signal(PLACED, RESERVE, CHARGE)],
        {(PLACED, RESERVE): counts["received"]},
        {("shop.Order", PLACED): counts["sent"]},
        {(RESERVE, SAVE): counts["caused"]},
        LABELS,
        is_origins=False,
    )


def drawn(state: MapState | None = None, **given: Count) -> MapView:
    return map_view(small(**given), state or MapState(), NOW_US)


def edge(view: MapView, source: str, target: str) -> EdgeView:
    for left, right, gap in zip(view.columns, view.columns[1:], view.gaps, strict=False):
        for each in gap:
            if (left.nodes[each.source].name, right.nodes[each.target].name) == (source, target):
                return each
    raise AssertionError((source, target))


def node(view: MapView, name: str) -> NodeView:
    return next(each for column in view.columns for each in column.nodes if each.name == name)


def test_node_says_what_came_to_it_and_a_sender_what_it_sent() -> None:
    view = drawn()
    assert node(view, "shop.Order").figure == "40"
    assert node(view, PLACED).figure == "40"
    assert node(view, RESERVE).figure == "10"
    assert node(view, SAVE).figure == "3"
    assert (node(view, CHARGE).figure, node(view, CHARGE).words) == ("", "never fired")
    titles = [column.title for column in view.columns]
    assert titles == ["Senders", "Signals", "Receivers", "Dispatched in turn"]


def test_widths_follow_counts_or_times() -> None:
    slow = make_count(3, total_ns=9_000_000_000)
    by_count, by_time = drawn(caused=slow), drawn(MapState(is_time=True), caused=slow)
    ends = [("shop.Order", PLACED), (PLACED, RESERVE), (RESERVE, SAVE), (PLACED, CHARGE)]
    counted = [edge(by_count, *each).width for each in ends]
    assert counted == sorted(counted, reverse=True)
    timed = [edge(by_time, *each).width for each in ends]
    assert timed[2] == max(timed)
    assert timed[3] == counted[3] == min(timed)
    assert node(by_time, SAVE).figure == "9.0 s"


@pytest.mark.parametrize(
    ("age_s", "age"), [(0, 0), (1.4, 0), (5, 1), (30, 2), (200, 3), (1_000, 4)]
)
def test_brightness_is_of_how_long_ago(age_s: float, age: int) -> None:
    at = make_count(last_us=NOW_US - int(age_s * 1_000_000))
    assert f" sb-age-{age}" in edge(drawn(sent=at), "shop.Order", PLACED).classes


@pytest.mark.parametrize(("errors", "tint"), [(0, 0), (1, 1), (5, 2), (40, 3), (100, 4)])
def test_colour_is_of_the_share_of_errors(errors: int, tint: int) -> None:
    failed = make_count(100, errors=errors)
    classes = edge(drawn(sent=failed), "shop.Order", PLACED).classes
    assert ("sb-share" in classes) == bool(errors)
    assert (f"sb-share-{tint}" in classes) == bool(errors)
    assert "sb-never" in edge(drawn(), PLACED, CHARGE).classes


def test_clicks_filter_the_feed() -> None:
    view = drawn()
    for query, text in (
        (node(view, "shop.Order").query, "sender:shop.Order"),
        (node(view, PLACED).query, f"signal:{PLACED}"),
        (node(view, RESERVE).query, f"receiver:{RESERVE}"),
        (node(view, SAVE).query, f"signal:{SAVE} depth:>0"),
        (edge(view, "shop.Order", PLACED).query, f"sender:shop.Order signal:{PLACED}"),
        (edge(view, PLACED, RESERVE).query, f"signal:{PLACED} receiver:{RESERVE}"),
        (edge(view, RESERVE, SAVE).query, f"signal:{SAVE} depth:>0"),
    ):
        assert parse_qs(query[1:]) == {"filter": [text]}
        Filter.parse(text)


def test_origin_filters_up_to_where_it_varies() -> None:
    first = {("GET /a/*/", SAVE): make_count(), ("outside", SAVE): make_count()}
    view = map_view(
        graph([], {}, first, {}, LABELS, is_origins=True), MapState(is_origins=True), NOW_US
    )
    assert parse_qs(node(view, "GET /a/*/").query[1:]) == {"filter": ['origin:"GET /a/"']}
    filter_ = Filter.parse('origin:"GET /a/"')
    assert filter_.matches(make_dispatch(origin="GET /a/57/"))
    assert not filter_.matches(make_dispatch(origin="POST /a/57/"))
    assert node(view, "outside").query == ""
    assert node(view, "GET /a/*/").label == "/a/*/"


@pytest.mark.parametrize("sender", [None, "instance of app.Thing", "shop.Order", "app.<locals>.X"])
def test_filter_of_a_sender_finds_it(sender: str | None) -> None:
    first = {(sender or "None", SAVE): make_count()}
    view = map_view(graph([], {}, first, {}, LABELS, is_origins=False), MapState(), NOW_US)
    (text,) = parse_qs(node(view, sender or "None").query[1:])["filter"]
    assert Filter.parse(text).matches(make_dispatch(sender=sender))
    assert not Filter.parse(text).matches(make_dispatch(sender="other.Model"))


def test_folded_group_is_one_row_that_a_click_unfolds_and_its_name_folds_it_again() -> None:
    folded = drawn(MapState(folded=("receiver:shop",)))
    (row,) = folded.columns[2].nodes
    assert (row.name, row.number, row.is_folded, row.figure) == ("shop: 2 receivers", 2, True, "10")
    state = MapState.read(parse_qs(row.query[1:]))
    assert state == MapState(unfolded=("receiver:shop",))
    unfolded = drawn(state)
    assert len(unfolded.columns[2].nodes) == 2
    (head,) = unfolded.columns[2].heads
    assert MapState.read(parse_qs(head.query[1:])) == MapState(folded=("receiver:shop",))


def test_node_by_itself_says_its_app() -> None:
    view = drawn()
    assert (node(view, "shop.Order").prefix, node(view, "shop.Order").label) == ("shop.", "Order")
    assert node(view, RESERVE).prefix == ""
    assert [head.label for head in view.columns[2].heads] == ["shop"]


def test_table_unfolds_all_and_has_the_widest_first() -> None:
    view = drawn(MapState(is_table=True, folded=("receiver:shop",)))
    rows = [(row.source, row.target, row.edge.count.calls) for table in tables(view) for row in table.rows]  # fmt: skip
    assert rows == [
        ("shop.Order", PLACED, 40),
        (PLACED, RESERVE, 10),
        (PLACED, CHARGE, 0),
        (RESERVE, SAVE, 3),
    ]


def test_figures_in_words() -> None:
    count = make_count(4, errors=1, total_ns=8_000_000)
    assert words.figures(count, "call").split(" · last at ")[0] == (
        "4 calls · 1 error (25%) · 2.0 ms each · 8.0 ms together"
    )


def test_long_name_is_cut_to_its_column_and_unsafe_signs_are_seen() -> None:
    assert len(words.cut("a" * 50)) == words.LETTERS
    assert words.cut("a\u202eb") == "a⟨202E⟩b"


def test_address_means_its_state() -> None:
    state = MapState(is_origins=True, is_time=True, folded=("a:b",), unfolded=("c:d", "e:f"))
    assert MapState.read(parse_qs(state.query[1:])) == state
    assert MapState().query == ""
    assert parse_qs(state.socket_query[1:])["page"] == ["map"]
    assert MapState.read({"fold": ["x"] * 1_000}).folded == ("x",) * 200
