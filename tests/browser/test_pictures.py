"""The pictures of the demo's planted cases, read as text and attributes, in a real browser."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import open_row, press, rows
from tests.browser.server import post

UPDATE_BESTSELLERS = (
    "receiver:demo_site.shop.signals.order_placed demo_site.shop.receivers.update_bestsellers"
)


def begin(context: BrowserContext, site: str, slug: str) -> None:
    """Press the button of a case, and do not wait until it is over."""
    page = context.new_page()
    page.goto(f"{site}/cases/")
    # The event alone: a click waits until the answer is there.
    page.locator(f"#{slug} form button").dispatch_event("click")


def line(detail: Locator, name: str) -> Locator:
    """Return the lines of a signal or receiver in the waterfall."""
    return detail.locator(".sb-tree-line").filter(
        has=detail.page.locator(
            ".sb-tree-call, .sb-tree-open", has_text=re.compile(rf"^{re.escape(name)}\b")
        )
    )


def span(of: Locator) -> tuple[int, int]:
    """Return where a line's bar begins and ends."""
    rect = of.locator(".sb-lane rect")
    x, width = int(rect.get_attribute("x") or ""), int(rect.get_attribute("width") or "")
    return x, x + width


def test_nested_chain_stands_inside_what_made_it(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "nested")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    names = ["order_placed", "issue_invoice", "post_save", "announce_invoice", "invoice_issued"]
    spans = [span(line(detail, name).first) for name in names]
    for (outer_begin, outer_end), (begin, end) in itertools.pairwise(spans):
        assert outer_begin <= begin
        assert end <= outer_end
    expect(detail.locator(".sb-axis text").first).to_have_text(re.compile(r"\d (µs|ms|s)$"))


def test_receiver_that_raised_and_those_it_kept_from_running(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "failing")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    expect(line(detail, "charge_card")).to_have_class(re.compile("sb-took-error"))
    for name in ("thank_customer", "send_receipt"):
        never = line(detail, name)
        expect(never.locator("rect.sb-bar-hollow")).to_have_count(1)
        expect(never.locator(".sb-tree-took")).to_have_text("never reached")
        # As far to the right as its bar has room.
        assert span(never)[1] >= span(line(detail, "charge_card"))[0]


def test_n_plus_one_is_marked_and_counted_in_row_waterfall_and_facts(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "queries")
    row = rows(dashboard, "order_placed").first
    expect(row.locator(".sb-tag", has_text="N+1")).to_be_visible()
    detail = open_row(dashboard, row)
    expect(line(detail, "update_bestsellers").locator(".sb-bar-queries")).to_have_count(1)
    expect(line(detail, "update_bestsellers").locator(".sb-tree-took")).to_contain_text(
        re.compile(r"\d+ queries")
    )
    statements = detail.locator(".sb-call", has_text="update_bestsellers").locator(".sb-statements")
    expect(statements.locator("summary")).to_contain_text("N+1")
    statements.locator("summary").click()
    repeated = statements.locator("li", has_text="×")
    expect(repeated).to_contain_text('WHERE "shop_orderline"."product_id" = ?')
    expect(repeated.locator("b")).to_have_text(re.compile(r"×\d+"))
    assert violations(dashboard) == []


def test_async_receivers_run_side_by_side(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "fan-out")
    detail = open_row(dashboard, rows(dashboard, "lamps_out"))
    spans = [span(line(detail, name)) for name in ("warn_driver", "warn_guard", "warn_next_box")]
    assert max(begin for begin, _ in spans) < min(end for _, end in spans)


