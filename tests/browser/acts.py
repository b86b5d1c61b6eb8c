"""What visitors do on the demo's site, where the page shows it, and how that is opened."""

from __future__ import annotations

import re
import uuid

from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

ROWS = "#sb-rows .sb-row"


def rows(page: Page, signal: str, sender: str = "") -> Locator:
    found = page.locator(ROWS).filter(
        has=page.locator(f'[data-field=signal][data-value$=".{signal}"]')
    )
    return (
        found.filter(has=page.locator(f'[data-field=sender][data-value="{sender}"]'))
        if sender
        else found
    )


def sign_up(context: BrowserContext, site: str) -> str:
    """Sign up through the real form, in a tab of its own."""
    name = f"user-{uuid.uuid4().hex[:8]}"
    page = context.new_page()
    page.goto(site + reverse("profiles:signup"))
    page.fill("input[name=username]", name)
    page.fill("input[name=password1]", "correct horse 1")
    page.fill("input[name=password2]", "correct horse 1")
    page.locator("button", has_text="Sign up").click()
    page.wait_for_url("**" + reverse("profiles:profile"))
    page.close()
    return name


def press(context: BrowserContext, site: str, slug: str, times: int = 1) -> None:
    """Press a button of the demo's page of cases."""
    page = context.new_page()
    page.goto(f"{site}/cases/")
    for _ in range(times):
        with page.expect_response(re.compile(rf"/cases/{slug}/")):
            page.locator(f"#{slug} form button").click()
    page.close()


def open_placed(page: Page) -> None:
    """Open the order whose card was declined, of `failed`."""
    rows(page, "order_placed").last.locator(".sb-time").click()
    expect(page.locator("#sb-why-unreached")).to_be_attached()


def open_import(page: Page) -> None:
    """Open what recordings are imported by."""
    page.locator("#sb-open-import").click()
    expect(page.locator("#sb-import")).to_be_visible()
