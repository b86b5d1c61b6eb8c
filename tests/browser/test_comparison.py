"""A tree or a request that is marked, and its next run beside it, in a real browser on the real demo."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import open_request, open_row, press, press_first_version, rows


def mark_parcel(page: Page, context: BrowserContext, site: str) -> Locator:
    """Mark the tree of a parcel that the first version packed, and return the panel that waits."""
    press_first_version(context, site)
    first = rows(page, "parcel_packed").filter(has_text="stick_stamps")
    expect(first).to_have_count(1)
    detail = open_row(page, first)
    detail.get_by_text("Mark as before").click()
    expect(detail.locator(".sb-wait")).to_contain_text("Now run it again")
    expect(detail.locator(".sb-one-side")).to_contain_text("stick_stamps")
    return detail


def pair(detail: Locator, name: str) -> Locator:
    """Return the lines of a signal or receiver in the comparison."""
    return detail.locator(".sb-pair").filter(
        has=detail.page.locator(
            ".sb-tree-call, .sb-tree-open", has_text=re.compile(rf"^{re.escape(name)}\b")
        )
    )


def test_marked_tree_is_set_beside_its_next_run(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    detail = mark_parcel(dashboard, context, site)
    assert violations(dashboard) == []
    press(context, site, "changed")
    summary = detail.locator(".sb-compared-sum")
    for text in ("13 new", "1 gone", "+7 queries"):
        expect(summary.locator(".sb-note", has_text=re.compile(re.escape(text)))).to_be_visible()
    assert pair(detail, "check_address").locator("td").nth(6).inner_text() == "new"
    gone = pair(detail, "stick_stamps").locator("td")
    assert gone.nth(6).inner_text() == "gone"
    assert gone.nth(3).text_content() == "is not there"
    expect(pair(detail, "choose_box")).to_contain_text("+6 queries")
    expect(pair(detail, "print_label")).to_contain_text("slower")
    came = detail.locator(".sb-came").first.locator("li")
    expect(came.nth(1)).to_have_text(re.compile(r'^\+6SELECT .*"product_id" = \? AND '))
    expect(came.nth(2)).to_contain_text("−1")
    assert violations(dashboard) == []
    # Lines without a difference are there when they are asked for.
    hidden = pair(detail, "close_parcel")
    expect(hidden).to_be_hidden()
    detail.get_by_text("lines without a difference").click()
    expect(hidden).to_be_visible()
    dashboard.reload()
    expect(pair(detail, "check_address")).to_be_visible()
    expect(dashboard.locator(".sb-row.sb-is-before")).to_have_count(1)


def test_mark_stays_in_sight_when_the_comparison_is_closed(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    mark_parcel(dashboard, context, site)
    strip = dashboard.locator(".sb-mark-strip")
    expect(strip).to_be_hidden()
    dashboard.keyboard.press("Escape")
    expect(strip).to_contain_text("parcel_packed shop.Order")
    expect(strip).to_contain_text("not run again yet")
    press(context, site, "changed")
    expect(strip).to_contain_text("ran again, last at")
    assert violations(dashboard) == []
    strip.get_by_text("Compare").click()
    expect(dashboard.locator(".sb-compared-sum")).to_contain_text("1 gone")
    expect(strip).to_be_hidden()
    dashboard.go_back()
    expect(dashboard.locator("#sb-detail")).to_be_empty()
    strip.get_by_text("Unmark").click()
    expect(strip).to_have_count(0)
    expect(dashboard).not_to_have_url(re.compile("before="))
    dashboard.go_back()
    expect(strip).to_contain_text("parcel_packed")


def test_another_row_can_be_taken_as_after(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    detail = mark_parcel(dashboard, context, site)
    press(context, site, "order")
    open_row(dashboard, rows(dashboard, "order_placed"))
    detail.get_by_text("Compare with before").click()
    # Nothing of it is the same: all that was is gone, all that is is new.
    summary = detail.locator(".sb-compared-sum")
    expect(summary).to_contain_text("8 gone")
    expect(summary).to_contain_text("16 new")
    chosen = detail.get_by_label("after", exact=True)
    expect(chosen).not_to_have_value("")
    press(context, site, "changed")
    expect(chosen.locator("option")).to_have_count(3)
    chosen.select_option("")
    expect(summary).to_contain_text("1 gone")
    expect(dashboard).not_to_have_url(re.compile("at="))
    detail.get_by_text("Mark after as before").click()
    expect(detail.locator(".sb-one-side")).to_contain_text("check_address")
    detail.get_by_text("Unmark").click()
    expect(detail).to_be_empty()


def test_request_is_marked_and_compared_as_a_whole(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    detail = open_request(dashboard, "POST /cases/order/")
    detail.get_by_text("Mark as before").click()
    expect(detail.locator(".sb-wait")).to_contain_text(
        "The next POST /cases/order/ is set beside it"
    )
    press(context, site, "order")
    expect(detail.locator("h2")).to_have_text(re.compile(r"^\s*POST /cases/order/\s*$"))
    expect(detail.locator(".sb-compared-sum")).not_to_contain_text("new")
    press(context, site, "failing")
    open_row(dashboard, rows(dashboard, "order_placed").filter(has_text="CardDeclined"))
    detail.get_by_text("Compare with before").click()
    summary = detail.locator(".sb-compared-sum")
    for text in ("raises CardDeclined", "rolled back", "2 never reached"):
        expect(summary).to_contain_text(text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_page_has_both_sides_and_nothing_beside_it(
    dashboard: Page, context: BrowserContext, site: str, scheme: str
) -> None:
    detail = mark_parcel(dashboard, context, site)
    press(context, site, "changed")
    expect(pair(detail, "check_address")).to_be_visible()
    dashboard.emulate_media(color_scheme=scheme)
    dashboard.set_viewport_size({"width": 390, "height": 844})
    expect(pair(detail, "print_label").locator(".sb-pair-took")).to_have_count(2)
    for took in pair(detail, "print_label").locator(".sb-pair-took").all():
        expect(took).to_be_visible()
    width = dashboard.evaluate("() => document.querySelector('.sb-compared').scrollWidth")
    assert width <= 390
    assert violations(dashboard) == []


def test_before_that_was_cleared_is_said(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    detail = mark_parcel(dashboard, context, site)
    dashboard.locator("#sb-clear").click()
    expect(detail.locator("h2")).to_have_text("Before is not kept any more")
    assert violations(dashboard) == []
    detail.get_by_text("Unmark").click()
    expect(detail).to_be_empty()


def test_keys_mark_and_compare_and_a_line_leads_to_its_dispatch(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    dashboard.keyboard.press("b")
    expect(detail.locator(".sb-wait")).to_contain_text("Now run it again")
    dashboard.keyboard.press("Escape")
    press(context, site, "failing")
    open_row(dashboard, rows(dashboard, "order_placed").filter(has_text="CardDeclined"))
    dashboard.keyboard.press("b")
    expect(detail.locator(".sb-compared-sum")).to_contain_text("raises CardDeclined")
    pair(detail, "order_placed").locator(".sb-pair-before .sb-tree-open").click()
    expect(detail.get_by_text("Marked as before")).to_have_attribute("aria-pressed", "true")
    dashboard.go_back()
    expect(detail.locator(".sb-compared-sum")).to_contain_text("raises CardDeclined")
