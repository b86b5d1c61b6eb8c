"""A demo site that runs for all browser tests, and a fresh page for each of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.acts import press, rows
from tests.browser.server import demo, post
from tracer.stores import Store, open_store

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Generous, for machines that stand still for seconds when others are busy on them.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a demo site without visitors of its own."""
    with demo(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for a demo that a module runs for itself, as its `site`."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture
def kept(data: Path, site: str) -> Iterator[Store]:
    """Return the store of that demo, open beside its server."""
    store = open_store(f"sqlite:///{data / 'signalbox.sqlite3'}", 20_000)
    yield store
    store.close()


# Playwright keeps an event loop running in this thread while it is open, which other tests do not bear.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path is not None, f"none of {', '.join(CHROMIUM)} is on the path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """Return a browser of one's own; fails the test for whatever a page complains of."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )

    context.on("page", watch)
    yield context
    context.close()
    # No faults: a socket that breaks and a question that is not answered as a server restarts, the demo's
    # page that fails on purpose, and a request that htmx gives up for a newer one.
    passed_over = re.compile(
        "WebSocket connection to|Failed to load resource|Failed to fetch|htmx:ws:error|AbortError"
    )
    assert [text for text in complaints if not passed_over.search(text)] == []


@pytest.fixture
def dashboard(context: BrowserContext, site: str) -> Page:
    """Return the page on an empty feed, connected."""
    post(f"{site}/signals/recording/", on="1")
    for name in ("pre_init", "post_init"):
        post(f"{site}/signals/mute/", signal=f"django.db.models.signals.{name}", on="1")
    post(f"{site}/signals/clear/")
    page = context.new_page()
    return open_dashboard(page, site)


@pytest.fixture
def failed(dashboard: Page, context: BrowserContext, site: str) -> Page:
    """Return the page with the rows of an order whose card was declined, and of one of twelve lines."""
    press(context, site, "twelve")
    press(context, site, "failing")
    expect(rows(dashboard, "order_placed")).to_have_count(2)
    expect(rows(dashboard, "request_finished").last).to_be_attached()
    return dashboard


def open_dashboard(page: Page, site: str, query: str = "") -> Page:
    """Go to the page and wait until its socket is there."""
    page.goto(f"{site}/signals/{query}")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    return page
