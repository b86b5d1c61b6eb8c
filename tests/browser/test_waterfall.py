"""What the pointer and the keyboard do with the waterfall, in a real browser on the real demo."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import open_request, open_row, press, rows
from tests.browser.test_pictures import line, span


def test_card_tells_own_time_from_time_below_for_pointer_and_keyboard(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "nested")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    card = dashboard.locator(".sb-hover-card")
    line(detail, "issue_invoice").first.hover()
    expect(card).to_contain_text(re.compile(r"[\d.]+ (µs|ms|s) of its own, [\d.]+ (µs|ms|s) below"))
    dashboard.mouse.move(5, 5)
    expect(card).to_be_hidden()
    first = line(detail, "order_placed").first.locator(".sb-tree-open")
    first.focus()
    # A Tab and back: the focus is then one of the keyboard.
    dashboard.keyboard.press("Tab")
    dashboard.keyboard.press("Shift+Tab")
    expect(first).to_be_focused()
    expect(card).to_contain_text("order_placed")
    expect(card).to_contain_text("of its own")
    assert violations(dashboard) == []


def test_bar_opens_its_dispatch_and_twice_zooms_to_it(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "nested")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    whole = detail.locator(".sb-tree-line").count()
    inner = line(detail, "invoice_issued").first
    name = inner.get_attribute("data-line") or ""
    inner.locator("rect").click(force=True)
    expect(inner).to_have_class(re.compile("sb-is-open"))
    row = dashboard.locator(f'#sb-rows .sb-row[data-id="{name}"]')
    expect(row).to_have_attribute("aria-selected", "true")
    expect(dashboard).to_have_url(re.compile(f"open={re.escape(name)}"))
    line(detail, "post_save").first.locator("rect").dblclick(force=True)
    expect(detail.get_by_text("Back to the whole tree")).to_be_visible()
    expect(detail.locator(".sb-tree-line")).not_to_have_count(whole)
    assert span(line(detail, "post_save").first) == (0, 1_000)


def test_origin_row_opens_the_whole_request_with_its_trees_in_order(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "nested")
    detail = open_request(dashboard, "/cases/nested/")
    expect(detail.locator("h2")).to_contain_text("/cases/nested/")
    expect(detail.locator(".sb-detail-sum")).to_contain_text("dispatches")
    expect(line(detail, "order_placed")).not_to_have_count(0)
    tops = detail.locator(".sb-tree-line:has(.sb-indent-0)")
    begins = [span(one)[0] for one in tops.all()]
    assert len(begins) > 1
    assert begins == sorted(begins)
    dashboard.reload()
    expect(detail.locator("h2")).to_contain_text("/cases/nested/")


def test_request_that_is_over_is_not_asked_for_again(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "nested")
    # What is to be asked for in the end is asked for by timers that can be turned forward.
    dashboard.clock.install()
    body = open_request(dashboard, "/cases/nested/").locator(".sb-is-request")
    expect(body).to_have_attribute("hx-trigger", "every 2s")
    asked: list[str] = []
    dashboard.on("request", lambda request: asked.append(request.url))
    with dashboard.expect_request(lambda request: "open=origin" in request.url):
        dashboard.clock.run_for(2_000)
    expect(body).not_to_have_attribute("hx-trigger", "every 2s")
    before = [url for url in asked if "open=origin" in url]
    dashboard.clock.run_for(10_000)
    assert [url for url in asked if "open=origin" in url] == before
    assert violations(dashboard) == []
