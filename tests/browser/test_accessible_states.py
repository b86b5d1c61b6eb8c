"""What axe says of each state of the feed, in light and dark, wide, narrow and zoomed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import faults, resize
from tests.browser.acts import open_import, open_placed, open_request, press, rows
from tests.browser.test_comparison import mark_parcel


def open_statements(page: Page) -> None:
    rows(page, "order_placed").first.locator(".sb-time").click()
    expect(page.locator("#sb-detail summary").first).to_be_attached()
    for summary in page.locator("#sb-detail summary").all():
        summary.click()
    expect(page.locator(".sb-statements[open]").first).to_be_attached()


def open_source(page: Page) -> None:
    open_placed(page)
    page.locator("#sb-detail .sb-call-place").first.click()
    expect(page.locator(".sb-listing")).to_be_visible()


def zoom(page: Page) -> None:
    open_placed(page)
    page.locator("#sb-detail .sb-zoom").first.press("Enter")
    expect(page.locator("#sb-detail")).to_contain_text("Back to the whole tree")


def freeze(page: Page) -> None:
    page.keyboard.press("Space")
    expect(page.locator("#sb-pill")).to_be_visible()


def stop(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator("#sb-notice-stopped")).to_be_visible()


def filter_by(page: Page, text: str) -> None:
    page.locator("#sb-draft").fill(text)
    page.keyboard.press("Enter")


def filter_to_some(page: Page) -> None:
    filter_by(page, "-is:root signal:post_save,order_placed")
    expect(page.locator(".sb-chip")).to_have_count(2)


def filter_to_nothing(page: Page) -> None:
    filter_by(page, "signal:m2m_changed")
    expect(page.locator(".sb-empty h2:visible")).to_have_text("No dispatch matches the filter")


def filter_wrongly(page: Page) -> None:
    filter_by(page, "sginal:x")
    expect(page.locator("#sb-filter-error")).to_contain_text("signal")


def complete(page: Page) -> None:
    page.locator("#sb-draft").press_sequentially("send")
    expect(page.locator("#sb-complete .sb-option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def choose_time(page: Page) -> None:
    page.locator("#sb-timeline").press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".sb-chip")).to_have_count(2)


def unfold(page: Page) -> None:
    page.locator("[data-action=expand]").first.click()
    expect(page.locator("[data-action=expand]")).to_have_count(0)


def show_flat(page: Page) -> None:
    page.keyboard.press("t")
    expect(page.locator("#sb-view")).to_contain_text("Tree")


def stand_on_a_row(page: Page) -> None:
    page.locator("#sb-scroll").focus()
    for key in ("ArrowUp", "ArrowRight"):
        page.keyboard.press(key)


def show_registry(page: Page) -> None:
    resize(page, 390, 844)
    page.locator("[data-action=open-registry]").click()
    expect(page.locator("#sb-find")).to_be_visible()


STATES = [
    lambda page: None, open_placed, open_statements, open_source, zoom, freeze, stop, filter_to_some,
    filter_to_nothing, filter_wrongly, complete, choose_time, unfold, show_flat, stand_on_a_row,
    open_import, show_registry,
]  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("<>"))
def test_each_state_of_the_feed(failed: Page, state: Callable[[Page], None]) -> None:
    state(failed)
    assert faults(failed) == []


def test_empty_feed(dashboard: Page) -> None:
    expect(dashboard.locator(".sb-empty h2")).to_have_text("Cleared")
    assert faults(dashboard) == []


def test_request(failed: Page) -> None:
    open_request(failed, "POST /cases/failing/")
    expect(failed.locator("#sb-detail .sb-is-request")).to_be_visible()
    assert faults(failed) == []


def test_before_and_after(dashboard: Page, context: BrowserContext, site: str) -> None:
    mark_parcel(dashboard, context, site)
    assert faults(dashboard) == []
    press(context, site, "changed")
    expect(dashboard.locator(".sb-compared-sum")).to_contain_text("13 new")
    assert faults(dashboard) == []
    dashboard.keyboard.press("Escape")
    expect(dashboard.locator(".sb-mark-strip")).to_be_visible()
    assert faults(dashboard) == []
