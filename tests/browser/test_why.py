"""Why a receiver did not run, why one ran twice, and what is worth a look, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.acts import press, rows
from tests.browser.conftest import open_dashboard
from tests.browser.server import ROOT, demo

ORDER_PLACED = "demo_site.shop.signals.order_placed"
SHELF_EMPTIED = "demo_site.shop.signals.shelf_emptied"
CHARGE_CARD = "demo_site.shop.receivers.charge_card"


def entry(page: Page, signal: str) -> Locator:
    """Return a signal's part of the registry."""
    return page.locator(f'.sb-signal-entry[data-find="{signal}"]')


def name_of(page: Page, signal: str, receiver: str) -> Locator:
    """Return a receiver's name in the registry."""
    return page.locator(f'.sb-registry .sb-entry-name[data-open="receiver:{signal} {receiver}"]')


def open_row(page: Page, row: Locator) -> Locator:
    row.first.locator(".sb-time").click()
    detail = page.locator("#sb-detail")
    expect(detail.locator("#sb-why-called")).to_be_visible()
    return detail


def test_failing_order_shows_called_not_reached_and_who_raised(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "failing")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    called = detail.locator("#sb-why-called .sb-call")
    expect(called).to_have_count(7)
    expect(called.nth(1)).to_contain_text("Ledger.note_order")
    expect(called.nth(1).locator(".sb-call-took")).to_contain_text(re.compile("µs|ms"))
    expect(called.nth(6)).to_contain_text("CardDeclined")
    unreached = detail.locator("#sb-why-unreached")
    expect(unreached).to_contain_text("charge_card raised CardDeclined, and send() ends there.")
    expect(unreached.locator(".sb-call > .sb-value")).to_have_text(
        ["thank_customer", "send_receipt"]
    )


def test_proxy_shows_kin_first_with_reason_and_mend(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "proxy")
    detail = open_row(dashboard, rows(dashboard, "post_save", "shop.RushOrder"))
    expect(detail.locator("#sb-why-called")).to_contain_text("hurry_up")
    first = detail.locator("#sb-why-uncalled .sb-uncalled").first
    expect(first).to_contain_text("remember_order")
    expect(first).to_contain_text("shop.Order")
    expect(first).to_contain_text("Django matches the very class")
    expect(first.locator(".sb-mend")).not_to_be_empty()
    first.locator(".sb-value").click()
    expect(dashboard.locator("#sb-detail .sb-is-marked")).to_contain_text("def remember_order(")


def test_place_of_a_call_opens_its_source_and_leads_back(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "failing")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    detail.locator("#sb-why-called .sb-call-why .sb-place").click()
    expect(detail.locator(".sb-is-marked")).to_contain_text("raise CardDeclined(")
    expect(dashboard).to_have_url(re.compile("at=raised-6"))
    dashboard.reload()
    expect(detail.locator(".sb-is-marked")).to_contain_text("raise CardDeclined(")
    dashboard.go_back()
    expect(detail.locator(".sb-tree")).to_be_visible()
    detail.locator('[data-at="site"]').click()
    expect(detail.locator(".sb-is-marked")).to_contain_text("order_placed.send(")
    detail.get_by_text("Back to the tree").click()
    expect(detail.locator(".sb-tree")).to_be_visible()


def test_receiver_opens_from_the_registry_and_is_in_the_url(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "bound-method")
    ledger = name_of(dashboard, ORDER_PLACED, "demo_site.shop.ledger.Ledger.note_order")
    ledger.click()
    detail = dashboard.locator("#sb-detail")
    expect(detail.locator("h2")).to_contain_text("Ledger.note_order receives order_placed")
    expect(detail.locator(".sb-is-marked")).to_contain_text("def note_order(")
    expect(detail).to_contain_text("a bound method")
    expect(detail.locator(".sb-figures").first).to_contain_text("calls")
    expect(ledger).to_have_attribute("aria-current", "true")
    name_of(dashboard, ORDER_PLACED, CHARGE_CARD).click()
    expect(detail.locator(".sb-is-marked")).to_contain_text("def charge_card(")
    dashboard.go_back()
    expect(detail.locator(".sb-is-marked")).to_contain_text("def note_order(")
    dashboard.go_forward()
    expect(detail.locator(".sb-is-marked")).to_contain_text("def charge_card(")
    dashboard.reload()
    expect(detail.locator(".sb-is-marked")).to_contain_text("def charge_card(")
    dashboard.keyboard.press("Escape")
    expect(detail).to_be_empty()
    assert "open=" not in dashboard.url
    dashboard.go_back()
    expect(detail.locator(".sb-is-marked")).to_contain_text("def note_order(")


