"""What axe says of each page and panel, in both colour schemes."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.test_feed import press, rows

SCHEMES = ["light", "dark"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_feed_and_detail(dashboard: Page, context: BrowserContext, site: str, scheme: str) -> None:
    dashboard.emulate_media(color_scheme=scheme)
    press(context, site, "failing")
    expect(rows(dashboard, "order_placed")).not_to_have_count(0)
    assert violations(dashboard) == []
    rows(dashboard, "order_placed").first.locator(".sb-time").click()
    expect(dashboard.locator("#sb-why-unreached")).to_be_visible()
    assert violations(dashboard) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "path",
    [
        "help/",
        "plain/",
        "plain/?open=signal:demo_site.shop.signals.order_placed",
        "?open=findings",
        "?open=signal:demo_site.shop.signals.order_placed",
    ],
)
def test_other_pages(context: BrowserContext, site: str, path: str, scheme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site}/signals/{path}")
    assert violations(page) == []
