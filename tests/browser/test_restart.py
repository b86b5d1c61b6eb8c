"""A server that restarts under an open page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import open_dashboard
from tests.browser.server import Process, free_port, wait_until_it_answers


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
    started = page.locator("#sb-rows .sb-row", has=page.locator("[data-value$='.request_started']"))
    for number in range(3):
        context.request.get(f"{site}/nowhere-{number}/")
    expect(started).to_have_count(3)
    server.stop()
    expect(page.locator("#sb-state")).to_have_text("Reconnecting…")
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
