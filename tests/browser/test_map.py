"""The map under real traffic of the demo: what it says, what lights up, what a click does, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import press

PLACED = "demo_site.shop.signals.order_placed"
RESERVE = "demo_site.shop.receivers.reserve_stock"
UNFOLDED = "?unfold=receiver:shop"


@pytest.fixture
def chart(dashboard: Page, site: str) -> Page:
    """Return the map, connected, with the shop's receivers unfolded; nothing has been sent yet."""
    dashboard.goto(f"{site}/signals/map/{UNFOLDED}")
    expect(dashboard.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    return dashboard


def node(page: Page, name: str, column: int | None = None) -> Locator:
    """Return a node by its full name; of a signal, in which of the two columns."""
    where = "" if column is None else f'[id^="n{column}-"]'
    return page.locator(f'.sb-node{where}[data-name="{name}"]')


def edge(page: Page, source: Locator, target: Locator) -> Locator:
    """Return the edge between two nodes."""
    begin, end = source.get_attribute("id") or "", target.get_attribute("id") or ""
    column, from_ = begin[1:].split("-")
    return page.locator(
        f'.sb-edge[id^="e{column}-"][data-from="{from_}"][data-to="{end.partition("-")[2]}"]'
    )


def width(of: Locator) -> float:
    return float(of.locator(".sb-edge-line").get_attribute("stroke-width") or "")


def figure(of: Locator) -> Locator:
    return of.locator(".sb-node-figure")


def test_edges_light_up_as_traffic_passes_and_what_never_fired_stays_grey(
    chart: Page, context: BrowserContext, site: str
) -> None:
    placed, reserve = node(chart, PLACED, 1), node(chart, RESERVE)
    quiet = edge(chart, placed, reserve)
    expect(quiet).to_have_class(re.compile("sb-never"))
    expect(figure(placed)).to_have_text("")
    chart.evaluate("() => { window.neverReloaded = true; }")
    press(context, site, "order", times=3)
    expect(figure(placed)).to_have_text("3")
    expect(figure(reserve)).to_have_text("3")
    lit = edge(chart, placed, reserve)
    expect(lit).to_have_class(re.compile(r"sb-age-\d"))
    expect(lit).to_have_attribute("data-words", re.compile(r"^3 calls · .* each"))
    before = width(lit)
    press(context, site, "order", times=3)
    expect(figure(placed)).to_have_text("6")
    assert width(edge(chart, placed, reserve)) >= before
    # Sender, signal, receivers, and what these dispatched in turn.
    expect(figure(node(chart, "shop.Order"))).not_to_have_text("")
    expect(figure(node(chart, "demo_site.shop.signals.invoice_issued", 3))).to_have_text("6")
    never = node(chart, "django.db.models.signals.post_migrate", 1)
    expect(never).to_have_class(re.compile("sb-never"))
    assert chart.evaluate("() => window.neverReloaded")
    assert violations(chart) == []


def test_light_goes_out_by_itself(chart: Page, context: BrowserContext, site: str) -> None:
    press(context, site, "order")
    placed = node(chart, PLACED, 1)
    expect(placed).to_have_class(re.compile("sb-age-0"))
    expect(placed).to_have_class(re.compile("sb-age-1"))


def test_errors_colour_what_they_came_through(
    chart: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "failing")
    charge = node(chart, "demo_site.shop.receivers.charge_card")
    expect(figure(charge)).to_have_text("1")
    red = edge(chart, node(chart, PLACED, 1), charge)
    expect(red).to_have_class(re.compile("sb-share-4"))
    expect(red).to_have_attribute("data-words", re.compile(r"1 error \(100%\)"))


def test_pointer_and_keyboard_show_what_hangs_together(
    chart: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    reserve = node(chart, RESERVE)
    expect(figure(reserve)).to_have_text("1")
    reserve.hover()
    card = chart.locator(".sb-hover-card")
    expect(card).to_contain_text(RESERVE)
    expect(card).to_contain_text("1 call · ")
    for part in (node(chart, PLACED, 1), node(chart, "shop.Order"), reserve):
        expect(part).to_have_class(re.compile("sb-is-lit"))
    expect(node(chart, "django.core.signals.request_started", 1)).not_to_have_class(
        re.compile("sb-is-lit")
    )
    chart.mouse.move(5, 5)
    expect(card).to_be_hidden()
    expect(chart.locator(".sb-is-lit")).to_have_count(0)
    reserve.focus()
    chart.keyboard.press("Tab")
    chart.keyboard.press("Shift+Tab")
    expect(reserve).to_be_focused()
    expect(card).to_contain_text(RESERVE)
    # What is new on the map is a new picture, in which it has the focus still.
    press(context, site, "sign-up")
    expect(node(chart, "profiles.Profile")).to_be_visible()
    expect(reserve).to_be_focused()
    expect(reserve).to_have_class(re.compile("sb-is-lit"))


def test_groups_unfold_and_fold_and_the_address_remembers(chart: Page) -> None:
    receivers = chart.locator('.sb-node[id^="n2-"]')
    unfolded = receivers.count()
    chart.locator(".sb-map-group[aria-label='Fold shop']").last.click()
    folded = chart.locator(".sb-node.sb-is-folded[data-name^='shop: ']")
    expect(folded).to_be_visible()
    assert receivers.count() < unfolded
    expect(chart).to_have_url(re.compile(r"fold=receiver%3Ashop"))
    expect(chart.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    chart.reload()
    expect(folded).to_be_visible()
    folded.click()
    expect(node(chart, RESERVE)).to_be_visible()
    chart.go_back()
    expect(folded).to_be_visible()
    assert violations(chart) == []


def test_click_filters_the_feed(chart: Page, context: BrowserContext, site: str) -> None:
    press(context, site, "order")
    placed, reserve = node(chart, PLACED, 1), node(chart, RESERVE)
    expect(figure(reserve)).to_have_text("1")
    edge(chart, placed, reserve).locator(".sb-edge-hit").click(force=True)
    expect(chart.locator("#sb-filter .sb-chip-text")).to_have_text(
        [f"signal:{PLACED}", f"receiver:{RESERVE}"]
    )
    expect(chart.locator("#sb-rows .sb-row")).to_have_count(1)
    chart.go_back()
    node(chart, RESERVE).click()
    expect(chart.locator("#sb-filter .sb-chip-text")).to_have_text([f"receiver:{RESERVE}"])


def test_frozen_map_stands_and_then_shows_what_came(
    chart: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    placed = node(chart, PLACED, 1)
    expect(figure(placed)).to_have_text("1")
    chart.keyboard.press("Space")
    expect(chart.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    expect(chart).to_have_url(re.compile("freeze="))
    kept = chart.locator("#sb-status").inner_text()
    press(context, site, "order")
    expect(chart.locator("#sb-status")).not_to_have_text(kept)
    expect(figure(placed)).to_have_text("1")
    chart.keyboard.press("Space")
    expect(figure(placed)).to_have_text("2")
    expect(chart).not_to_have_url(re.compile("freeze="))


def test_map_begins_with_origins_is_by_time_and_is_a_table(
    chart: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(figure(node(chart, PLACED, 1))).to_have_text("1")
    chart.get_by_role("link", name="Origins").click()
    expect(node(chart, "POST /cases/order/")).to_be_visible()
    chart.get_by_role("link", name="Time").click()
    expect(figure(node(chart, PLACED, 1))).to_have_text(re.compile(r"\d (µs|ms|s)$"))
    chart.get_by_role("link", name="Table").click()
    row = chart.locator(".sb-map-table tr", has_text=RESERVE).filter(has_text=PLACED)
    expect(row.locator("td").nth(2)).to_have_text("1")
    press(context, site, "order")
    expect(row.locator("td").nth(2)).to_have_text("2")
    assert violations(chart) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_wrong(
    chart: Page, context: BrowserContext, site: str, scheme: str, width: int
) -> None:
    chart.set_viewport_size({"width": width, "height": 844})
    chart.emulate_media(color_scheme=scheme)
    press(context, site, "failing")
    expect(figure(node(chart, PLACED, 1))).to_have_text("1")
    assert violations(chart) == []
