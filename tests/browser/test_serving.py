"""The site served another way than by Daphne's runserver, and reached another way than by this machine's name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.accessibility import faults
from tests.browser.acts import ROWS, press, rows
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.server import ROOT, Process, free_port, post, wait_until_it_answers
from tests.browser.test_spoken import HEAR

SETTINGS = "tests.browser.served_settings"
ASGI, WSGI = "demo_site.asgi:application", "demo_site.wsgi:application"
POLLED = "sb-lamp sb-is-polled"
WORDS = "Polling each second: no websocket here"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the demo's database, for all servers one after the other."""
    folder = tmp_path_factory.mktemp("served")
    subprocess.run(
        [sys.executable, "-c", "from demo_site.preparing import set_up; set_up()"],
        cwd=ROOT,
        env=os.environ
        | {"DEMO_SITE_DATA": str(folder), "DJANGO_SETTINGS_MODULE": SETTINGS}
        | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    return folder


@contextmanager
def served(data: Path, *arguments: str, without: str = "") -> Iterator[tuple[str, Process]]:
    """Run a server, with `{port}` and `{host}` in its arguments, and give its address."""
    port = str(free_port())
    process = Process(
        [one.format(port=port, host="127.0.0.1") for one in arguments],
        data,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        DEMO_SITE_WARNINGS="off",
        SERVED_WITHOUT=without,
    )
    site = f"http://127.0.0.1:{port}"
    try:
        wait_until_it_answers(f"{site}/signals/help/")
        post(f"{site}/signals/clear/")
        yield site, process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def wsgi(data: Path) -> Iterator[tuple[str, Process]]:
    """Return the address of `runserver` of a project without daphne, and its process."""
    command = ("demo_site.manage", "runserver", "--noreload", "{host}:{port}")
    with served(data, *command, without="daphne") as running:
        yield running


@pytest.fixture
def site(wsgi: tuple[str, Process]) -> str:
    """Return the site served over WSGI, with an empty feed that is recorded."""
    address, _ = wsgi
    post(f"{address}/signals/recording/", on="1")
    post(f"{address}/signals/clear/")
    return address


@pytest.fixture
def polled(context: BrowserContext, site: str) -> Page:
    """Return the page that polls."""
    page = context.new_page()
    page.goto(f"{site}/signals/")
    expect(page.locator("#sb-lamp")).to_have_class(POLLED)
    return page


def order_comes(page: Page, context: BrowserContext, site: str) -> None:
    press(context, site, "order")
    expect(rows(page, "order_placed", "shop.Order")).to_have_count(1)


# -- over WSGI -----------------------------------------------------------------------------------


def test_rows_come_by_polling_each_once(
    polled: Page, context: BrowserContext, site: str, wsgi: tuple[str, Process]
) -> None:
    polled.evaluate("() => { window.neverReloaded = true; }")
    for count in (1, 2):
        press(context, site, "order")
        expect(rows(polled, "order_placed", "shop.Order")).to_have_count(count)
    with polled.expect_response("**/signals/poll/*"):
        pass
    ids = polled.locator(ROWS).evaluate_all("(rows) => rows.map((row) => row.id)")
    assert len(ids) == len(set(ids)) >= 18
    assert polled.evaluate("() => window.neverReloaded")
    # A line each second would bury all else that the server prints.
    assert "/signals/poll/" not in "".join(wsgi[1].output)


def test_page_says_that_it_polls_and_what_to_paste(polled: Page) -> None:
    expect(polled.locator("#sb-state")).to_have_text(WORDS)
    polled.locator("#sb-why-polled").click()
    card = polled.locator("#sb-polled")
    expect(card.locator("pre").first).to_have_text('"daphne",')
    expect(card.locator("pre").last).to_have_text('ASGI_APPLICATION = "demo_site.asgi.application"')
    assert faults(polled) == []
    polled.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_polling_is_said_once_and_the_focus_stays_while_rows_come(
    polled: Page, context: BrowserContext, site: str
) -> None:
    order_comes(polled, context, site)
    polled.evaluate(HEAR)
    placed = rows(polled, "order_placed", "shop.Order")
    polled.locator("#sb-scroll").focus()
    polled.keyboard.press("ArrowUp")
    polled.keyboard.press("Space")
    expect(polled.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    last = polled.evaluate("() => document.activeElement.id")
    assert last.startswith("d-")
    press(context, site, "order")
    expect(placed).to_have_count(2)
    for _ in range(3):
        with polled.expect_response("**/signals/poll/*"):
            pass
    assert polled.evaluate("() => document.activeElement.id") == last
    assert WORDS not in polled.evaluate("() => heard")


def test_filter_freeze_and_an_open_row_work_by_polling(
    polled: Page, context: BrowserContext, site: str
) -> None:
    polled.locator("#sb-draft").fill("signal:order_placed")
    polled.keyboard.press("Enter")
    expect(polled.locator(".sb-chip")).to_have_count(1)
    order_comes(polled, context, site)
    expect(polled.locator(ROWS)).to_have_count(1)
    polled.locator("#sb-freeze").click()
    press(context, site, "order")
    expect(polled.locator("#sb-new")).to_have_text("1 new")
    expect(polled.locator(ROWS)).to_have_count(1)
    polled.locator("#sb-pill").click()
    expect(polled.locator(ROWS)).to_have_count(2)
    polled.locator(ROWS).last.locator(".sb-took").click()
    expect(polled.locator("#sb-detail")).to_contain_text("reserve_stock")
    press(context, site, "order")
    expect(polled.locator(ROWS)).to_have_count(3)
    expect(polled.locator('.sb-row[aria-selected="true"]')).to_have_count(1)


def test_stop_mute_and_clear_work_by_polling(
    polled: Page, context: BrowserContext, site: str
) -> None:
    order_comes(polled, context, site)
    other = context.new_page()
    other.goto(f"{site}/signals/")
    expect(other.locator("#sb-lamp")).to_have_class(POLLED)
    polled.locator("#sb-record").click()
    for page in (polled, other):
        expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-stopped")
    polled.locator("#sb-notice-resume").click()
    expect(other.locator("#sb-lamp")).to_have_class(POLLED)
    polled.locator("#sb-clear").click()
    for page in (polled, other):
        expect(rows(page, "order_placed")).to_have_count(0)
    entry = polled.locator("#sb-registry .sb-signal-entry", has_text="order_placed").first
    entry.locator(".sb-entry").first.hover()
    entry.locator(".sb-mute-button").click()
    muted = other.locator("#sb-registry .sb-is-muted", has_text="order_placed")
    expect(muted).to_have_count(1)
    post(f"{site}/signals/mute/", signal="demo_site.shop.signals.order_placed", on="0")
    expect(muted).to_have_count(0)


def test_map_is_alive_by_polling(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    page.goto(f"{site}/signals/map/")
    expect(page.locator("#sb-lamp")).to_have_class(POLLED)
    press(context, site, "order")
    figure = page.locator('.sb-node[data-name$=".order_placed"] .sb-node-figure')
    expect(figure).to_have_text("1")
    press(context, site, "order")
    expect(figure).to_have_text("2")


# -- without JavaScript ----------------------------------------------------------------------------


def test_table_without_javascript_is_filtered_opened_and_paged(
    browser: Browser, context: BrowserContext, site: str
) -> None:
    # Eleven orders are more than a page holds.
    press(context, site, "order", times=11)
    scriptless = browser.new_context(java_script_enabled=False)
    page = scriptless.new_page()
    page.goto(f"{site}/signals/")
    page.wait_for_url("**/signals/plain/")
    expect(page.locator("button:visible")).to_have_text(["Filter"])
    page.get_by_role("link", name="Older →").click()
    expect(page.get_by_role("link", name="← Newer")).to_be_visible()
    page.get_by_role("link", name="Newest").click()
    page.get_by_label("Filter").fill("signal:order_placed")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".sb-row")).to_have_count(11)
    page.locator(".sb-row a", has_text="order_placed").first.click()
    detail = page.locator("#sb-detail")
    expect(detail).to_contain_text("reserve_stock")
    detail.get_by_role("link", name="reserve_stock").last.click()
    expect(page.locator("#sb-detail")).to_contain_text("demo_site.shop.receivers.reserve_stock")
    expect(page.locator("button:visible")).to_have_text(["Filter"])
    for other in ("map", "help"):
        page.goto(f"{site}/signals/{other}/")
        expect(page.locator("button:visible")).to_have_count(0)
    scriptless.close()


# -- by other servers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "lamp"),
    [
        (["uvicorn", ASGI, "--port", "{port}"], "sb-lamp sb-is-live"),
        (["hypercorn", ASGI, "--bind", "{host}:{port}"], "sb-lamp sb-is-live"),
        (["daphne", "-b", "{host}", "-p", "{port}", ASGI], "sb-lamp sb-is-live"),
        # Two processes: whichever answers knows nothing of what the other one has answered.
        (["gunicorn", WSGI, "--bind", "{host}:{port}", "--workers", "2"], POLLED),
        # As behind a proxy that passes no socket on.
        (["uvicorn", ASGI, "--port", "{port}", "--ws", "none"], POLLED),
    ],
    ids=["uvicorn", "hypercorn", "daphne", "gunicorn", "no-socket"],
)
def test_page_is_alive_by_another_server(
    context: BrowserContext, data: Path, command: list[str], lamp: str
) -> None:
    with served(data, *command) as (site, _):
        page = context.new_page()
        page.goto(f"{site}/signals/")
        expect(page.locator("#sb-lamp")).to_have_class(lamp)
        expect(page.locator("#sb-state")).to_have_text(WORDS if lamp == POLLED else "")
        order_comes(page, context, site)
        press(context, site, "order")
        expect(rows(page, "order_placed", "shop.Order")).to_have_count(2)
        page.close()


