"""What somebody sees who opens the page of a site, rings its bell and looks at the row."""

from __future__ import annotations

import urllib.request

from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.sites.project import LIMIT_S

RUNG = "project.bell.rung"
ROW = f'#sb-rows .sb-row:has([data-value="{RUNG}"])'


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=LIMIT_S) as response:
        assert response.status == 200
        return str(response.read().decode())


def see_the_bell(context: BrowserContext, site: str) -> Page:
    """
    Open the page of a site, whose address may end in a path, and see one ring of its bell come.

    All files are there, the feed is live, the row opens, and nothing that the page asked for went wrong.
    """
    page = context.new_page()
    refused: list[str] = []

    def note(answer: Response) -> None:
        if answer.status >= 400:
            refused.append(f"{answer.status} {answer.url}")

    page.on("response", note)
    page.goto(f"{site}/signals/?filter=signal:{RUNG}")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    # The stylesheet is there, and so is what it names.
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('.sb-main')).display")
        == "grid"
    )
    rows = page.locator(ROW)
    number = rows.count()
    get(f"{site}/ring/")
    expect(rows).to_have_count(number + 1)
    rows.last.locator(".sb-time").click()
    detail = page.locator("#sb-detail")
    expect(detail.locator(".sb-tree-call")).to_have_text("chime")
    expect(detail.locator(".sb-arguments")).to_contain_text("1234567")
    assert refused == []
    return page


def press(page: Page, name: str) -> None:
    """Press a button of the page and wait for its answer, which is to be a good one."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name=name).first.click()
    assert answered.value.ok, answered.value.url
