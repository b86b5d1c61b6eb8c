"""What axe says of each page and state, in light and dark, wide, narrow and zoomed; motion and forced colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import faults, resize, violations
from tests.browser.conftest import open_dashboard
from tests.browser.test_comparison import mark_parcel
from tests.browser.test_feed import press, rows
from tests.browser.test_pictures import open_request
from tests.browser.test_recordings import bring, exported, open_recording, recording
from tests.tracer.recordings.conftest import ROW

PLACED = "demo_site.shop.signals.order_placed"
RECEIVER = f"receiver:{PLACED} demo_site.shop.receivers.charge_card"


@pytest.fixture
def failed(dashboard: Page, context: BrowserContext, site: str) -> Page:
    """Return the page with the rows of an order whose card was declined, and of one of twelve lines."""
    press(context, site, "twelve")
    press(context, site, "failing")
    expect(rows(dashboard, "order_placed")).to_have_count(2)
    expect(rows(dashboard, "request_finished").last).to_be_attached()
    return dashboard


# -- states of the feed ----------------------------------------------------------------------------


def open_placed(page: Page) -> None:
    rows(page, "order_placed").last.locator(".sb-time").click()
    expect(page.locator("#sb-why-unreached")).to_be_attached()


def open_statements(page: Page) -> None:
    rows(page, "order_placed").first.locator(".sb-time").click()
    expect(page.locator("#sb-detail summary").first).to_be_attached()
    for summary in page.locator("#sb-detail summary").all():
        summary.click()
    expect(page.locator(".sb-statements[open]").first).to_be_attached()


def open_source(page: Page) -> None:
    open_placed(page)
    page.locator("#sb-detail .sb-call-place").first.click()
    expect(page.locator(".sb-listing")).to_be_visible()


def zoom(page: Page) -> None:
    open_placed(page)
    page.locator("#sb-detail .sb-zoom").first.press("Enter")
    expect(page.locator("#sb-detail")).to_contain_text("Back to the whole tree")


def freeze(page: Page) -> None:
    page.keyboard.press("Space")
    expect(page.locator("#sb-pill")).to_be_visible()


def stop(page: Page) -> None:
    page.keyboard.press("r")
    expect(page.locator("#sb-notice-stopped")).to_be_visible()


def filter_by(page: Page, text: str) -> None:
    page.locator("#sb-draft").fill(text)
    page.keyboard.press("Enter")


def filter_to_some(page: Page) -> None:
    filter_by(page, "-is:root signal:post_save,order_placed")
    expect(page.locator(".sb-chip")).to_have_count(2)


def filter_to_nothing(page: Page) -> None:
    filter_by(page, "signal:m2m_changed")
    expect(page.locator(".sb-empty h2:visible")).to_have_text("No dispatch matches the filter")


def filter_wrongly(page: Page) -> None:
    filter_by(page, "sginal:x")
    expect(page.locator("#sb-filter-error")).to_contain_text("signal")


def complete(page: Page) -> None:
    page.locator("#sb-draft").press_sequentially("send")
    expect(page.locator("#sb-complete .sb-option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def choose_time(page: Page) -> None:
    page.locator("#sb-timeline").press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".sb-chip")).to_have_count(2)


def unfold(page: Page) -> None:
    page.locator("[data-action=expand]").first.click()
    expect(page.locator("[data-action=expand]")).to_have_count(0)


def show_flat(page: Page) -> None:
    page.keyboard.press("t")
    expect(page.locator("#sb-view")).to_contain_text("Tree")


def stand_on_a_row(page: Page) -> None:
    page.locator("#sb-scroll").focus()
    for key in ("ArrowUp", "ArrowRight"):
        page.keyboard.press(key)


def open_import(page: Page) -> None:
    page.locator("#sb-open-import").click()
    expect(page.locator("#sb-import")).to_be_visible()


def show_registry(page: Page) -> None:
    resize(page, 390, 844)
    page.locator("[data-action=open-registry]").click()
    expect(page.locator("#sb-find")).to_be_visible()


STATES = [
    lambda page: None, open_placed, open_statements, open_source, zoom, freeze, stop, filter_to_some,
    filter_to_nothing, filter_wrongly, complete, choose_time, unfold, show_flat, stand_on_a_row,
    open_import, show_registry,
]  # fmt: skip


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__.strip("<>"))
def test_each_state_of_the_feed(failed: Page, state: Callable[[Page], None]) -> None:
    state(failed)
    assert faults(failed) == []


def test_empty_feed(dashboard: Page) -> None:
    expect(dashboard.locator(".sb-empty h2")).to_have_text("Cleared")
    assert faults(dashboard) == []


def test_request(failed: Page) -> None:
    open_request(failed, "POST /cases/failing/")
    expect(failed.locator("#sb-detail .sb-is-request")).to_be_visible()
    assert faults(failed) == []


def test_before_and_after(dashboard: Page, context: BrowserContext, site: str) -> None:
    mark_parcel(dashboard, context, site)
    assert faults(dashboard) == []
    press(context, site, "changed")
    expect(dashboard.locator(".sb-compared-sum")).to_contain_text("13 new")
    assert faults(dashboard) == []
    dashboard.keyboard.press("Escape")
    expect(dashboard.locator(".sb-mark-strip")).to_be_visible()
    assert faults(dashboard) == []


# -- other pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "?open=findings",
        "?open=gone-1",
        f"?open=signal:{PLACED}",
        f"?open={RECEIVER}",
        "?open=signal:nowhere.at_all",
        "map/",
        "map/?start=origin&unfold=receiver:shop",
        "map/?view=table",
        "help/",
        "plain/",
        "plain/?filter=signal:order_placed",
        "plain/?filter=sginal:x",
        "plain/?filter=signal:nothing",
        f"plain/?open=signal:{PLACED}",
        f"plain/?open={RECEIVER}",
        "recordings/nothing/",
    ],
)
def test_other_pages(failed: Page, context: BrowserContext, site: str, path: str) -> None:
    page = context.new_page()
    page.goto(f"{site}/signals/{path}")
    if page.locator("#sb-lamp").count() and not path.startswith("help"):
        expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    assert faults(page) == []


def test_page_that_is_not_for_whoever_comes_from_afar(context: BrowserContext, site: str) -> None:
    context.set_extra_http_headers({"X-Forwarded-For": "203.0.113.9"})
    page = context.new_page()
    page.goto(f"{site}/signals/")
    expect(page.locator("h1")).to_have_text("You may not look in from here")
    assert faults(page) == []


def test_plain_table_with_a_dispatch_open(failed: Page, context: BrowserContext, site: str) -> None:
    name = rows(failed, "order_placed").last.get_attribute("data-id")
    page = context.new_page()
    page.goto(f"{site}/signals/plain/?open={name}")
    expect(page.locator("#sb-why-unreached")).to_be_visible()
    assert faults(page) == []


def test_recordings(failed: Page, context: BrowserContext, site: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.ndjson"
    file.write_text(recording(ROW, {**ROW, "id": 7}))
    bring(failed, file)
    expect(failed.locator("#sb-import-said")).to_contain_text("Line 3")
    assert faults(failed) == []
    failed.keyboard.press("Escape")
    resize(failed, 1440, 900)
    file = exported(failed, tmp_path)
    bring(failed, file)
    expect(failed.locator(".sb-recorded")).to_be_visible()
    assert faults(failed) == []
    resize(failed, 1440, 900)
    open_placed(failed)
    assert faults(failed) == []
    failed.keyboard.press("Escape")
    resize(failed, 1440, 900)
    failed.locator(".sb-recorded nav a", has_text="Map").click()
    expect(failed.locator("#sb-map-picture .sb-node").first).to_be_visible()
    assert faults(failed) == []
    open_dashboard(failed, site)
    resize(failed, 1440, 900)
    open_import(failed)
    expect(failed.locator("#sb-shelf li").first).to_be_visible()
    assert faults(failed) == []


def test_recording_that_was_cut_off(dashboard: Page, tmp_path: Path) -> None:
    file = tmp_path / "given.ndjson"
    file.write_text(recording(ROW, ROW).rsplit("\n", 2)[0] + "\n", encoding="utf-8")
    bring(dashboard, file)
    expect(dashboard.locator(".sb-recorded")).to_be_visible()
    expect(dashboard.locator(".sb-notice")).to_contain_text("cut off")
    assert faults(dashboard) == []


def test_recording_of_nothing(dashboard: Page, tmp_path: Path) -> None:
    open_recording(dashboard, tmp_path)
    expect(dashboard.locator(".sb-empty")).to_contain_text("Nothing was recorded")
    assert faults(dashboard) == []


# -- motion and forced colours -----------------------------------------------------------------------

_MOVING = """() => {
    const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
    return [...document.querySelectorAll("*")].flatMap((one) => [null, "::before", "::after"].map((part) => {
        const style = getComputedStyle(one, part);
        const isAnimated = style.animationName !== "none" && seconds(style.animationDuration) > 0;
        const isMoving = isAnimated || seconds(style.transitionDuration) > 0 || style.scrollBehavior === "smooth";
        return isMoving ? `${one.outerHTML.slice(0, 80)} ${part ?? ""}` : "";
    })).filter(Boolean);
}"""


@pytest.mark.parametrize("path", ["", "map/", "help/", "plain/"])
def test_nothing_moves_for_who_wants_less_of_it(failed: Page, site: str, path: str) -> None:
    failed.emulate_media(reduced_motion="no-preference")
    failed.goto(f"{site}/signals/{path}")
    if path == "":
        assert failed.evaluate(_MOVING) != []
    failed.emulate_media(reduced_motion="reduce")
    # As it is while the connection is lost, when it blinks.
    failed.evaluate("() => document.querySelector('.sb-lamp').classList.add('sb-is-lost')")
    assert failed.evaluate(_MOVING) == []


def test_forced_colours_leave_what_means_something(failed: Page) -> None:
    failed.emulate_media(forced_colors="active", color_scheme="dark")
    # What is chosen on the page has no say in them.
    failed.evaluate("() => { document.documentElement.dataset.theme = 'light'; }")
    open_placed(failed)
    seen = failed.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                isForced: matchMedia("(forced-colors: active)").matches,
                row: style('.sb-row[aria-selected="true"]').outlineStyle,
                dots: new Set([".sb-model", ".sb-request"].map((kind) => style(`.sb-dot${kind}`).backgroundColor)).size,
                icon: style(".sb-icon").backgroundColor !== style("#sb-export").backgroundColor,
                words: style(".sb-axis text").fill === style("body").color,
                page: style('.sb-nav a[aria-current]').outlineStyle,
            };
        }"""
    )
    assert seen == {
        "isForced": True, "row": "solid", "dots": 2, "icon": True, "words": True, "page": "solid",
    }  # fmt: skip
    assert violations(failed) == []
