"""What rows and details show, and that names are only ever shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import rows, wording
from dashboard.detail import detail_view
from dashboard.drawing import draw
from dashboard.lines import Lines
from dashboard.rendering import render
from dashboard.trees import MAX_LINES
from dashboard.why import why
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch, make_marker, window_of
from tracer.diagnosis import Explanation, Repeat, RepeatedCall, Uncalled
from tracer.dispatches import Marker
from tracer.filters import Filter
from tracer.filters.amounts import moment_us
from tracer.filters.terms import Value

NASTY = "<img src=x onerror=alert(1)>\"'`</td></template></hx-partial><script>alert(2)</script>"
SLOW_NS = 10_000_000


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (None, ""), (0, "0 µs"), (400, "1 µs"), (4_000, "4 µs"), (99_000, "99 µs"),
        (150_000, "0.1 ms"), (1_900_000, "1.9 ms"), (46_000_000, "46 ms"),
        (2_100_000_000, "2.1 s"), (125_000_000_000, "2 min 05 s"), (5_400_000_000_000, "1 h 30 min"),
    ],
)  # fmt: skip
def test_duration_has_its_unit(duration_ns: int | None, text: str) -> None:
    assert wording.took(duration_ns) == text


def test_count_has_its_noun() -> None:
    assert wording.count(1_204) == "1,204"
    assert [wording.count(n, "dispatch") for n in (1, 9)] == ["1 dispatch", "9 dispatches"]
    assert [wording.count(n, "query") for n in (1, 14)] == ["1 query", "14 queries"]
    assert wording.count(0, "error") == "0 errors"


def test_short_name_keeps_the_class_of_a_method() -> None:
    assert wording.short("django.db.models.signals.post_save") == "post_save"
    assert wording.short("shop.audit.OrderAudit.on_order") == "OrderAudit.on_order"
    assert wording.short("app.apps.ready.<locals>.count") == "count"


@given(st.text(st.characters(categories=("Cc", "Cf", "Cs", "L", "Zl"))))
def test_visible_leaves_no_control_direction_or_surrogate(text: str) -> None:
    shown = wording.visible(text)
    shown.encode()
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]", shown)


@given(st.integers(min_value=-(2**63), max_value=2**63))
def test_any_moment_can_be_written(moment_us: int) -> None:
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", wording.clock(moment_us))
    wording.full_time(moment_us)


def test_failing_receiver_is_in_sight_and_what_was_not_reached_is_marked() -> None:
    calls = (
        make_call(receiver="a.one"),
        make_call(receiver="a.two"),
        make_call(receiver="a.three", error="shop.CardDeclined"),
        make_call(receiver="a.four", started_ns=None, duration_ns=None, skipped="a.three raised"),
    )
    view = rows.row_view([make_dispatch(calls=calls, error="shop.CardDeclined")], SLOW_NS)
    assert [(name.text, name.weight) for name in view.receivers] == [
        ("three", "error"), ("one", ""),
    ]  # fmt: skip
    assert view.more == 2
    assert [(tag.text, tag.kind) for tag in view.tags] == [("CardDeclined", "error")]
    assert rows.call_weight(calls[3]) == "skipped"


def test_row_tells_slow_from_failed_and_running() -> None:
    def kind(**given: object) -> str:
        return rows.row_view([make_dispatch(**given)], SLOW_NS).took_kind

    assert kind() == ""
    assert kind(duration_ns=SLOW_NS) == "slow"
    assert kind(duration_ns=SLOW_NS, error="E", state="error") == "error"
    assert kind(duration_ns=None, state="running") == "running"


def test_primary_key_of_the_instance_stands_beside_the_sender() -> None:
    view = rows.row_view([make_dispatch(arguments={"instance": "auth.User #311"})], SLOW_NS)
    assert (view.sender and view.sender.text, view.sender_pk) == ("auth.User", "#311")


@given(st.integers(min_value=0, max_value=10**15))
def test_bar_is_never_wider_than_its_column(duration_ns: int) -> None:
    assert 0 <= rows.bar_px(duration_ns) <= rows.BAR_PX
    assert rows.bar_px(duration_ns) <= rows.bar_px(duration_ns * 2 + 1)


def test_unheard_dispatch_of_which_only_the_start_is_noted_shows_no_duration() -> None:
    unheard = make_dispatch(duration_ns=0)
    assert rows.row_view([unheard, unheard], SLOW_NS).took == ""
    assert rows.row_view([make_dispatch(duration_ns=400)], SLOW_NS).took == "1 µs"


@pytest.mark.parametrize(
    ("marker", "text"),
    [
        (make_marker(kind="started"), "runserver 1@here started at"),
        (make_marker(kind="stopped", count=0), "recording stopped at"),
        (make_marker(kind="stopped", until_us=NOON_US, count=51), "51 dispatches not recorded"),
        (
            make_marker(kind="stopped", count=4, part_of="m-1", process="shell 2@here"),
            "4 dispatches of shell 2@here not recorded meanwhile",
        ),
        (make_marker(kind="dropped", count=1, text="the ring was full"), "1 dispatch dropped"),
        (make_marker(kind="fault", text="a reason"), "Signalbox failed"),
    ],
)
def test_marker_says_what_happened(marker: Marker, text: str) -> None:
    assert text in rows.marker_text(marker)


class Elements(HTMLParser):
    """Names of elements and attributes in a text of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.names.update(name for name, _ in attrs)


