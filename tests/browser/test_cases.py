"""Each button of the demo's page of cases is found in the dashboard by the filter it names."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo_site.cases.case import Case
from demo_site.cases.catalogue import CASES
from tests.browser.conftest import open_dashboard
from tests.browser.server import post

MUTED = ("init", "each-instance")
INIT = ("django.db.models.signals.pre_init", "django.db.models.signals.post_init")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_pressing_a_button_brings_its_row(
    dashboard: Page, context: BrowserContext, site: str, case: Case
) -> None:
    for muted in INIT if case.slug in MUTED else ():
        # The cases say to unmute them first.
        post(f"{site}/signals/mute/", signal=muted, on="0")
    cases = context.new_page()
    cases.goto(f"{site}/cases/")
    link = cases.locator(f"#{case.slug} a.filter").get_attribute("href") or ""
    open_dashboard(dashboard, site, link[link.index("?") :])
    expect(dashboard.locator("#sb-filter-error")).to_be_empty()
    # The filter stands before the button is pressed: the row comes by the socket.
    before = dashboard.locator("#sb-rows .sb-row").count()
    with cases.expect_response(re.compile(f"/cases/{case.slug}/")):
        cases.locator(f"#{case.slug} form button").click()
    expect(dashboard.locator("#sb-rows .sb-row").nth(before)).to_be_visible()
