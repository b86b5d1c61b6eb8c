"""Everything that the page does, done by the keyboard alone, with the focus in sight at each stop of Tab."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import focus, resize, stops, tab_to
from tests.browser.acts import ROWS, press, press_first_version, rows
from tests.browser.conftest import open_dashboard

PLACED = "demo_site.shop.signals.order_placed"
CHIPS = "#sb-filter .sb-chip-text"


@pytest.fixture
def ordered(dashboard: Page, context: BrowserContext, site: str) -> Page:
    """Return the page with the rows of an order of twelve lines, nothing of it focused."""
    press(context, site, "twelve")
    expect(rows(dashboard, "line_picked")).to_have_count(1)
    expect(rows(dashboard, "request_finished").last).to_be_visible()
    dashboard.bring_to_front()
    return dashboard


def go_to(page: Page, row: Locator, key: str = "ArrowUp") -> None:
    """Walk to a row by an arrow."""
    name = row.get_attribute("id")
    for _ in range(60):
        page.keyboard.press(key)
        at = focus(page)
        assert at is not None
        if page.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"{name} is not reached")


def walk_into(page: Page, selector: str) -> None:
    """Go from a row to one of its values."""
    for _ in range(20):
        page.keyboard.press("ArrowRight")
        focus(page)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


def has_focus(page: Page, selector: str) -> None:
    expect(page.locator(f"{selector}:focus")).to_have_count(1)


# -- Tab -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height", "scale"), [(1440, 900, 1), (720, 450, 2)])
def test_tab_goes_through_each_page_and_out_of_it_and_is_seen_at_each_stop(
    ordered: Page, context: BrowserContext, site: str, width: int, height: int, scale: int
) -> None:
    name = rows(ordered, "order_placed").get_attribute("data-id")
    page = context.new_page()
    for path, stop in {
        "": "Rows.",
        f"?open={name}": "Markdown",
        "?open=findings": "Copy",
        f"?open=signal:{PLACED}": "reserve_stock",
        "map/": "demo_site.shop.signals.invoice_issued: ",
        "map/?view=table": "demo_site.shop.receivers.issue_invoice",
        "help/": "is:rolled-back",
        "plain/": "post_save",
        f"plain/?open={name}": "Close",
    }.items():
        page.goto(f"{site}/signals/{path}")
        resize(page, width, height, scale)
        if not path.startswith(("help", "plain")):
            expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
        found = stops(page)
        assert any(words.startswith(stop) for words in found), (path, found)
        back = []
        for _ in range(4):
            page.keyboard.press("Shift+Tab")
            back.append(focus(page))
        assert len({at["number"] for at in back if at}) >= 3, path


def test_first_stop_skips_to_the_rows_which_are_one_stop(ordered: Page) -> None:
    ordered.keyboard.press("Tab")
    at = focus(ordered)
    assert at is not None
    assert at["words"] == "Skip to the rows"
    ordered.keyboard.press("Enter")
    has_focus(ordered, "#sb-scroll")
    ordered.keyboard.press("Tab")
    assert ordered.evaluate("document.activeElement.closest('#sb-rows')") is None


# -- rows ----------------------------------------------------------------------------------------


def test_rows_are_walked_opened_gone_into_and_closed(ordered: Page) -> None:
    ordered.keyboard.press("Tab")
    ordered.keyboard.press("Enter")
    ordered.keyboard.press("ArrowUp")
    has_focus(ordered, f"{ROWS}:last-child")
    expect(ordered.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    placed = rows(ordered, "order_placed")
    go_to(ordered, placed)
    ordered.keyboard.press("Enter")
    detail = ordered.locator("#sb-detail")
    expect(detail).to_contain_text("reserve_stock")
    expect(placed).to_be_focused()
    # Whoever goes on walking opens each.
    ordered.keyboard.press("ArrowDown")
    expect(detail.locator("h2")).to_contain_text("pre_save")
    ordered.keyboard.press("k")
    expect(detail.locator("h2")).to_contain_text("order_placed")
    expect(placed).to_be_focused()
    ordered.keyboard.press("Enter")
    expect(detail).to_be_focused()
    focus(ordered)
    line = '#sb-detail .sb-tree-line:has-text("invoice_issued")'
    name = ordered.locator(line).last.get_attribute("data-line")
    tab_to(ordered, f'#sb-detail .sb-tree-open[data-id="{name}"]')
    ordered.keyboard.press("Enter")
    expect(detail.locator("h2")).to_contain_text("invoice_issued")
    has_focus(ordered, f'#sb-detail .sb-tree-open[data-id="{name}"]')
    ordered.keyboard.press("Escape")
    expect(detail).to_be_empty()
    expect(ordered.locator(f'{ROWS}[data-id="{name}"]')).to_be_focused()
    ordered.keyboard.press("Home")
    ordered.keyboard.press("PageDown")
    ordered.keyboard.press("PageUp")
    assert ordered.evaluate("document.activeElement === document.getElementById('sb-rows').rows[0]")
    ordered.keyboard.press("End")
    expect(ordered.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")


def test_values_of_a_row_are_walked_filter_exclude_and_unfold(ordered: Page) -> None:
    ordered.locator("#sb-scroll").focus()
    many = rows(ordered, "line_picked")
    go_to(ordered, many)
    before = ordered.locator(ROWS).count()
    walk_into(ordered, "[data-action=expand]")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(ROWS)).to_have_count(before + 11)
    assert focus(ordered)
    go_to(ordered, rows(ordered, "order_placed"))
    walk_into(ordered, "[data-field=sender]")
    ordered.keyboard.press("ArrowLeft")
    ordered.keyboard.press("ArrowLeft")
    expect(rows(ordered, "order_placed")).to_be_focused()
    walk_into(ordered, "[data-field=sender]")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS)).to_have_text(["sender:shop.Order"])
    expect(rows(ordered, "invoice_issued")).to_have_count(0)
    has_focus(ordered, f"{ROWS} [data-field=sender]")
    ordered.keyboard.press("ArrowLeft")
    has_focus(ordered, f"{ROWS} [data-field=signal]")
    ordered.keyboard.press("Alt+Enter")
    expect(ordered.locator(CHIPS)).to_have_count(2)
    expect(ordered.locator(".sb-chip.sb-not")).to_have_count(1)
    assert focus(ordered)


def test_row_of_a_request_opens_it_and_its_name_filters(ordered: Page) -> None:
    ordered.locator("#sb-scroll").focus()
    go_to(ordered, ordered.locator("#sb-rows .sb-origin", has_text="POST /cases/twelve/"))
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-detail h2")).to_contain_text("POST /cases/twelve/")
    ordered.keyboard.press("Escape")
    expect(ordered.locator("#sb-detail")).to_be_empty()
    walk_into(ordered, "[data-field=origin]")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS)).to_have_text(re.compile("^origin:"))


# -- filter, recording, registry -----------------------------------------------------------------


def test_filter_is_written_with_suggestions_edited_and_taken_off(ordered: Page) -> None:
    ordered.keyboard.press("/")
    has_focus(ordered, "#sb-draft")
    focus(ordered)
    ordered.keyboard.type("signal:order_pl")
    options = ordered.locator("#sb-complete .sb-option")
    expect(options.first).to_contain_text("order_placed")
    expect(ordered.locator("#sb-draft")).to_have_attribute("aria-expanded", "true")
    ordered.keyboard.press("ArrowDown")
    expect(ordered.locator("#sb-draft")).to_have_attribute("aria-activedescendant", "sb-option-0")
    ordered.keyboard.press("Enter")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS)).to_have_count(1)
    expect(rows(ordered, "request_started")).to_have_count(0)
    has_focus(ordered, "#sb-draft")
    tab_to(ordered, ".sb-chip-x", "Shift+Tab")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS)).to_have_count(0)
    expect(rows(ordered, "request_started").first).to_be_visible()
    has_focus(ordered, "#sb-draft")
    ordered.keyboard.press("Escape")
    ordered.keyboard.press("Escape")
    has_focus(ordered, "#sb-scroll")
    ordered.keyboard.press("e")
    expect(ordered.locator("#sb-errors")).to_have_attribute("aria-pressed", "true")
    has_focus(ordered, "#sb-scroll")
    tab_to(ordered, ".sb-chip-text", "Shift+Tab")
    ordered.keyboard.press("Enter")
    has_focus(ordered, "#sb-draft")
    expect(ordered.locator("#sb-draft")).to_have_value("is:error")


def test_freeze_stop_clear_theme_and_view_are_buttons_that_keep_the_focus(
    ordered: Page, context: BrowserContext, site: str
) -> None:
    tab_to(ordered, "#sb-freeze")
    for isnt, is_ in (("false", "true"), ("true", "false")):
        expect(ordered.locator("#sb-freeze")).to_have_attribute("aria-pressed", isnt)
        ordered.keyboard.press("Space")
        expect(ordered.locator("#sb-freeze")).to_have_attribute("aria-pressed", is_)
        has_focus(ordered, "#sb-freeze")
    tab_to(ordered, "#sb-record")
    for word in ("Stopped", "Recording"):
        ordered.keyboard.press("Enter")
        expect(ordered.locator("#sb-record")).to_contain_text(word)
        has_focus(ordered, "#sb-record")
    tab_to(ordered, "[data-action=theme]")
    ordered.keyboard.press("Enter")
    expect(ordered.locator("html")).to_have_attribute("data-theme", "dark")
    tab_to(ordered, "#sb-view")
    for word in ("Tree", "Flat"):
        ordered.keyboard.press("Enter")
        expect(ordered.locator("#sb-view")).to_contain_text(word)
        has_focus(ordered, "#sb-view")
    tab_to(ordered, "#sb-clear")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(ROWS)).to_have_count(0)
    has_focus(ordered, "#sb-clear")
    # As they are frozen the pill is a stop, and lets them go.
    press(context, site, "order")
    expect(rows(ordered, "order_placed")).to_have_count(1)
    ordered.keyboard.press("j")
    tab_to(ordered, "#sb-pill")
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    assert focus(ordered)


def test_registry_is_searched_opened_muted_and_left_again(ordered: Page) -> None:
    ordered.keyboard.press("g")
    has_focus(ordered, "#sb-find")
    ordered.keyboard.type("order_placed")
    entry = f'.sb-entry-name[data-open="signal:{PLACED}"]'
    tab_to(ordered, entry)
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-detail h2")).to_contain_text("order_placed")
    has_focus(ordered, entry)
    ordered.keyboard.press("Enter")
    has_focus(ordered, "#sb-detail")
    # It is drawn anew every two seconds, and the focus stays.
    tab_to(ordered, "#sb-detail .sb-calls .sb-value")
    for _ in range(2):
        with ordered.expect_response("**/opened/**"):
            pass
    has_focus(ordered, "#sb-detail .sb-calls .sb-value")
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-detail h2")).to_contain_text("reserve_stock")
    assert focus(ordered)
    ordered.keyboard.press("Escape")
    expect(ordered.locator("#sb-detail")).to_be_empty()
    assert focus(ordered)
    ordered.locator(entry).focus()
    tab_to(ordered, ".sb-mute-button")
    for word in ("unmute", "mute"):
        ordered.keyboard.press("Enter")
        expect(ordered.locator(".sb-mute-button:focus")).to_have_text(word)
    tab_to(ordered, ".sb-act-button[data-field=signal]", "Shift+Tab")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS)).to_have_count(1)
    has_focus(ordered, ".sb-act-button[data-field=signal]")


# -- sizes, time, files --------------------------------------------------------------------------


def test_columns_are_resized(ordered: Page) -> None:
    rows(ordered, "order_placed").locator(".sb-time").click()
    expect(ordered.locator("#sb-detail")).to_contain_text("reserve_stock")
    for grip, box, size, grow, shrink in (
        ("sb-grip", "sb-aside", "offsetWidth", "ArrowRight", "ArrowLeft"),
        ("sb-detail-grip", "sb-detail", "offsetHeight", "ArrowUp", "ArrowDown"),
    ):
        ordered.locator("#sb-timeline" if grip == "sb-detail-grip" else "#sb-find").focus()
        tab_to(ordered, f"#{grip}")
        measure = f"() => document.getElementById('{box}').{size}"
        before = ordered.evaluate(measure)
        expect(ordered.locator(f"#{grip}")).to_have_attribute("aria-valuenow", str(before))
        ordered.keyboard.press(grow)
        ordered.keyboard.press(grow)
        assert ordered.evaluate(measure) == before + 32
        expect(ordered.locator(f"#{grip}")).to_have_attribute("aria-valuenow", str(before + 32))
        ordered.keyboard.press(shrink)
        assert ordered.evaluate(measure) == before + 16


def test_height_of_what_is_open_is_no_stop_where_nothing_is(dashboard: Page) -> None:
    expect(dashboard.locator("#sb-detail-grip")).to_be_hidden()


def test_range_of_time_is_chosen_and_stands_while_the_picture_slides(ordered: Page) -> None:
    tab_to(ordered, "#sb-timeline")
    ordered.keyboard.press("ArrowLeft")
    ordered.keyboard.press("ArrowLeft")
    ordered.keyboard.press("Shift+ArrowLeft")
    said = ordered.locator("#sb-range-text")
    expect(said).to_have_text(re.compile(" to "))
    words = said.text_content() or ""
    began = ordered.locator("#sb-rate svg").get_attribute("data-from") or ""
    expect(ordered.locator("#sb-rate svg")).not_to_have_attribute("data-from", began)
    expect(said).to_have_text(words)
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS)).to_have_count(2)
    has_focus(ordered, "#sb-timeline")
    ordered.keyboard.press("Escape")
    expect(ordered.locator(CHIPS)).to_have_count(0)
    has_focus(ordered, "#sb-timeline")


def test_tree_is_copied_and_the_feed_exported_and_imported(ordered: Page, tmp_path: Path) -> None:
    # The browser is told to hand file choosers over now, since a key may come to it sooner than that.
    ordered.on("filechooser", lambda _: None)
    ordered.locator("#sb-scroll").focus()
    go_to(ordered, rows(ordered, "order_placed"))
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-detail")).to_contain_text("reserve_stock")
    tab_to(ordered, "[data-copy-as=markdown]")
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-said")).to_contain_text("Copied as Markdown")
    has_focus(ordered, "[data-copy-as=markdown]")
    tab_to(ordered, "#sb-export", "Shift+Tab")
    with ordered.expect_download() as download:
        ordered.keyboard.press("Enter")
    file = tmp_path / "given.ndjson"
    download.value.save_as(file)
    tab_to(ordered, "#sb-open-import")
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-import")).to_be_visible()
    tab_to(ordered, "#sb-import-file")
    ordered.keyboard.press("Escape")
    expect(ordered.locator("#sb-import")).to_be_hidden()
    has_focus(ordered, "#sb-open-import")
    ordered.keyboard.press("Enter")
    tab_to(ordered, "#sb-import-file")
    with ordered.expect_file_chooser() as chooser:
        ordered.keyboard.press("Enter")
    chooser.value.set_files(file)
    expect(ordered.locator(".sb-recorded")).to_be_visible()
    tab_to(ordered, "#sb-scroll")
    go_to(ordered, rows(ordered, "order_placed"))
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-detail")).to_contain_text("reserve_stock")
    ordered.keyboard.press("Escape")
    tab_to(ordered, '.sb-recorded > a:has-text("Back to live")', "Shift+Tab")
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")


# -- before and after, the waterfall, the map, help ------------------------------------------------


def test_before_and_after_are_set_side_by_side(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press_first_version(context, site)
    packed = rows(dashboard, "parcel_packed").filter(has_text="stick_stamps")
    expect(packed).to_have_count(1)
    dashboard.locator("#sb-scroll").focus()
    go_to(dashboard, packed)
    dashboard.keyboard.press("Enter")
    detail = dashboard.locator("#sb-detail")
    expect(detail).to_contain_text("stick_stamps")
    dashboard.keyboard.press("b")
    expect(detail.locator(".sb-wait")).to_contain_text("Now run it again")
    press(context, site, "changed")
    expect(detail.locator(".sb-compared-sum")).to_contain_text("13 new")
    tab_to(dashboard, "#sb-detail [data-action=unfold]")
    dashboard.keyboard.press("Enter")
    has_focus(dashboard, ".sb-compared")
    tab_to(dashboard, "#sb-detail [data-action=unmark]", "Shift+Tab")
    dashboard.keyboard.press("Enter")
    expect(detail).to_be_empty()
    expect(packed).to_be_focused()


def test_waterfall_is_zoomed_traced_and_its_source_read(ordered: Page) -> None:
    ordered.locator("#sb-scroll").focus()
    go_to(ordered, rows(ordered, "order_placed"))
    ordered.keyboard.press("Enter")
    detail = ordered.locator("#sb-detail")
    expect(detail).to_contain_text("reserve_stock")
    ordered.keyboard.press("Enter")
    tab_to(ordered, "#sb-detail .sb-zoom")
    ordered.keyboard.down("Shift")
    expect(detail.locator(".sb-is-descendant").first).to_be_visible()
    ordered.keyboard.up("Shift")
    expect(detail.locator(".sb-is-descendant")).to_have_count(0)
    ordered.keyboard.press("Enter")
    expect(detail).to_contain_text("Back to the whole tree")
    tab_to(ordered, "#sb-detail summary")
    ordered.keyboard.press("Space")
    expect(detail.locator(".sb-statements[open]")).to_have_count(1)
    tab_to(ordered, "#sb-detail .sb-call-place")
    ordered.keyboard.press("Enter")
    expect(detail.locator(".sb-listing")).to_be_visible()
    assert focus(ordered)
    tab_to(ordered, "#sb-detail .sb-listing", "Shift+Tab")
    tab_to(ordered, '#sb-detail .sb-link:has-text("Back to the tree")', "Shift+Tab")
    ordered.keyboard.press("Enter")
    expect(detail.locator(".sb-tree")).to_be_visible()
    assert focus(ordered)


def test_map_is_unfolded_read_as_a_table_and_leads_to_the_feed(ordered: Page) -> None:
    tab_to(ordered, '.sb-nav a:has-text("Map")')
    ordered.keyboard.press("Enter")
    expect(ordered.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    ordered.locator("#sb-map-picture").focus()
    folded = '.sb-is-folded[data-name^="shop: "][id^="n2-"]'
    tab_to(ordered, folded)
    expect(ordered.locator(".sb-hover-card")).to_contain_text("receivers")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(".sb-map-group[aria-label='Fold shop']:focus")).to_have_count(1)
    ordered.keyboard.press("Enter")
    expect(ordered.locator(f"{folded}:focus")).to_have_count(1)
    tab_to(ordered, f'.sb-node[data-name="{PLACED}"]', "Shift+Tab")
    ordered.locator("#sb-map-picture").focus()
    tab_to(ordered, '[data-keep="views.1"]', "Shift+Tab")
    ordered.keyboard.press("Enter")
    expect(ordered.locator(".sb-map-table").first).to_be_visible()
    has_focus(ordered, '[data-keep="views.1"]')
    tab_to(ordered, f'.sb-map-table a[href*="{PLACED}"]')
    ordered.keyboard.press("Enter")
    expect(ordered.locator(CHIPS).first).to_be_visible()


def test_single_keys_can_be_turned_off(ordered: Page, site: str) -> None:
    ordered.keyboard.press("?")
    expect(ordered).to_have_url(re.compile("/signals/help/$"))
    expect(ordered.locator("#sb-single")).to_be_checked()
    tab_to(ordered, "#sb-single")
    ordered.keyboard.press("Space")
    open_dashboard(ordered, site)
    for key in ("e", "t", "/", "j", "c", "r", "g"):
        ordered.keyboard.press(key)
    assert ordered.evaluate("document.activeElement === document.body")
    assert "?" not in ordered.url
    expect(rows(ordered, "line_picked")).to_have_count(1)
    # What is no character goes on.
    ordered.keyboard.press("Space")
    expect(ordered.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    ordered.goto(f"{site}/signals/help/")
    expect(ordered.locator("#sb-single")).not_to_be_checked()
    ordered.locator("#sb-single").check()
    open_dashboard(ordered, site)
    ordered.keyboard.press("g")
    has_focus(ordered, "#sb-find")


# -- little room -----------------------------------------------------------------------------------


def test_sheets_take_the_focus_in_and_give_it_back_where_there_is_little_room(
    ordered: Page,
) -> None:
    resize(ordered, 720, 450, 2)
    ordered.locator("#sb-scroll").focus()
    placed = rows(ordered, "order_placed")
    go_to(ordered, placed)
    ordered.keyboard.press("Enter")
    detail = ordered.locator("#sb-detail")
    expect(detail).to_contain_text("reserve_stock")
    expect(detail).to_be_focused()
    # What lies under the sheet is no stop.
    assert "Rows." not in " ".join(stops(ordered))
    detail.focus()
    ordered.keyboard.press("Escape")
    expect(placed).to_be_focused()
    tab_to(ordered, "[data-action=open-registry]", "Shift+Tab")
    ordered.keyboard.press("Enter")
    has_focus(ordered, "#sb-find")
    ordered.keyboard.type("order_placed")
    entry = tab_to(ordered, f'.sb-entry-name[data-open="signal:{PLACED}"]')
    ordered.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    has_focus(ordered, "[data-action=open-registry]")
    ordered.keyboard.press("g")
    has_focus(ordered, "#sb-find")
    tab_to(ordered, f'.sb-entry-name[data-open="signal:{PLACED}"]')
    ordered.keyboard.press("Enter")
    expect(detail.locator("h2")).to_contain_text("order_placed")
    has_focus(ordered, "#sb-detail")
    ordered.keyboard.press("Escape")
    assert focus(ordered)
