"""What visitors do on the demo's site, where the page shows it, and how that is opened."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

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
    """Press a button of the demo's page of cases as a visitor's browser would, without one that draws the page."""
    for _ in range(times):
        context.request.get(f"{site}/cases/")
        (token,) = [each["value"] for each in context.cookies(site) if each["name"] == "csrftoken"]
        headers = {"HX-Request": "true", "X-CSRFToken": token, "Referer": f"{site}/cases/"}
        context.request.post(f"{site}/cases/{slug}/", headers=headers)


def open_placed(page: Page) -> None:
    """Open the order whose card was declined, of `failed`."""
    rows(page, "order_placed").last.locator(".sb-time").click()
    expect(page.locator("#sb-why-unreached")).to_be_attached()


def open_import(page: Page) -> None:
    """Open what recordings are imported by."""
    page.locator("#sb-open-import").click()
    expect(page.locator("#sb-import")).to_be_visible()


def open_row(page: Page, row: Locator) -> Locator:
    """Open a dispatch and return its detail."""
    row.first.locator(".sb-time").click()
    detail = page.locator("#sb-detail")
    expect(detail.locator(".sb-tree-line.sb-is-open")).to_be_visible()
    return detail


def open_request(page: Page, name: str) -> Locator:
    """Open the whole of a request by its row and return its detail."""
    page.locator(".sb-origin", has_text=name).first.locator(".sb-origin-open").click()
    return page.locator("#sb-detail")


def exported(page: Page, folder: Path) -> Path:
    """Press Export, and return the file that comes, in a folder."""
    with page.expect_download() as download:
        page.locator("#sb-export").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def bring(page: Page, file: Path) -> None:
    """Choose a file to be imported."""
    page.locator("#sb-open-import").click()
    page.locator("#sb-import-file").set_input_files(file)


def row_of(page: Page, name: str) -> Locator:
    """Return the row of a dispatch, by its id."""
    return page.locator(f'{ROWS}[data-id="{name}"]')


def press_first_version(context: BrowserContext, site: str) -> None:
    """Pack a parcel as the first version does; other tests may have left the later one to be next."""
    page = context.new_page()
    page.goto(f"{site}/cases/")
    case = page.locator("#changed")
    result = case.get_by_text(re.compile("was packed by the (first|later) version"))
    case.locator("form button").click()
    expect(result).to_be_visible()
    if "later" in result.inner_text():
        case.locator("form button").click()
        expect(result).to_contain_text("first version")
    page.close()
