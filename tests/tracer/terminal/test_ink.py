"""How text is made to fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracer.terminal.ink import Ink, cells, padded, shortened


@given(st.text(max_size=60), st.integers(0, 50))
def test_text_fits_and_fills_its_column(text: str, width: int) -> None:
    assert cells(shortened(text, width)) <= width
    assert cells(padded(text, width)) == width
    assert cells(padded(text, width, is_right=True)) == width


def test_middle_gives_way() -> None:
    assert shortened("demo_site.shop.receivers.remember_order", 20) == "demo_s…emember_order"
    assert shortened("short", 20) == "short"


def test_wide_and_joined_characters_are_counted_as_they_stand() -> None:
    assert cells("日本") == 4
    assert cells("e\u0301") == 1
    assert cells(shortened("日本日本日本", 6)) <= 6


def test_colour_is_put_on_only_where_it_is_wanted() -> None:
    assert Ink(is_on=False)("text", "red") == "text"
    assert Ink(is_on=True)("text", "bold", "red") == "\x1b[1;31mtext\x1b[0m"
    assert Ink(is_on=True)("text", "") == "text"