def test_mark_of_an_open_transaction_turns_as_it_is_rolled_back(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    begin(context, site, "rollback")
    row = rows(dashboard, "post_save", "shop.Order").first
    expect(row.locator(".sb-tag", has_text="tx open")).to_be_visible()
    name = row.get_attribute("id")
    assert name
    row = dashboard.locator(f"#{name}")
    expect(row.locator(".sb-tag", has_text="tx open")).to_have_count(0)
    expect(row.locator(".sb-tag", has_text="rollback")).to_have_attribute(
        "title", "In a transaction that was rolled back."
    )
    detail = open_row(dashboard, row)
    expect(detail.locator(".sb-where")).to_contain_text("In a transaction that was rolled back.")


def open_hanging(dashboard: Page, context: BrowserContext, site: str) -> Locator:
    """Have a receiver hang, see it in its row while it does, and open that."""
    begin(context, site, "hanging")
    row = rows(dashboard, "track_asked_for").first
    expect(row).to_have_class(re.compile("sb-took-running"))
    expect(row.locator(".sb-receivers")).to_contain_text("wait_for_clearance")
    expect(row.locator("[data-since]")).to_have_text(re.compile(r"\d"))
    return open_row(dashboard, row)


def test_hang_is_seen_while_it_hangs(dashboard: Page, context: BrowserContext, site: str) -> None:
    # It hangs for three seconds, in which a busy machine may not have come to open it.
    for _ in range(5):
        detail = open_hanging(dashboard, context, site)
        took = line(detail, "wait_for_clearance").locator(".sb-tree-took").text_content()
        if took == "running":
            break
        expect(rows(dashboard, "track_asked_for").first.locator(".sb-took")).to_contain_text("3.0")
        dashboard.keyboard.press("Escape")
        post(f"{site}/signals/clear/")
        expect(rows(dashboard, "track_asked_for")).to_have_count(0)
    assert took == "running"
    assert span(line(detail, "wait_for_clearance"))[1] == 1_000
    name = rows(dashboard, "track_asked_for").first.get_attribute("id")
    ended = dashboard.locator(f"#{name}")
    expect(ended).not_to_have_class(re.compile("sb-took-running"))
    expect(ended.locator(".sb-took")).to_contain_text("3.0 s")
    expect(rows(dashboard, "track_asked_for")).to_have_count(1)


def test_figures_kin_zoom_and_the_whole_request(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "nested")
    detail = open_row(dashboard, rows(dashboard, "order_placed"))
    whole = detail.locator(".sb-tree-line").count()
    line(detail, "announce_invoice").hover()
    card = dashboard.locator(".sb-hover-card")
    expect(card).to_contain_text("demo_site.shop.receivers.announce_invoice")
    expect(card).to_contain_text("began at +")
    saved = line(detail, "post_save").first
    dashboard.keyboard.down("Shift")
    saved.locator(".sb-lane").hover()
    expect(line(detail, "order_placed").first).to_have_class(re.compile("sb-is-ancestor"))
    expect(line(detail, "invoice_issued")).to_have_class(re.compile("sb-is-descendant"))
    expect(rows(dashboard, "order_placed").first).to_have_class(re.compile("sb-is-ancestor"))
    expect(rows(dashboard, "invoice_issued").first).to_have_class(re.compile("sb-is-descendant"))
    dashboard.keyboard.up("Shift")
    expect(dashboard.locator(".sb-is-ancestor")).to_have_count(0)
    saved.hover()
    saved.locator(".sb-zoom").click()
    expect(detail.locator(".sb-tree-line")).not_to_have_count(whole)
    assert span(line(detail, "post_save").first) == (0, 1_000)
    detail.get_by_text("Back to the whole tree").click()
    expect(detail.locator(".sb-tree-line")).to_have_count(whole)
    detail.locator(".sb-where").get_by_role("button", name="waterfall").click()
    expect(detail.locator("h2")).to_contain_text("POST /cases/nested/")
    expect(line(detail, "request_started")).to_have_count(1)
    expect(line(detail, "order_placed")).to_have_count(1)
    assert span(line(detail, "request_started"))[0] < span(line(detail, "order_placed"))[0]
    assert violations(dashboard) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_durations_of_a_receiver(
    dashboard: Page, context: BrowserContext, site: str, scheme: str
) -> None:
    dashboard.emulate_media(color_scheme=scheme)
    press(context, site, "order", times=3)
    expect(rows(dashboard, "order_placed")).not_to_have_count(0)
    dashboard.goto(f"{site}/signals/?open={UPDATE_BESTSELLERS}")
    detail = dashboard.locator("#sb-detail")
    picture = detail.locator(".sb-histogram")
    expect(picture).to_have_attribute("aria-label", re.compile("Durations of 3 calls:"))
    counts = [int(rect.get_attribute("data-count") or "") for rect in picture.locator("rect").all()]
    assert sum(counts) == 3
    expect(detail.locator(".sb-figures dt", has_text="p95")).to_be_visible()
    repeated = detail.locator(".sb-statement-list li", has_text="N+1")
    expect(repeated).to_contain_text('WHERE "shop_orderline"."product_id" = ?')
    assert violations(dashboard) == []
    detail.locator("h3", has_text="Slowest").locator("+ ol button").first.click()
    expect(line(detail, "update_bestsellers")).to_have_count(1)