def test_markup_in_every_name_is_shown_and_not_run() -> None:
    dispatch = make_dispatch(
        id=NASTY, signal=f"m.{NASTY}", sender=NASTY, error=NASTY, origin=NASTY, origin_id=NASTY,
        call_site=f"{NASTY} {NASTY}", process=NASTY, thread=NASTY, task=NASTY, transaction=NASTY,
        arguments={NASTY: NASTY, "instance": f"{NASTY} #1"},
        calls=(
            make_call(receiver=NASTY, place=NASTY, error=NASTY, raised_at=NASTY),
            make_call(receiver=NASTY, started_ns=None, duration_ns=None, skipped=NASTY),
        ),
    )  # fmt: skip
    window = window_of(dispatch, make_marker(id=f"m{NASTY}", process=NASTY, text=NASTY))
    lines = Lines(window, Filter(), is_tree=True, slow_ns=SLOW_NS)
    new, _ = lines.take(window.after(0))
    html = "".join(draw(line, window, SLOW_NS) for line in new)
    names = {"receiver": NASTY, "short": NASTY, "place": NASTY, "text": NASTY, "mend": NASTY}
    uncalled = Uncalled(**names, sender=NASTY, signal=NASTY, reason="related")
    explanation = Explanation(called=(), uncalled=(uncalled,), notes=(NASTY,))
    call = RepeatedCall(dispatch_id=NASTY, call_site=NASTY, started_us=NOON_US)
    repeat = Repeat(**names, kind="re-entered", loop=(NASTY, NASTY), calls=(call,))
    detail = detail_view(dispatch, [dispatch], SLOW_NS)
    html += render("_detail.html", detail=detail, why=why(dispatch, explanation, [repeat]), at="")
    html += render("_unknown.html", what=NASTY, name=NASTY)
    assert Elements(html).names.isdisjoint({"img", "script", "onerror", "template", "hx-partial"})
    assert "alert(1)" in html


def test_detail_lists_calls_and_what_they_caused_in_the_order_of_time() -> None:
    root = make_dispatch(
        id="r-1", started_us=NOON_US, duration_ns=4_000_000,
        calls=(
            make_call(receiver="a.first", started_ns=0, duration_ns=3_000_000),
            make_call(receiver="a.second", started_ns=3_000_000, duration_ns=1_000_000),
        ),
    )  # fmt: skip
    child = make_dispatch(
        id="r-2", parent_id="r-1", parent_call=0, root_id="r-1", depth=1,
        started_us=NOON_US + 1_000, duration_ns=1_000_000,
    )  # fmt: skip
    view = detail_view(child, [root, child], SLOW_NS).tree
    assert [(line.full.rpartition(".")[2], line.indent, line.offset) for line in view.lines] == [
        ("post_save", 0, "0"), ("first", 1, "0"), ("post_save", 2, "+1.0 ms"),
        ("second", 1, "+3.0 ms"),
    ]  # fmt: skip
    assert [line.is_open for line in view.lines] == [False, False, True, False]
    bars = [line.bar for line in view.lines]
    assert [(bar.x, bar.width) for bar in bars] == [(0, 1000), (0, 750), (250, 250), (750, 250)]


def test_detail_of_a_huge_or_deep_tree_is_bounded_and_says_so() -> None:
    chain = [make_dispatch(id="c-0")]
    for number in range(1, 3_000):
        before = chain[-1]
        chain.append(
            make_dispatch(id=f"c-{number}", parent_id=before.id, root_id="c-0", depth=number)
        )
    view = detail_view(chain[0], chain, SLOW_NS).tree
    assert (len(view.lines), view.hidden) == (MAX_LINES, 3_000 - MAX_LINES)


@pytest.mark.parametrize("moment_ms", [0, 1_769_900_711_999, 1_774_745_999_000])
def test_end_of_a_range_is_read_back_to_the_second(moment_ms: int) -> None:
    text = wording.range_end(str(moment_ms))
    assert moment_us(Value(text)) == moment_ms // 1000 * 1_000_000


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "٣", "9" * 14])
def test_what_is_no_moment_ends_no_range(text: str) -> None:
    assert wording.range_end(text) == ""


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (4_249, "4.2 kB"), (46_499, "46 kB"),
        (999_499, "999 kB"), (999_500, "1 MB"), (128_000_000, "128 MB"), (2_500_000_000, "2.5 GB"),
        (2_000_000_000_000, "2,000 GB"),
    ],
)  # fmt: skip
def test_size_has_its_unit(number: int, words: str) -> None:
    assert wording.size(number) == words


def test_time_has_its_day_and_zone_in_the_tooltip() -> None:
    html = wording.clock_time(NOON_US)
    assert re.fullmatch(
        r'<time datetime="2026-05-28T\S+" title="2026-05-28 (\S+)\d{3} UTC">\1</time>', html
    )