def test_back_and_forward_between_what_is_open_leave_the_feed_alone(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    dashboard.evaluate("() => { document.getElementById('sb-feed').isTheSame = true; }")
    name_of(dashboard, ORDER_PLACED, CHARGE_CARD).click()
    expect(dashboard.locator("#sb-detail .sb-is-marked")).to_be_visible()
    dashboard.go_back()
    expect(dashboard.locator("#sb-detail")).to_be_empty()
    dashboard.go_forward()
    expect(dashboard.locator("#sb-detail .sb-is-marked")).to_be_visible()
    assert dashboard.evaluate("() => document.getElementById('sb-feed').isTheSame")


def test_filter_is_a_button_of_the_panel_and_of_the_row(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "request_started").first).to_be_visible()
    name = name_of(dashboard, ORDER_PLACED, CHARGE_CARD)
    name.click()
    dashboard.get_by_role("button", name="Filter to this").click()
    expect(dashboard.locator(".sb-chip")).to_have_count(1)
    expect(rows(dashboard, "request_started")).to_have_count(0)
    expect(dashboard.locator("#sb-detail .sb-is-marked")).to_be_visible()
    expect(dashboard).to_have_url(re.compile("filter=.*open="))
    dashboard.locator(".sb-chip-x").click()
    expect(dashboard.locator(".sb-chip")).to_have_count(0)
    name.hover()
    dashboard.locator(".sb-entry:hover .sb-act-button").click()
    expect(dashboard.locator(".sb-chip")).to_contain_text(["charge_card"])
    name.click(modifiers=["Alt"])
    expect(dashboard.locator(".sb-chip.sb-not")).to_contain_text(["charge_card"])


