"""A server that restarts under an open page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.accessibility import faults
from tests.browser.acts import open_row, press, rows
from tests.browser.conftest import open_dashboard
from tests.browser.server import Process, free_port, wait_until_it_answers
from tests.browser.test_spoken import HEAR


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Return a function that starts the server, always at the same address and on the same data."""
    port = free_port()
    running: list[Process] = []

    def begin() -> Process:
        process = Process(["demo_site.manage", "runserver", "--noreload", str(port)], tmp_path)
        process.address = f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]
        running.append(process)
        wait_until_it_answers(f"{process.address}/nowhere/")  # type: ignore[attr-defined]
        return process

    yield begin
    for process in running:
        process.stop()


def test_page_goes_on_after_a_restart_without_gap_or_double_row(
    start: Callable[[], Process], context: BrowserContext
) -> None:
    server = start()
    site = server.address  # type: ignore[attr-defined]
    page = open_dashboard(context.new_page(), site, "?filter=origin:/nowhere-")
    page.evaluate("() => { window.neverReloaded = true; }")
    page.evaluate(HEAR)
    started = page.locator("#sb-rows .sb-row", has=page.locator("[data-value$='.request_started']"))
    for number in range(3):
        context.request.get(f"{site}/nowhere-{number}/")
    expect(started).to_have_count(3)
    page.locator("#sb-scroll").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(page.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    focused = page.evaluate("() => document.activeElement.id")
    assert focused.startswith("d-")
    server.stop()
    expect(page.locator("#sb-state")).to_have_text("Reconnecting…")
    assert faults(page) == []
    start()
    for number in range(3, 6):
        context.request.get(f"{site}/nowhere-{number}/")
    expect(started.nth(5)).to_be_attached()
    expect(page.locator("#sb-rows .sb-origin", has_text="/nowhere-5/").first).to_be_visible()
    expect(started).to_have_count(6)
    ids = page.locator("#sb-rows .sb-row").evaluate_all("rows => rows.map((row) => row.id)")
    assert len(ids) == len(set(ids))
    expect(page.locator(".sb-marker-started").last).to_contain_text("started")
    assert page.evaluate("() => window.neverReloaded")
    assert page.evaluate("() => document.activeElement.id") == focused
    heard = page.evaluate("() => heard")
    for words in ("Reconnecting…", "Connected again"):
        assert heard.count(words) == 1, heard


def test_marked_tree_is_compared_with_its_run_after_the_restart(
    start: Callable[[], Process], context: BrowserContext, tmp_path: Path
) -> None:
    Process(["demo_site.manage", "migrate"], tmp_path).finish()
    server = start()
    site = server.address  # type: ignore[attr-defined]
    page = open_dashboard(context.new_page(), site)
    page.evaluate("() => { window.neverReloaded = true; }")
    press(context, site, "changed")
    open_row(page, rows(page, "parcel_packed"))
    page.get_by_text("Mark as before").click()
    expect(page.locator(".sb-wait")).to_contain_text("Now run it again")
    server.stop()
    expect(page.locator("#sb-state")).to_have_text("Reconnecting…")
    start()
    # The first version again, since the process is new, and then the later one.
    press(context, site, "changed")
    summary = page.locator(".sb-compared-sum")
    expect(summary).to_contain_text("A server began in between")
    expect(summary).not_to_contain_text("new")
    press(context, site, "changed")
    for text in ("13 new", "1 gone", "+7 queries"):
        expect(summary).to_contain_text(text)
    assert page.evaluate("() => window.neverReloaded")
    page.reload()
    expect(page.locator(".sb-pair-gone")).to_contain_text("stick_stamps")
