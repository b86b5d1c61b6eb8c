"""The timeline over the feed: what it shows, and a range of it as a filter, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import press, rows
from tests.browser.server import post

CHIPS = "#sb-filter .sb-chip-text"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


def drag(page: Page, begin: float, end: float) -> None:
    """Drag over the picture, from one share of its width to another."""
    box = page.locator("#sb-rate svg").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * begin, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (begin + end) / 2, y)
    page.mouse.move(box["x"] + box["width"] * end, y)


def test_range_is_dragged_shown_replaced_and_cleared(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed")).to_have_count(1)
    expect(dashboard.locator("#sb-rate .sb-fill-other")).to_have_attribute("d", re.compile("M"))
    drag(dashboard, 0.2, 0.4)
    expect(dashboard.locator("#sb-range")).to_be_visible()
    dashboard.keyboard.press("Escape")
    expect(dashboard.locator("#sb-range")).to_be_hidden()
    dashboard.mouse.up()
    expect(dashboard.locator(CHIPS)).to_have_count(0)
    drag(dashboard, 0.2, 0.4)
    dashboard.mouse.up()
    expect(dashboard.locator(CHIPS).nth(0)).to_have_text(re.compile(rf"^after:{MOMENT}$"))
    expect(dashboard.locator(CHIPS).nth(1)).to_have_text(re.compile(rf"^before:{MOMENT}$"))
    expect(rows(dashboard, "order_placed")).to_have_count(0)
    expect(dashboard.locator("#sb-range")).to_be_visible()
    assert violations(dashboard) == []
    drag(dashboard, 0.5, 0.999)
    dashboard.mouse.up()
    expect(rows(dashboard, "order_placed")).to_have_count(1)
    expect(dashboard.locator(CHIPS)).to_have_count(2)
    dashboard.reload()
    expect(dashboard.locator("#sb-range")).to_be_visible()
    dashboard.locator("#sb-timeline").click()
    expect(dashboard.locator(CHIPS)).to_have_count(0)
    expect(dashboard.locator("#sb-range")).to_be_hidden()


def test_range_is_chosen_by_keys(dashboard: Page, context: BrowserContext, site: str) -> None:
    press(context, site, "order")
    dashboard.locator("#sb-timeline").focus()
    dashboard.keyboard.press("ArrowLeft")
    expect(dashboard.locator("#sb-range-text")).to_have_text(re.compile(" to "))
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator(CHIPS)).to_have_count(2)
    dashboard.locator("#sb-timeline").press("Escape")
    expect(dashboard.locator(CHIPS)).to_have_count(0)


def test_it_stands_while_frozen_and_shows_where_recording_was_stopped(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    post(f"{site}/signals/recording/", on="0")
    post(f"{site}/signals/recording/", on="1")
    svg = dashboard.locator("#sb-rate svg")
    expect(svg.locator(".sb-stopped-span")).to_have_attribute("d", re.compile("M"))
    expect(svg).to_have_attribute("aria-label", re.compile("recording was stopped"))
    dashboard.locator("#sb-scroll").press(" ")
    expect(dashboard.locator("#sb-feed")).to_have_class(re.compile("sb-is-frozen"))
    before = svg.get_attribute("data-from")
    press(context, site, "order")
    expect(dashboard.locator("#sb-new")).to_contain_text("new")
    assert svg.get_attribute("data-from") == before
    dashboard.locator("#sb-pill").click()
    expect(svg).not_to_have_attribute("data-from", before or "")
    expect(svg.locator(".sb-fill-other")).to_have_attribute("d", re.compile("M"))