def test_signal_opens_with_its_receivers_and_what_sends_none(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    entry(dashboard, "django.db.models.signals.post_save").locator(".sb-entry-name").first.click()
    detail = dashboard.locator("#sb-detail")
    expect(detail.locator("h2")).to_have_text("post_save")
    expect(detail.locator(".sb-call").first).to_contain_text("create_user_profile")
    expect(detail.locator(".sb-notes")).to_contain_text("bulk_create")
    detail.get_by_role("button", name="Mute").click()
    expect(detail.get_by_role("button", name="Unmute")).to_be_visible()
    expect(entry(dashboard, "django.db.models.signals.post_save")).to_contain_text("muted")
    detail.get_by_role("button", name="Unmute").click()
    expect(detail.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    detail.locator(".sb-call .sb-value", has_text="remember_order").click()
    expect(detail.locator(".sb-is-marked")).to_contain_text("def remember_order(")


def test_registry_follows_what_is_connected_and_collected(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    expect(entry(dashboard, SHELF_EMPTIED)).to_be_attached()
    press(context, site, "collected")
    gone = entry(dashboard, SHELF_EMPTIED).locator(".sb-is-gone")
    expect(gone).to_contain_text("Robot.reorder")
    expect(gone.locator(".sb-flag")).to_contain_text("W007")
    line = gone.locator(".sb-entry-name")
    assert "line-through" in line.evaluate("each => getComputedStyle(each).textDecorationLine")
    line.click()
    detail = dashboard.locator("#sb-detail")
    expect(detail.locator(".sb-finding")).to_contain_text("W007")
    expect(detail.locator(".sb-is-marked")).to_contain_text("def reorder(")
    detail.get_by_role("button", name="Copy").first.click()
    expect(detail.locator(".sb-copy").first).to_have_text(re.compile("Copied|Selected"))
    detail.locator('[data-at="gone-0"]').click()
    expect(detail.locator(".sb-is-marked")).to_contain_text("shelf_emptied.connect(")


def test_everything_in_the_registry_is_reached_by_keys(dashboard: Page) -> None:
    name = name_of(dashboard, ORDER_PLACED, CHARGE_CARD)
    name.focus()
    dashboard.keyboard.press("Tab")
    focused = "() => document.activeElement.getAttribute('aria-label')"
    assert dashboard.evaluate(focused) == "Filter to charge_card"
    name.focus()
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator("#sb-detail .sb-is-marked")).to_be_visible()
    expect(name).to_be_focused()
    dashboard.keyboard.press("Escape")
    expect(dashboard.locator("#sb-detail")).to_be_empty()


def test_panel_goes_on_counting_and_keeps_its_place(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    name_of(dashboard, ORDER_PLACED, CHARGE_CARD).click()
    calls = dashboard.locator("#sb-detail .sb-figures dd").first
    expect(calls).to_have_text("1")
    dashboard.evaluate(
        "() => { document.querySelector('#sb-detail .sb-is-marked').isTheSame = true; }"
    )
    press(context, site, "order")
    expect(calls).to_have_text("2")
    assert dashboard.evaluate("() => document.querySelector('#sb-detail .sb-is-marked').isTheSame")


def test_narrow_page_has_its_panels_as_sheets(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    dashboard.set_viewport_size({"width": 390, "height": 844})
    dashboard.locator('[data-action="open-registry"]').click()
    name_of(dashboard, ORDER_PLACED, CHARGE_CARD).click()
    detail = dashboard.locator("#sb-detail")
    expect(detail.locator(".sb-is-marked")).to_be_visible()
    expect(dashboard.locator("#sb-aside")).to_be_hidden()
    assert dashboard.evaluate("() => document.documentElement.scrollWidth") <= 390
    detail.locator('[data-action="close"]').click()
    press(context, site, "failing")
    open_row(dashboard, rows(dashboard, "order_placed").filter(has_text="CardDeclined"))
    expect(detail.locator("#sb-why-unreached")).to_be_in_viewport()
    assert dashboard.evaluate("() => document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("slug", "sender", "receiver", "mark"),
    [
        ("connected-twice", "mishaps.Parcel", "stick_stamp", "×2 connected"),
        ("dispatched-twice", "mishaps.Wagon", "grease_axles", "×2 dispatched"),
        ("re-entered", "mishaps.Train", "count_wagons", "×4 re-entered"),
    ],
)
def test_receiver_that_ran_more_than_once_is_marked_and_told_apart(
    dashboard: Page,
    context: BrowserContext,
    site: str,
    slug: str,
    sender: str,
    receiver: str,
    mark: str,
) -> None:
    press(context, site, slug)
    detail = open_row(dashboard, rows(dashboard, "post_save", sender))
    call = detail.locator(f'#sb-why-called .sb-call:has([data-value$=".{receiver}"])').first
    expect(call.locator(".sb-tag-slow")).to_have_text(mark)
    cards = call.locator(".sb-site-card")
    expect(cards).to_have_count(int(mark[1]))
    expect(cards.first).to_contain_text("this one")
    tops = cards.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert tops[0] == tops[1]
    expect(call.locator(".sb-loop")).to_have_count(1 if slug == "re-entered" else 0)
    cards.nth(1).locator(".sb-place").click()
    expect(detail.locator(".sb-is-marked")).to_be_visible()


def test_loop_of_a_receiver_that_sets_itself_off_is_drawn(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "re-entered")
    detail = open_row(dashboard, rows(dashboard, "post_save", "mishaps.Train"))
    steps = detail.locator(".sb-loop .sb-loop-step")
    expect(steps).to_have_text(["post_save", "count_wagons"])
    detail.locator(".sb-site-card").nth(1).locator('[data-action="open"]').click()
    expect(detail.locator(".sb-site-card").nth(1)).to_contain_text("this one")


# -- a project whose settings name an editor ------------------------------------------------


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a demo whose settings name an editor."""
    folder = tmp_path_factory.mktemp("own")
    for name in ("demo_site", "tracer", "dashboard", "templates", "static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "demo_site/settings.py").open("a") as settings:
        settings.write('SIGNALBOX["EDITOR"] = "zed"\n')
    with demo(tmp_path_factory.mktemp("own-data"), folder) as address:
        yield address


def test_editor_link_leads_to_the_marked_line(context: BrowserContext, own_site: str) -> None:
    dashboard = open_dashboard(context.new_page(), own_site)
    name_of(dashboard, ORDER_PLACED, CHARGE_CARD).click()
    detail = dashboard.locator("#sb-detail")
    number = detail.locator(".sb-is-marked .sb-line-number").inner_text()
    link = detail.locator(".sb-editor")
    expect(link).to_have_attribute(
        "href", re.compile(rf"^zed://file/.*/demo_site/shop/receivers\.py:{number}$")
    )
    path = (link.get_attribute("href") or "").removeprefix("zed://file").rpartition(":")[0]
    assert "def charge_card(" in Path(path).read_text().splitlines()[int(number) - 1]
