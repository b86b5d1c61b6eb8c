"""What is older than the server's window, in a real browser: found by a filter, opened, never twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dashboard.feed import CAPACITY
from tests.browser.acts import ROWS, press
from tests.browser.conftest import open_dashboard
from tests.browser.server import demo
from tests.dashboard.conftest import make_call, make_dispatch
from tracer.stores import Store, open_store

RARE = "demo_site.shop.signals.order_placed"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def kept(data: Path) -> Iterator[Store]:
    """The demo's store, in which what is rare lies under more than a window holds."""
    store = open_store(f"sqlite:///{data / 'signalbox.sqlite3'}", 20_000)
    began_us = time.time_ns() // 1000 - 3_600_000_000
    store.append(rare("r-1", began_us))
    for first in range(0, CAPACITY + 1_000, 1_000):
        store.append(
            [
                make_dispatch(sender=f"a.M{n % 7}", started_us=began_us + 1_000 + n)
                for n in range(first, first + 1_000)
            ]
        )
    yield store
    store.close()


def rare(name: str, at_us: int) -> list[object]:
    call = make_call(receiver="shop.receivers.rare_receiver")
    common = {"root_id": name, "origin": "POST /rare/", "origin_id": f"o-{name}"}
    return [
        make_dispatch(id=name, signal=RARE, sender="shop.Rare", calls=(call,), started_us=at_us, **common),
        make_dispatch(id=f"{name}-child", sender="shop.Below", parent_id=name, parent_call=0, depth=1,
                      started_us=at_us + 10, **common),
    ]  # fmt: skip


@pytest.fixture
def page(kept: Store, data: Path, context: BrowserContext) -> Iterator[tuple[Page, str]]:
    with demo(data) as address:
        yield context.new_page(), address


def test_rare_match_under_the_window_is_found_opened_and_stays_while_rows_come(
    page: tuple[Page, str], context: BrowserContext, kept: Store
) -> None:
    feed, site = page
    open_dashboard(feed, site)
    feed.keyboard.press("/")
    feed.keyboard.type("signal:order_placed")
    feed.keyboard.press("Enter")
    found = feed.locator(f'{ROWS}[data-id="r-1"]')
    expect(found).to_be_visible()
    expect(feed.locator("#sb-earlier")).to_contain_text("all that is kept was searched, back to")
    press(context, site, "order")
    expect(feed.locator(ROWS)).to_have_count(2)
    expect(found).to_have_count(1)
    # It comes again, as one does whose transaction ends: it stands once, and where it stood.
    before = found.locator(".sb-time").get_attribute("title") or ""
    kept.append(rare("r-1", time.time_ns() // 1000))
    expect(found.locator(".sb-time")).not_to_have_attribute("title", before)
    expect(feed.locator(ROWS).first).to_have_attribute("data-id", "r-1")
    expect(feed.locator(ROWS)).to_have_count(2)
    found.locator(".sb-time").click()
    expect(feed.locator("#sb-detail")).to_contain_text("rare_receiver")
    expect(feed.locator("#sb-detail")).to_contain_text("shop.Below")
    feed.keyboard.press("Space")
    expect(feed.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    feed.reload()
    expect(feed.locator(ROWS)).to_have_count(2)
    expect(feed.locator("#sb-detail")).to_contain_text("rare_receiver")


def test_earlier_rows_are_asked_for_until_nothing_older_is_kept(page: tuple[Page, str]) -> None:
    feed, site = page
    open_dashboard(feed, site, "?view=flat")
    earlier = feed.locator('[data-action="earlier"]')
    expect(feed.locator(ROWS)).not_to_have_count(0)
    for _ in range(60):
        if not earlier.is_visible():
            break
        first = feed.locator(ROWS).first.get_attribute("data-id")
        earlier.click()
        expect(feed.locator(ROWS).first).not_to_have_attribute("data-id", first or "")
    expect(feed.locator("#sb-earlier")).to_contain_text("nothing is kept")
    expect(feed.locator(ROWS).first).to_have_attribute("data-id", "r-1")
    ids = feed.locator(ROWS).evaluate_all("(rows) => rows.map((row) => row.id)")
    assert len(ids) == len(set(ids))
