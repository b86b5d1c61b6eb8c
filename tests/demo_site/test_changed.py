"""What the case of a change promises."""

from __future__ import annotations

import pytest

from dashboard.comparison import compare
from demo_site.cases import changed
from tests.demo_site.conftest import Press, call_of, receivers

FIRST = ["choose_box", "stick_stamps", "print_label", "close_parcel"]


@pytest.fixture(autouse=True)
def first_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed, "_is_later", False)


def test_every_second_press_is_of_the_later_version(press: Press) -> None:
    first, later, again = (press("changed").one("parcel_packed") for _ in range(3))
    assert receivers(first) == receivers(again) == FIRST
    assert receivers(later) == ["choose_box", "print_label", "close_parcel", "check_address"]
    assert call_of(later, "choose_box").query_count > call_of(first, "choose_box").query_count
    assert call_of(later, "print_label").duration_ns > changed.PRINTER_S * 1e9


def test_comparison_finds_what_the_case_promises(press: Press) -> None:
    before = press("changed").of("parcel_packed")
    after = press("changed").of("parcel_packed")
    texts = {
        (line.after or line.before).name: [note.kind for note in line.notes]  # type: ignore[union-attr]
        for fold in compare(before, after).folds
        for line in fold.lines
    }
    assert texts["check_address"] == ["new"]
    assert texts["stick_stamps"] == ["gone"]
    assert "queries" in texts["choose_box"]