# -- by another name -------------------------------------------------------------------------------


@pytest.mark.parametrize("is_asgi", [True, False], ids=["socket", "polling"])
def test_page_reached_by_a_name_that_is_no_secure_context_is_whole(
    browser: Browser, context: BrowserContext, data: Path, wsgi: tuple[str, Process], is_asgi: bool
) -> None:
    path = next(filter(None, map(shutil.which, CHROMIUM)))
    elsewhere = browser.browser_type.launch(
        executable_path=path, args=[*ARGUMENTS, "--host-resolver-rules=MAP box.test 127.0.0.1"]
    )
    try:
        if is_asgi:
            with served(data, "uvicorn", ASGI, "--port", "{port}") as (site, _):
                look_from_elsewhere(elsewhere, site, "sb-lamp sb-is-live")
        else:
            look_from_elsewhere(elsewhere, wsgi[0], POLLED)
    finally:
        elsewhere.close()


def look_from_elsewhere(browser: Browser, site: str, lamp: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    named = site.replace("127.0.0.1", "box.test")
    page.goto(f"{named}/signals/")
    assert not page.evaluate("() => window.isSecureContext")
    expect(page.locator("#sb-lamp")).to_have_class(lamp)
    post(f"{site}/signals/clear/")
    # Another test's order is gone from the page, too.
    expect(page.locator("#sb-rows .sb-row")).to_have_count(0)
    press(context, site, "order")
    placed = rows(page, "order_placed", "shop.Order")
    expect(placed).to_have_count(1)
    placed.first.locator(".sb-took").click()
    page.locator('#sb-detail [data-copy-as="json"]').click()
    expect(page.locator("#sb-said")).to_contain_text("Copied as JSON")
    page.locator("#sb-find").focus()
    page.keyboard.press("Control+V")
    assert "shop.signals.order_placed" in page.locator("#sb-find").input_value()
    page.locator("#sb-record").click()
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-stopped")
    page.locator("#sb-record").click()
    expect(page.locator("#sb-lamp")).to_have_class(lamp)
    assert complaints == []
    context.close()
