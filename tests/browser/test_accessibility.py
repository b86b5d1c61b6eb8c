"""What axe says of each page but the feed, in light and dark, wide, narrow and zoomed; motion and forced colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import faults, resize, violations
from tests.browser.acts import bring, exported, open_import, open_placed, rows
from tests.browser.conftest import open_dashboard
from tests.browser.test_recordings import open_recording, recording
from tests.tracer.recordings.conftest import ROW

PLACED = "demo_site.shop.signals.order_placed"
RECEIVER = f"receiver:{PLACED} demo_site.shop.receivers.charge_card"


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
