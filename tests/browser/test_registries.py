"""Where a second process has other receivers: marked while it lives, in a page that is never reloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import press, rows
from tests.browser.server import Process, demo
from tests.browser.test_why import (
    CHARGE_CARD,
    ORDER_PLACED,
    SHELF_EMPTIED,
    entry,
    name_of,
    open_row,
)

WORKER = """
import threading
from demo_site.shop import receivers
from demo_site.shop.models import Order
from demo_site.shop.signals import order_placed, shelf_emptied

def count_shelves(**_): ...

order_placed.disconnect(receivers.charge_card)
shelf_emptied.connect(count_shelves)
order_placed.send_robust(Order, order=Order())
print("Working", flush=True)
threading.Event().wait()
"""
PARCEL_PACKED = "demo_site.cases.changed.parcel_packed"
CHOOSE_BOX = "demo_site.cases.changed.choose_box"
COUNT_SHELVES = "django.core.management.commands.shell.count_shelves"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("processes")


@pytest.fixture(scope="module")
def site(data: Path) -> Iterator[str]:
    """Return the address of a demo site of its own, beside which other processes run."""
    with demo(data) as address:
        yield address


@contextmanager
def worker(data: Path) -> Iterator[None]:
    """Run another process of the site, with a receiver less and another more."""
    process = Process(["demo_site.manage", "shell", "-v0", "-c", WORKER], data)
    try:
        process.wait_for("(Working)")
        yield
    finally:
        process.stop()


def test_differences_are_marked_while_the_other_process_lives(
    dashboard: Page, context: BrowserContext, site: str, data: Path
) -> None:
    dashboard.evaluate("() => { window.neverReloaded = true; }")
    flags = dashboard.locator(".sb-registry .sb-flag-apart")
    expect(entry(dashboard, ORDER_PLACED)).to_be_attached()
    expect(flags).to_have_count(0)
    expect(dashboard.locator("#sb-processes")).to_be_empty()
    with worker(data):
        charge = name_of(dashboard, ORDER_PLACED, CHARGE_CARD).locator("..")
        expect(charge.locator(".sb-flag-apart")).to_have_text("not in shell")
        # Only the site's own page imports the module of these.
        box = name_of(dashboard, PARCEL_PACKED, CHOOSE_BOX).locator("..").locator(".sb-flag-apart")
        expect(box).to_have_attribute(
            "title", re.compile(r"where demo_site\.cases\.changed was not imported")
        )
        shelves = entry(dashboard, SHELF_EMPTIED)
        expect(shelves.locator(".sb-flag-apart")).to_have_text(["1 differs", "not in runserver"])
        name_of(dashboard, SHELF_EMPTIED, COUNT_SHELVES).click()
        detail = dashboard.locator("#sb-detail")
        expect(detail.locator(".sb-presence")).to_contain_text(
            re.compile(r"Not connected in runserver \(pid \d+\)\. Connected in shell \(pid \d+\)\.")
        )
        charge.locator(".sb-flag-apart").click()
        expect(detail.locator(".sb-presence")).to_contain_text(
            re.compile(r"Not connected in shell \(pid \d+\), where it was disconnected\.")
        )
    expect(flags).to_have_count(0)
    expect(detail.locator(".sb-presence")).to_have_count(0)
    expect(dashboard.locator("#sb-processes")).to_be_empty()
    assert dashboard.evaluate("() => window.neverReloaded")


def test_dispatch_of_the_other_process_says_what_is_not_connected_there(
    dashboard: Page, data: Path
) -> None:
    with worker(data):
        expect(dashboard.locator("#sb-chosen")).to_be_visible()
        detail = open_row(dashboard, rows(dashboard, "order_placed"))
        uncalled = detail.locator(".sb-uncalled", has_text="charge_card")
        expect(uncalled).to_contain_text(
            re.compile(r"In the process that dispatched, shell \(pid \d+\), it is not connected")
        )


def test_one_process_is_chosen_by_keys_and_kept_in_the_address(
    dashboard: Page, context: BrowserContext, site: str, data: Path
) -> None:
    with worker(data):
        choice = dashboard.locator("#sb-chosen")
        expect(choice.locator("option")).to_have_count(3)
        choice.focus()
        dashboard.keyboard.type("shell")
        dashboard.keyboard.press("Enter")
        expect(dashboard).to_have_url(re.compile(r"process=shell"))
        added = name_of(dashboard, SHELF_EMPTIED, COUNT_SHELVES)
        expect(added).to_be_visible()
        gone = entry(dashboard, ORDER_PLACED).locator(".sb-is-gone")
        expect(gone).to_contain_text("charge_card")
        expect(choice).to_be_focused()
        # It stays, with what comes in and under another filter.
        dashboard.locator('[data-action="errors"]').click()
        expect(dashboard).to_have_url(re.compile(r"filter=.*process=shell"))
        press(context, site, "order")
        expect(name_of(dashboard, ORDER_PLACED, CHARGE_CARD).locator("..")).to_have_class(
            re.compile("sb-is-gone")
        )
        dashboard.reload()
        expect(added).to_be_visible()
        expect(choice).to_have_value(re.compile("^shell "))
        dashboard.go_back()
        dashboard.go_back()
        expect(dashboard).not_to_have_url(re.compile("process="))
        expect(choice).to_have_value("")
        dashboard.go_forward()
        expect(choice).to_have_value(re.compile("^shell "))
        expect(gone).to_contain_text("charge_card")
    expect(dashboard.locator(".sb-registry")).to_contain_text("has ended, or is not heard from")
    choice.select_option("")
    expect(dashboard.locator("#sb-processes")).to_be_empty()
    expect(name_of(dashboard, ORDER_PLACED, CHARGE_CARD)).to_be_visible()


def test_marks_are_accessible_in_both_schemes_and_fit_a_narrow_page(
    dashboard: Page, data: Path
) -> None:
    with worker(data):
        expect(dashboard.locator("#sb-chosen")).to_be_visible()
        name_of(dashboard, SHELF_EMPTIED, COUNT_SHELVES).click()
        expect(dashboard.locator(".sb-presence")).to_be_visible()
        for scheme in ("light", "dark"):
            dashboard.emulate_media(color_scheme=scheme)
            assert violations(dashboard) == []
        dashboard.locator('#sb-detail [data-action="close"]').click()
        dashboard.set_viewport_size({"width": 390, "height": 844})
        dashboard.locator('[data-action="open-registry"]').click()
        flag = entry(dashboard, SHELF_EMPTIED).locator(".sb-receiver-entry .sb-flag-apart")
        flag.scroll_into_view_if_needed()
        expect(flag).to_be_in_viewport(ratio=1)
        assert dashboard.evaluate("() => document.documentElement.scrollWidth") <= 390
        assert violations(dashboard) == []
