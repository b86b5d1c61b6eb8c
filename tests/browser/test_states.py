"""The page while something is not as it should be, with the real thing that makes it so."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.accessibility import violations
from tests.browser.acts import ROWS, press, rows
from tests.browser.conftest import open_dashboard
from tests.browser.server import Process, free_port, post, wait_until_it_answers
from tests.tracer.recordings.conftest import HEADER, ROW

Start = Callable[..., Process]

TOLD = """(id) => {
    window.told = [];
    const element = document.getElementById(id);
    const note = () => element.hidden || window.told.push(element.querySelector("span").textContent);
    new MutationObserver(note).observe(element, { subtree: true, childList: true, attributes: true });
}"""
HIDE = """(isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def address() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def start(tmp_path: Path, address: str) -> Iterator[Start]:
    """Return a function that starts the demo, always at the same address and on the same data."""
    running: list[Process] = []

    def begin(settings: str = "demo_site.settings") -> Process:
        port = address.rpartition(":")[2]
        command = ["demo_site.manage", "runserver", "--noreload", port]
        process = Process(command, tmp_path, DJANGO_SETTINGS_MODULE=settings)
        running.append(process)
        wait_until_it_answers(f"{address}/nowhere/")
        return process

    yield begin
    for process in running:
        process.stop()


@contextmanager
def answering(address: str, status: int) -> Iterator[None]:
    """Answer each request at an address with a status, as a proxy does whose server is away."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", int(address.rpartition(":")[2])), Handler
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def looked_at(page: Page) -> None:
    """Try axe in both colours, wide and narrow."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 850})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})


def hold(page: Page, url: str) -> list[Route]:
    """Keep the answers to an address back; return where they are held."""
    held: list[Route] = []
    page.route(url, lambda route: held.append(route))
    return held


def top(page: Page, selector: str) -> float:
    place: float = page.locator(selector).first.evaluate("(one) => one.getBoundingClientRect().top")
    return place


# -- connections ---------------------------------------------------------------------------------


def test_server_that_is_away_is_told_and_the_page_goes_on(
    start: Start, address: str, context: BrowserContext
) -> None:
    server = start()
    page = open_dashboard(context.new_page(), address)
    context.request.get(f"{address}/nowhere-1/")
    expect(page.locator("#sb-rows .sb-origin", has_text="/nowhere-1/")).to_be_visible()
    number, place = page.locator(ROWS).count(), top(page, ROWS)
    server.stop()
    expect(page.locator("#sb-state")).to_have_text("Reconnecting…")
    card = page.locator("#sb-lost")
    expect(card).to_contain_text("The server is away")
    expect(card).to_contain_text("start it again")
    expect(card).to_contain_text("What is dispatched meanwhile is kept")
    expect(card.locator("time")).to_have_text(re.compile(r"^\d+\.\d s$"))
    expect(card.locator("time")).to_have_attribute(
        "title", re.compile(r"^since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+")
    )
    assert (page.locator(ROWS).count(), top(page, ROWS)) == (number, place)
    looked_at(page)
    page.locator("#sb-clear").click()
    expect(page.locator("#sb-said")).to_have_text(
        "The server does not answer; nothing was changed."
    )
    start()
    expect(card).to_be_hidden()
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    context.request.get(f"{address}/nowhere-2/")
    expect(page.locator("#sb-rows .sb-origin", has_text="/nowhere-2/")).to_be_visible()


@pytest.mark.parametrize("path", ["", "map/"])
def test_server_that_stands_still_is_told_although_the_socket_stays_open(
    start: Start, address: str, context: BrowserContext, path: str
) -> None:
    server = start()
    page = context.new_page()
    page.clock.install()
    page.goto(f"{address}/signals/{path}")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    page.evaluate("() => { window.neverReloaded = true; }")
    server.stand_still()
    page.clock.run_for(15_000)
    expect(page.locator("#sb-lost")).to_contain_text("The server does not answer")
    expect(page.locator("#sb-lost")).to_contain_text("in a debugger, perhaps")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-lost")
    server.go_on()
    expect(page.locator("#sb-lost")).to_be_hidden()
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    assert page.evaluate("() => window.neverReloaded")


@pytest.mark.parametrize(
    ("status", "words"),
    [(502, "The server behind the proxy is away"), (204, "its socket does not open")],
)
def test_proxy_and_socket_are_told_apart(
    start: Start, address: str, context: BrowserContext, status: int, words: str
) -> None:
    server = start()
    page = open_dashboard(context.new_page(), address)
    server.stop()
    with answering(address, status):
        expect(page.locator("#sb-lost")).to_contain_text(words)


def test_polling_page_tells_of_a_server_that_stands_still(
    tmp_path: Path, address: str, context: BrowserContext
) -> None:
    command = ["demo_site.manage", "runserver", "--noreload", address.rpartition(":")[2]]
    settings = {"DJANGO_SETTINGS_MODULE": "tests.browser.served_settings"}
    server = Process(
        command, tmp_path, SERVED_WITHOUT="daphne", DEMO_SITE_WARNINGS="off", **settings
    )
    try:
        wait_until_it_answers(f"{address}/nowhere/")
        page = context.new_page()
        page.goto(f"{address}/signals/")
        expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-polled")
        server.stand_still()
        expect(page.locator("#sb-lost")).to_contain_text("The server does not answer")
        server.go_on()
        expect(page.locator("#sb-lost")).to_be_hidden()
    finally:
        server.stop()


# -- who may not look ----------------------------------------------------------------------------

DOOR = "tests.browser.door_settings"


def test_page_whose_viewer_may_look_no_more_says_so(
    start: Start, address: str, context: BrowserContext, tmp_path: Path
) -> None:
    start(DOOR)
    page = open_dashboard(context.new_page(), address)
    context.request.get(f"{address}/nowhere-1/")
    expect(page.locator(ROWS).first).to_be_visible()
    (tmp_path / "closed").touch()
    page.locator("#sb-view").click()
    expect(page.locator("h1")).to_have_text("You may not look in here")
    expect(page.locator(".sb-card-why")).to_contain_text("door_settings.is_open, said no.")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    looked_at(page)


def test_page_whose_socket_is_refused_after_a_restart_says_so(
    start: Start, address: str, context: BrowserContext, tmp_path: Path
) -> None:
    server = start(DOOR)
    page = open_dashboard(context.new_page(), address)
    server.stop()
    (tmp_path / "closed").touch()
    start(DOOR)
    expect(page.locator("h1")).to_have_text("You may not look in here")


# -- the store -----------------------------------------------------------------------------------


def test_store_that_breaks_is_told_and_what_waited_comes_once_it_is_mended(
    start: Start, address: str, context: BrowserContext, tmp_path: Path
) -> None:
    start()
    page = open_dashboard(context.new_page(), address)
    context.request.get(f"{address}/nowhere-1/")
    expect(page.locator("#sb-rows .sb-origin", has_text="/nowhere-1/")).to_be_visible()
    for file in tmp_path.glob("signalbox.sqlite3*"):
        file.unlink()
    (tmp_path / "signalbox.sqlite3").mkdir()
    context.request.get(f"{address}/nowhere-2/")
    expect(page.locator("#sb-notice-problem")).to_contain_text("signalbox.sqlite3 cannot be used")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-broken")
    expect(page.locator("#sb-rows .sb-origin", has_text="/nowhere-1/")).to_be_visible()
    looked_at(page)
    page.locator("#sb-export").click()
    expect(page.locator("#sb-said")).to_contain_text("Nothing was exported. The store ")
    page.locator("#sb-draft").fill("is:error")
    expect(page.locator("#sb-idle h2")).to_have_text("The store cannot be read")
    page.locator("#sb-draft").fill("")
    (tmp_path / "signalbox.sqlite3").rmdir()
    expect(page.locator("#sb-notice-problem")).to_be_hidden()
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    expect(page.locator("#sb-rows .sb-origin", has_text="/nowhere-2/")).to_be_visible()


# -- nothing to show -----------------------------------------------------------------------------


def test_empty_feed_says_why_it_is(dashboard: Page, context: BrowserContext, site: str) -> None:
    empty = dashboard.locator(".sb-empty")
    expect(empty.locator("h2:visible")).to_have_text("Cleared")
    dashboard.locator("#sb-record").click()
    expect(empty.locator("h2:visible")).to_have_text("Recording is stopped")
    looked_at(dashboard)
    dashboard.locator("#sb-idle-resume").click()
    expect(dashboard.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    press(context, site, "order")
    expect(empty).to_be_hidden()
    dashboard.locator("#sb-draft").fill("sender:nobody.Nothing")
    dashboard.keyboard.press("Enter")
    expect(empty.locator("h2:visible")).to_have_text("No dispatch matches the filter")
    empty.get_by_role("link", name="Show all").click()
    expect(rows(dashboard, "order_placed").first).to_be_visible()  # type: ignore[attr-defined]
    assert "filter=" not in dashboard.url


def test_notice_moves_no_row_that_stands_still(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order", times=4)
    expect(rows(dashboard, "order_placed").nth(3)).to_be_attached()  # type: ignore[attr-defined]
    dashboard.keyboard.press("Space")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    before = top(dashboard, f"{ROWS}:last-of-type")
    post(f"{site}/signals/recording/", on="0")
    expect(dashboard.locator("#sb-notice-stopped")).to_be_visible()
    dashboard.wait_for_function(
        "([selector, before]) => Math.abs(document.querySelector(selector).getBoundingClientRect().top - before) < 1",
        arg=[f"{ROWS}:last-of-type", before],
    )


# -- waiting -------------------------------------------------------------------------------------


def test_slow_answer_is_seen_to_be_under_way_and_nothing_moves(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()  # type: ignore[attr-defined]
    before = top(dashboard, ROWS)
    held = hold(dashboard, re.compile(r"/signals/\?.*draft="))  # type: ignore[arg-type]
    dashboard.locator("#sb-draft").fill("signal:order_placed")
    expect(dashboard.locator("#sb-feed")).to_have_class(re.compile("sb-is-waiting"))
    expect(dashboard.locator("#sb-feed")).to_have_attribute("aria-busy", "true")
    assert top(dashboard, ROWS) == before
    held[0].continue_()
    expect(dashboard.locator(ROWS)).to_have_count(1)
    expect(dashboard.locator("#sb-feed")).not_to_have_class(re.compile("sb-is-waiting"))
    held = hold(dashboard, "**/signals/opened/**")
    dashboard.locator(f"{ROWS} .sb-time").click()
    expect(dashboard.locator("#sb-detail h2")).to_have_text("Loading…")
    height = dashboard.locator("#sb-detail").evaluate("(one) => one.offsetHeight")
    assert violations(dashboard) == []
    held[0].continue_()
    expect(dashboard.locator("#sb-why-called")).to_contain_text("reserve_stock")
    assert dashboard.locator("#sb-detail").evaluate("(one) => one.offsetHeight") == height
    expect(dashboard.locator(".sb-is-opening")).to_have_count(0)


def test_answer_that_is_an_error_is_told_and_changes_nothing(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()  # type: ignore[attr-defined]
    dashboard.keyboard.press("Space")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    number = dashboard.locator(ROWS).count()
    dashboard.route("**/signals/?**", lambda route: route.fulfill(status=503, body="<h1>no</h1>"))
    dashboard.locator("#sb-view").click()
    expect(dashboard.locator("#sb-said")).to_contain_text("The server answered 503")
    assert dashboard.locator(ROWS).count() == number


# -- browsers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["?filter=is:error", "map/"])
def test_browser_that_is_too_old_is_told_what_it_lacks(
    context: BrowserContext, site: str, path: str
) -> None:
    context.add_init_script("delete HTMLElement.prototype.popover; delete Object.hasOwn;")
    page = context.new_page()
    page.goto(f"{site}/signals/{path}")
    notice = page.locator("#sb-start")
    expect(notice.locator("h1:visible")).to_have_text("This browser is too old for the live page")
    expect(notice).to_contain_text("It lacks popovers, Object.hasOwn. Chrome or Edge 123")
    looked_at(page)
    notice.get_by_role("link").click()
    expect(page.locator(".sb-plain-page")).to_be_visible()
    assert ("filter=is%3Aerror" in page.url) == ("filter" in path)


@pytest.mark.parametrize("missing", ["signalbox.js", "htmx-4"])
def test_page_whose_scripts_do_not_come_says_so_by_itself(
    browser: Browser, site: str, missing: str
) -> None:
    # Not the context that fails a test for what a page complains of: this one does.
    context = browser.new_context()
    page = context.new_page()
    page.route(lambda url: missing in url, lambda route: route.abort())
    # It comes by a delay of the stylesheet's, since there is no script.
    session = context.new_cdp_session(page)
    session.send("Animation.enable")
    session.send("Animation.setPlaybackRate", {"playbackRate": 10})
    page.goto(f"{site}/signals/")
    expect(page.locator("#sb-start h1:visible")).to_have_text("The page did not start")
    expect(page.locator("#sb-start").get_by_role("link")).to_be_visible()
    looked_at(page)
    context.close()


def test_page_that_has_started_has_no_such_notice(dashboard: Page) -> None:
    expect(dashboard.locator("#sb-start")).to_have_count(0)


# -- import and export ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording that takes its time."""
    file = tmp_path_factory.mktemp("large") / "large.ndjson"
    number = 20_000
    lines = [{**HEADER, "records": number}]
    lines += [{**ROW, "id": f"l-{one}", "root_id": f"l-{one}"} for one in range(number)]
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


def test_import_and_export_say_how_far_they_have_come(dashboard: Page, large: Path) -> None:
    dashboard.locator("#sb-open-import").click()
    dashboard.evaluate(TOLD, "sb-import-progress")
    slow = dashboard.context.new_cdp_session(dashboard)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    slow.send("Network.emulateNetworkConditions", {**conditions, "uploadThroughput": 4_000_000})
    with dashboard.expect_navigation():
        dashboard.locator("#sb-import-file").set_input_files(large)
        expect(dashboard.locator("#sb-import-progress .sb-progress-said")).to_have_text(
            re.compile(r"^Sent \d\S* [kM]B of \S+ MB$")
        )
        assert violations(dashboard) == []
        dashboard.wait_for_function(
            "() => window.told.some((one) => /^Read [\\d,]+ of 20,000 records$/.test(one))"
        )
    expect(dashboard.locator("#sb-status")).to_contain_text("20,000")
    dashboard.evaluate(TOLD, "sb-export-progress")
    # Shown at once, as it would be were there more of it.
    dashboard.evaluate("() => { document.getElementById('sb-export-progress').hidden = false; }")
    with dashboard.expect_download() as download:
        dashboard.locator("#sb-export").click()
    told = dashboard.evaluate("() => window.told")
    assert any(re.fullmatch(r"Exported [\d,]+ of 20,000 records, \S+ [kM]B", one) for one in told)
    expect(dashboard.locator("#sb-said")).to_have_text(
        re.compile(r"^Exported 20,000 records, \S+ MB\.$")
    )
    expect(dashboard.locator("#sb-export-progress")).to_be_hidden()
    assert len(download.value.path().read_bytes().splitlines()) == 20_001


def test_import_and_export_are_cancelled(dashboard: Page, site: str, large: Path) -> None:
    dashboard.locator("#sb-open-import").click()
    slow = dashboard.context.new_cdp_session(dashboard)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    slow.send("Network.emulateNetworkConditions", {**conditions, "uploadThroughput": 100_000})
    named = large.with_name("never.ndjson")
    named.write_bytes(large.read_bytes())
    dashboard.locator("#sb-import-file").set_input_files(named)
    dashboard.locator("#sb-import-progress button").click()
    expect(dashboard.locator("#sb-import-said")).to_have_text("Cancelled; nothing was opened.")
    expect(dashboard.locator("#sb-import-progress")).to_be_hidden()
    assert "never.ndjson" not in dashboard.request.get(f"{site}/signals/recordings/").text()
    dashboard.keyboard.press("Escape")
    dashboard.evaluate(
        """() => {
            document.getElementById("sb-export").click();
            document.querySelector("#sb-export-progress button").click();
        }"""
    )
    expect(dashboard.locator("#sb-said")).to_have_text("Cancelled; nothing was exported.")


# -- small things --------------------------------------------------------------------------------


@pytest.mark.parametrize("is_frozen", [False, True])
def test_title_counts_what_comes_while_the_tab_is_hidden(
    dashboard: Page, context: BrowserContext, site: str, is_frozen: bool
) -> None:
    if is_frozen:
        dashboard.keyboard.press("Space")
        expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    title = dashboard.title()
    # The second time from the start again, and not on from what was seen.
    for _ in range(2):
        dashboard.evaluate(HIDE, True)
        context.request.get(f"{site}/nowhere-once/")
        expect(dashboard).to_have_title(f"(2) {title}")
        dashboard.evaluate(HIDE, False)
        expect(dashboard).to_have_title(title)


def test_names_places_and_lines_are_copied(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    press(context, site, "order")
    dashboard.bring_to_front()
    rows(dashboard, "order_placed").first.locator(".sb-time").click()  # type: ignore[attr-defined]
    copied = "() => navigator.clipboard.readText()"
    dashboard.get_by_label("Copy the call site").click()
    expect(dashboard.locator("#sb-said")).to_have_text("Copied.")
    assert re.fullmatch(r"demo_site/shop/\S+\.py:\d+ \w+", dashboard.evaluate(copied))
    dashboard.locator(".sb-registry .sb-entry-name", has_text="reserve_stock").first.click()
    dashboard.get_by_label("Copy the name").click()
    dashboard.wait_for_function(
        "async () => (await navigator.clipboard.readText()) === 'demo_site.shop.receivers.reserve_stock'"
    )


def test_every_time_has_its_day_and_zone_in_the_tooltip(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    rows(dashboard, "order_placed").first.locator(".sb-time").click()  # type: ignore[attr-defined]
    dashboard.get_by_text("Mark as before").click()
    press(context, site, "order")
    expect(dashboard.locator("#sb-mark")).to_contain_text("ran again")
    dashboard.locator(".sb-registry .sb-entry-name", has_text="reserve_stock").first.click()
    expect(dashboard.locator("#sb-detail")).to_contain_text("Slowest")
    bare = dashboard.evaluate(
        r"""() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            for (let node; (node = walker.nextNode()); ) {
                const element = node.parentElement;
                if (!/\d\d:\d\d:\d\d/.test(node.data) || !element.checkVisibility()) continue;
                const title = element.closest("[title]")?.title ?? "";
                if (!/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6} \S+/.test(title)) found.push(node.data);
            }
            return found;
        }"""
    )
    assert bare == []
