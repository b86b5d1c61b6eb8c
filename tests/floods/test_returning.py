"""A real page that was away, and is back: by its own sleep, or by the network's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect
from playwright.sync_api import Page as BrowserPage

from tests.browser.conftest import open_dashboard
from tests.browser.server import Process, free_port, post, wait_until_it_answers
from tests.conftest import WaitUntil
from tests.floods.page import Page
from tests.floods.proxy import Proxy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a demo site that dispatches as often as it is told."""
    data, port = tmp_path_factory.mktemp("flooded"), free_port()
    settings = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.flood_site"}
    process = Process(
        ["demo_site.manage", "runserver", "--noreload", "--skip-checks", str(port)],
        data,
        **settings,
    )
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}/nowhere/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop()


@pytest.fixture
def network(flooded: str) -> Iterator[Proxy]:
    proxy = Proxy(int(flooded.rpartition(":")[2]))
    yield proxy
    proxy.close()


def accounted(page: BrowserPage) -> int:
    """Return of how many dispatches the page tells, with the rows that it has."""
    html = page.locator("#sb-rows").inner_html()
    rows = re.finditer(r'<tr class="[^"]+" id="([^"]+)".*?</tr>', html, re.DOTALL)
    return Page({row[1]: row[0] for row in rows}).accounted


def ids(rows: Locator) -> list[str]:
    found: list[str] = rows.evaluate_all("rows => rows.map((row) => row.id)")
    return found


@pytest.mark.parametrize("way", ["cut", "stall"])
def test_page_goes_on_after_the_network_was_away_without_gap_or_double_row(
    flooded: str, network: Proxy, context: BrowserContext, way: str
) -> None:
    post(f"{flooded}/signals/clear/")
    query = f"?filter=origin:/nowhere-{way}-"
    page = open_dashboard(context.new_page(), f"http://127.0.0.1:{network.port}", query)
    page.evaluate("() => { window.neverReloaded = true; }")
    started = page.locator("#sb-rows .sb-row", has=page.locator("[data-value$='.request_started']"))

    def ask(first: int, last: int) -> None:
        for number in range(first, last):
            context.request.get(f"{flooded}/nowhere-{way}-{number}/")

    ask(0, 3)
    expect(started).to_have_count(3)
    getattr(network, way)()
    if way == "cut":
        expect(page.locator("#sb-state")).to_have_text("Reconnecting…")
    ask(3, 8)
    assert started.count() == 3
    network.mend()
    ask(8, 10)
    expect(started).to_have_count(10)
    rows = page.locator("#sb-rows .sb-row")
    assert len(ids(rows)) == len(set(ids(rows)))
    expect(page.locator("#sb-rows .sb-gap")).to_have_count(0)
    # A request that ends after the next one began has its line twice.
    lines = page.locator("#sb-rows .sb-origin").all_inner_texts()
    numbers = dict.fromkeys(int(re.findall(rf"{way}-(\d+)", line)[0]) for line in lines)
    assert list(numbers) == list(range(10))
    assert page.evaluate("() => window.neverReloaded")


def test_page_that_slept_while_the_window_moved_on_tells_of_all_that_came(
    flooded: str, context: BrowserContext, wait_until: WaitUntil
) -> None:
    post(f"{flooded}/signals/clear/")
    page = open_dashboard(context.new_page(), flooded)
    context.request.get(f"{flooded}/flood/?dispatches=50")
    expect(page.locator("#sb-rows .sb-row").first).to_be_attached()
    wait_until(lambda: accounted(page) == 52, 20)
    devtools = context.new_cdp_session(page)
    # A tab that sleeps runs no script; a page without a window cannot be sent to sleep otherwise.
    slept: list[object] = []
    devtools.on("Debugger.paused", lambda event: slept.append(event))
    devtools.send("Debugger.enable")
    devtools.send("Debugger.pause")
    for _ in range(12):
        context.request.get(f"{flooded}/flood/?dispatches=2000")
    # With the first push that came; what is asked here has it told.
    wait_until(lambda: devtools.send("Runtime.getHeapUsage") and slept, 30)
    devtools.send("Debugger.resume")
    wait_until(lambda: accounted(page) >= 52 + 12 * 2_002, 30)
    assert accounted(page) == 52 + 12 * 2_002
    rows = page.locator("#sb-rows tr")
    assert len(ids(rows)) == len(set(ids(rows)))
