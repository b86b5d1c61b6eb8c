"""The line of a dispatch, in columns."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tracer.dispatches import Dispatch, Marker, ReceiverCall
from tracer.terminal.drawn import Layout, Pen
from tracer.terminal.ink import Ink, cells

SLOW_NS = 10_000_000
CALLS = (
    ReceiverCall(receiver="shop.receivers.quick", started_ns=1, duration_ns=1),
    ReceiverCall(receiver="shop.receivers.dawdle", started_ns=1, duration_ns=SLOW_NS),
    ReceiverCall(
        receiver="shop.receivers.charge", started_ns=1, duration_ns=1, error="shop.errors.Declined"
    ),
    ReceiverCall(receiver="shop.receivers.thank", skipped="charge raised"),
)


def dispatch(**given: Any) -> Dispatch:
    known: dict[str, Any] = {
        "id": "a-1",
        "root_id": "a-1",
        "process": "runserver 1@host",
        "thread": "MainThread",
        "signal": "django.db.models.signals.post_save",
        "sender": "shop.Order",
        "method": "send",
        "started_us": 1_000_000,
        "duration_ns": 2_000_000,
        "state": "ok",
        "call_site": "demo_site/shop/checkout.py:50 make_order",
        "arguments": {"instance": "shop.Order #12"},
    }
    return Dispatch(**{**known, **given})


def line(one: Dispatch, width: int = 200, *, has_colour: bool = False, is_end: bool = False) -> str:
    pen = Pen(Ink(is_on=has_colour), SLOW_NS)
    return pen.dispatch(one, Layout.of(width), is_end=is_end)


def test_receivers_tell_what_became_of_them() -> None:
    text = line(dispatch(calls=CALLS, error="shop.errors.Declined", state="error"))
    assert "quick dawdle charge ✗Declined [thank]" in text
    coloured = line(dispatch(calls=CALLS), has_colour=True)
    assert "\x1b[33mdawdle\x1b[0m" in coloured
    assert "\x1b[31mcharge ✗Declined\x1b[0m" in coloured
    assert "\x1b[2m[thank]\x1b[0m" in coloured


def test_where_there_is_no_room_the_telling_receivers_come_first() -> None:
    text = line(dispatch(calls=CALLS), 100)
    assert re.search(r"charge ✗Declined \+3", text)
    assert re.search(r"charge ✗ \+3", line(dispatch(calls=CALLS), 80))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("depth", [0, 3, 30])
def test_columns_stand_under_each_other(width: int, depth: int) -> None:
    names = ["shop.signals.x", "shop.signals.a_very_long_name_of_a_signal_indeed", "店.受注" * 9]
    ends = set()
    for name in names:
        for calls in ((), CALLS[:1], CALLS):
            text = line(dispatch(signal=name, calls=calls, depth=depth), width)
            assert cells(text) <= width
            ends.add(cells(text[: text.index(" ms")]))
    assert len(ends) == 1


def test_app_label_gives_way_before_the_name_and_the_key() -> None:
    assert "Order #12" in line(dispatch(), 80)
    assert "shop.Order #12" in line(dispatch(), 120)
    assert "instance of ShopConfig" in line(dispatch(sender="instance of shop.apps.ShopConfig"))


def test_one_that_runs_says_so_and_its_end_is_marked() -> None:
    running = dispatch(duration_ns=None, state="running")
    assert " running " in line(running)
    assert "└ post_save" in line(dispatch(), is_end=True)


def test_origin_and_marker_are_lines_of_their_own() -> None:
    pen = Pen(Ink(is_on=False), SLOW_NS)
    assert pen.origin(dispatch(origin="POST /x/"), 80) == "── POST /x/  runserver 1@host"
    assert cells(pen.origin(dispatch(origin="POST /" + "x" * 200), 80)) <= 80
    marker = Marker(id="m", process="p", kind="fault", at_us=0, text="bad\x1b[0m")
    assert "bad␛[0m" in pen.marker(marker, 80)
