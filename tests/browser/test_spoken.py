"""What a screen reader hears, as the live regions have it: counts at a pace, and each change once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.acts import ROWS, row_of
from tests.browser.conftest import open_dashboard
from tests.browser.server import demo, post
from tests.browser.test_focus import many, sent
from tests.dashboard.conftest import make_marker
from tracer.stores import Store

PACE_MS = 5_000
# Each text that a live region comes to have, and each line that a log is given.
HEAR = """() => {
    window.heard = [];
    const said = new Map();
    const hear = (changes) => {
        for (const change of changes) {
            const at = change.target.nodeType === 1 ? change.target : change.target.parentElement;
            const region = at?.closest("[role=status], [role=alert], [role=log], [aria-live]");
            if (!region) continue;
            if (region.matches("[role=log]")) for (const line of change.addedNodes) heard.push(line.textContent);
            else if (region.textContent.trim()) heard.push(region.textContent.trim());
        }
    };
    document.body.dataset.sockets = 0;
    document.addEventListener("htmx:after:ws:connection", () => document.body.dataset.sockets++);
    new MutationObserver(hear).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
def site(data: Path) -> Iterator[str]:
    with demo(data) as address:
        yield address


@pytest.fixture
def page(context: BrowserContext, site: str) -> Page:
    """Return the page on an empty feed, connected, its clock standing still, and its live regions listened to."""
    post(f"{site}/signals/recording/", on="1")
    post(f"{site}/signals/clear/")
    page = context.new_page()
    page.clock.install()
    open_dashboard(page, site)
    page.clock.pause_at(time.time() + 60)
    page.evaluate(HEAR)
    return page


def settled(page: Page, sockets: int) -> None:
    """Wait until the rows that were asked for are followed by a socket again, and say what is then to be said."""
    # The socket is opened by a timer.
    page.clock.run_for(100)
    expect(page.locator("body")).to_have_attribute("data-sockets", str(sockets))
    page.clock.run_for(1_000)


def heard(page: Page) -> list[str]:
    words: list[str] = page.evaluate("() => heard.splice(0)")
    return words


def test_counts_are_said_at_a_pace_and_rows_never(page: Page, kept: Store) -> None:
    many(kept, "a-", 20)
    expect(row_of(page, "a-19")).to_be_attached()
    many(kept, "b-", 16)
    kept.append([sent("failed", state="error")])
    expect(row_of(page, "failed")).to_be_attached()
    assert heard(page) == []
    page.clock.run_for(PACE_MS)
    assert heard(page) == ["37 dispatches, 1 error"]
    page.clock.run_for(PACE_MS)
    assert heard(page) == []
    kept.append([sent("alone")])
    expect(row_of(page, "alone")).to_be_attached()
    page.clock.run_for(PACE_MS - 1_000)
    assert heard(page) == []
    page.clock.run_for(1_000)
    assert heard(page) == ["1 dispatch"]


def test_error_of_what_was_running_is_said_when_it_comes(page: Page, kept: Store) -> None:
    kept.append([sent("long", state="running", duration_ns=None)])
    expect(row_of(page, "long")).to_contain_text("still running")
    page.clock.run_for(PACE_MS)
    assert heard(page) == ["1 dispatch"]
    kept.append([sent("long", state="error")])
    expect(row_of(page, "long")).not_to_contain_text("still running")
    page.clock.run_for(PACE_MS)
    assert heard(page) == ["1 error"]


def test_rows_are_in_no_live_region(page: Page, kept: Store) -> None:
    kept.append([sent("quiet")])
    expect(row_of(page, "quiet")).to_be_attached()
    live = "[role=status], [role=alert], [role=log], [aria-live]"
    assert page.locator("#sb-rows").evaluate("(rows, live) => rows.closest(live)", live) is None
    assert page.locator("#sb-feed").locator(live).count() == 0
    for name in ("#sb-registry", "#sb-rate", "#sb-status", "#sb-notices"):
        assert page.locator(name).evaluate("(one, live) => one.closest(live)", live) is None, name


def test_stop_and_resume_are_said_once(page: Page, kept: Store, site: str) -> None:
    post(f"{site}/signals/recording/", on="0")
    expect(page.locator("#sb-record")).to_contain_text("Stopped")
    expect(page.locator(".sb-marker-stopped")).to_be_attached()
    # What is drawn anew meanwhile says nothing again.
    kept.append([sent("meanwhile")])
    expect(row_of(page, "meanwhile")).to_be_attached()
    stopped = "Recording is stopped. What is dispatched now is counted but not kept."
    assert heard(page) == [stopped]
    post(f"{site}/signals/recording/", on="1")
    expect(page.locator("#sb-record")).to_contain_text("Recording")
    expect(page.locator("#sb-notice-stopped")).to_have_count(0)
    assert heard(page) == ["Recording goes on."]


def test_what_stands_between_the_rows_is_said_once(page: Page, kept: Store) -> None:
    kept.append([make_marker(id="m-1", kind="dropped", count=3, at_us=time.time_ns() // 1000)])
    marker = page.locator("#sb-rows .sb-marker-dropped")
    expect(marker).to_be_attached()
    assert heard(page) == [(marker.text_content() or "").strip()]
    kept.append([sent("later")])
    expect(row_of(page, "later")).to_be_attached()
    assert heard(page) == []


def test_filter_says_how_many_rows_it_leaves_and_what_is_wrong_with_it(
    page: Page, kept: Store
) -> None:
    many(kept, "many-", 12)
    expect(page.locator(ROWS)).to_have_count(12)
    page.clock.run_for(PACE_MS)
    heard(page)
    for number, (words, said) in enumerate(
        (("sender:a.Many-1", "1 row"), ("sender:nobody", "No dispatch matches the filter"))
    ):
        page.locator("#sb-draft").fill(words)
        page.keyboard.press("Enter")
        expect(page.locator(".sb-chip")).to_contain_text([words])
        settled(page, 2 * number + 1)
        assert heard(page) == [said]
        page.locator(".sb-chip-x").press("Enter")
        expect(page.locator(ROWS)).to_have_count(12)
        settled(page, 2 * number + 2)
        assert heard(page) == ["12 rows"]
    page.locator("#sb-draft").fill("sginal:x")
    page.keyboard.press("Enter")
    expect(page.locator("#sb-filter-error")).to_contain_text("signal")
    page.clock.run_for(1_000)
    wrong = page.locator("#sb-filter-error").text_content() or ""
    # As it is written, and again where it is entered before that was answered.
    assert set(heard(page)) == {wrong.strip()}


def test_clearing_is_said(page: Page, kept: Store) -> None:
    kept.append([sent("old")])
    expect(row_of(page, "old")).to_be_attached()
    page.keyboard.press("c")
    expect(page.locator(ROWS)).to_have_count(0)
    expect(page.locator("#sb-spoken p").last).to_have_text("Cleared")
    assert heard(page) == ["Cleared"]


def test_freeze_is_said_and_what_comes_meanwhile_is_not(page: Page, kept: Store) -> None:
    page.keyboard.press("Space")
    assert heard(page) == ["Frozen"]
    # A row may be under way as they are frozen.
    kept.append([sent("first")])
    expect(row_of(page, "first").or_(page.locator("#sb-new:not(:empty)"))).to_be_attached()
    page.clock.run_for(PACE_MS)
    heard(page)
    many(kept, "cold-", 5)
    expect(page.locator("#sb-new")).to_have_text(re.compile(r"^[56] new$"))
    page.clock.run_for(PACE_MS)
    assert heard(page) == []
    page.keyboard.press("Space")
    expect(page.locator(ROWS)).to_have_count(6)
    settled(page, 1)
    assert heard(page) == ["6 rows"]
