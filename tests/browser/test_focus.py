"""The focus stays where it is while rows come, go and are drawn anew; the test itself fills the store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import focus
from tests.browser.acts import row_of
from tests.browser.server import demo, post
from tests.dashboard.conftest import make_call, make_dispatch
from tracer.stores import Store


@pytest.fixture(scope="module")
def site(data: Path) -> Iterator[str]:
    with demo(data) as address:
        yield address


def sent(name: str, **given: object) -> object:
    call = make_call(receiver="shop.receivers.pack")
    at_us = time.time_ns() // 1000
    common: dict[str, object] = {"sender": f"a.{name.title()}", "calls": (call,)}
    return make_dispatch(id=name, started_us=at_us, **(common | given))


def many(store: Store, prefix: str, number: int) -> None:
    """Send as many dispatches, no two of them equal neighbours, a push of rows at a time."""
    for first in range(0, number, 90):
        store.append([sent(f"{prefix}{n}") for n in range(first, min(first + 90, number))])


def stand_on(page: Page, name: str) -> Locator:
    """Walk to the last row by the keyboard and let the rows go on."""
    row = row_of(page, name)
    expect(row).to_be_visible()
    page.locator("#sb-scroll").focus()
    page.keyboard.press("ArrowUp")
    expect(row).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    expect(row).to_be_focused()
    return row


def test_it_stays_as_rows_come_and_as_the_first_are_trimmed(dashboard: Page, kept: Store) -> None:
    kept.append([sent("mine")])
    mine = stand_on(dashboard, "mine")
    for prefix in range(7):
        many(kept, f"r{prefix}-", 90)
        expect(row_of(dashboard, f"r{prefix}-89")).to_be_attached()
        expect(mine).to_be_focused()
    # A page holds five hundred rows; the one that has the focus goes when it has left it.
    expect(dashboard.locator("#sb-rows > tr")).to_have_count(500)
    expect(row_of(dashboard, "r0-0")).to_have_count(0)
    dashboard.keyboard.press("ArrowDown")
    expect(mine).not_to_be_focused()
    assert focus(dashboard)
    dashboard.keyboard.press("Space")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    assert dashboard.evaluate("document.activeElement !== document.body")


def test_it_stays_as_a_row_comes_to_stand_for_several(dashboard: Page, kept: Store) -> None:
    kept.append([sent("one", sender="a.Same")])
    one = row_of(dashboard, "one")
    # Walked to by a key the rows stand, and after they have stood none becomes one with those before.
    one.focus()
    for number in (2, 3):
        kept.append([sent(f"one-{number}", sender="a.Same")])
        expect(one.locator(".sb-tag-times")).to_have_text(f"×{number}")
        expect(one).to_be_focused()


@pytest.mark.parametrize("end", ["ok", "error"])
def test_it_stays_as_a_row_ends_on_its_values_too(dashboard: Page, kept: Store, end: str) -> None:
    running = {"sender": "a.Long", "state": "running", "duration_ns": None}
    kept.append([sent(f"long-{end}", **running)])
    row = stand_on(dashboard, f"long-{end}")
    expect(row).to_contain_text("still running")
    kept.append([sent(f"long-{end}", sender="a.Long", state=end)])
    expect(row).not_to_contain_text("still running")
    expect(row).to_be_focused()

    kept.append([sent(f"next-{end}", **running)])
    row = stand_on(dashboard, f"next-{end}")
    dashboard.keyboard.press("ArrowRight")
    dashboard.keyboard.press("ArrowRight")
    value = row.locator("[data-field=sender]")
    expect(value).to_be_focused()
    kept.append([sent(f"next-{end}", sender="a.Long", state=end)])
    expect(row).not_to_contain_text("still running")
    expect(value).to_be_focused()
    assert focus(dashboard)


def test_click_amid_which_a_row_is_drawn_anew_is_a_click(dashboard: Page, kept: Store) -> None:
    running = {"sender": "a.Pressed", "state": "running", "duration_ns": None}
    of_request = {"origin": "GET /pressed/", "origin_id": "pressed"}
    kept.append([sent("pressed", **running, **of_request)])
    row = row_of(dashboard, "pressed")
    expect(row).to_contain_text("still running")
    press_down(dashboard, row.locator(".sb-took"))
    kept.append([sent("pressed", sender="a.Pressed", **of_request)])
    expect(row).not_to_contain_text("still running")
    dashboard.mouse.up()
    expect(row).to_have_attribute("aria-selected", "true")

    request = dashboard.locator(".sb-origin", has_text="/pressed/")
    expect(request).to_contain_text("1 dispatch")
    press_down(dashboard, request.locator(".sb-origin-open"))
    kept.append([sent("pressed-2", sender="a.Other", **of_request)])
    expect(request).to_contain_text("2 dispatches")
    dashboard.mouse.up()
    expect(dashboard.locator("#sb-detail h2")).to_contain_text("/pressed/")


def press_down(page: Page, at: Locator) -> None:
    """Press the button of the mouse there, and hold it."""
    at.hover()
    page.mouse.down()


def test_it_goes_to_the_rows_as_all_are_cleared(dashboard: Page, kept: Store, site: str) -> None:
    kept.append([sent("gone")])
    stand_on(dashboard, "gone")
    post(f"{site}/signals/clear/")
    expect(row_of(dashboard, "gone")).to_have_count(0)
    expect(dashboard.locator("#sb-scroll")).to_be_focused()


def test_rows_that_are_shown_on_demand_have_it_where_the_button_was(
    dashboard: Page, kept: Store
) -> None:
    kept.append([sent("before")])
    expect(row_of(dashboard, "before")).to_be_visible()
    kept.append([sent(f"burst-{n}") for n in range(150)])
    gap = dashboard.locator("#sb-rows .sb-gap", has_text="more dispatches came at once")
    expect(gap).to_be_attached()
    dashboard.locator("#sb-scroll").focus()
    for _ in range(102):
        dashboard.keyboard.press("ArrowUp")
        if gap.evaluate("(gap) => gap === document.activeElement"):
            break
    expect(gap).to_be_focused()
    dashboard.keyboard.press("Enter")
    expect(row_of(dashboard, "burst-0")).to_be_focused()


def test_it_stays_in_the_registry_and_what_is_open_while_counts_rise(
    dashboard: Page, kept: Store
) -> None:
    signal = "signal:django.db.models.signals.post_save"
    entry = dashboard.locator(f'.sb-signal-entry .sb-entry-name[data-open="{signal}"]')
    entry.focus()
    count = entry.locator("xpath=..").locator(".sb-entry-count")
    for name in ("count-1", "count-2"):
        before = count.text_content() or ""
        kept.append([sent(name)])
        expect(count).not_to_have_text(before)
        expect(entry).to_be_focused()
    dashboard.keyboard.press("Enter")
    detail = dashboard.locator("#sb-detail")
    expect(detail.locator("h2")).to_contain_text("post_save")
    expect(entry).to_be_focused()
    dashboard.keyboard.press("Enter")
    expect(detail).to_be_focused()
    dashboard.keyboard.press("Tab")
    dashboard.keyboard.press("Tab")
    mute = detail.locator("button", has_text="Mute")
    expect(mute).to_be_focused()
    dashboard.keyboard.press("Enter")
    expect(detail.locator("button", has_text="Unmute")).to_be_focused()
    dashboard.keyboard.press("Enter")
    expect(mute).to_be_focused()


def test_who_has_it_nowhere_is_given_it_nowhere(dashboard: Page, kept: Store) -> None:
    kept.append([sent("clicked", state="running", duration_ns=None)])
    row_of(dashboard, "clicked").locator(".sb-time").click()
    expect(row_of(dashboard, "clicked")).to_be_focused()
    dashboard.mouse.click(700, 22)
    expect(row_of(dashboard, "clicked")).not_to_be_focused()
    kept.append([sent("clicked")])
    expect(row_of(dashboard, "clicked")).not_to_contain_text("still running")
    assert dashboard.evaluate("document.activeElement === document.body")
