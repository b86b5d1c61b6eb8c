"""Export, import and copying, with a real browser against a real server, and a second one as the other machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import violations
from tests.browser.acts import ROWS, bring, exported, press, rows
from tests.browser.conftest import open_dashboard
from tests.browser.server import demo
from tests.tracer.recordings.conftest import HEADER, ROW

READ_CLIPBOARD = """() => Object.getOwnPropertyDescriptor(Navigator.prototype, 'clipboard')
    .get.call(navigator).readText()"""
DROP = """(text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "dropped.ndjson"));
    for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector("#sb-rows").dispatchEvent(event);
    }
}"""
HOSTILE = '<img src=x onerror="window.isHurt=1"><script>window.isHurt=1</script>\'`\u202e\u0007'


@pytest.fixture(scope="module")
def other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a site that has nothing of what the first one recorded."""
    with demo(tmp_path_factory.mktemp("other")) as address:
        yield address


def recording(*given: dict[str, object]) -> str:
    return "\n".join(map(json.dumps, ({**HEADER, "records": len(given)}, *given))) + "\n"


def open_recording(page: Page, folder: Path, *given: dict[str, object]) -> None:
    file = folder / "given.ndjson"
    file.write_text(recording(*given), encoding="utf-8")
    bring(page, file)
    expect(page.locator(".sb-recorded")).to_be_visible()


def test_what_is_filtered_is_exported_and_opens_on_another_machine(
    dashboard: Page, context: BrowserContext, site: str, other_site: str, tmp_path: Path
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed")).not_to_have_count(0)  # type: ignore[arg-type]
    dashboard.locator("#sb-draft").fill("signal:order_placed")
    expect(rows(dashboard, "post_save")).to_have_count(0)  # type: ignore[arg-type]
    file = exported(dashboard, tmp_path)
    header, *records = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert header["filter"] == "signal:order_placed"
    assert {one["signal"] for one in records if one["type"] == "dispatch"} == {
        "demo_site.shop.signals.order_placed"
    }
    there = open_dashboard(context.new_page(), other_site)
    bring(there, file)
    strip = there.locator(".sb-recorded")
    expect(strip).to_contain_text(file.name)
    expect(strip).to_contain_text(header["made_on"])
    expect(strip).to_contain_text("signal:order_placed")
    expect(rows(there, "order_placed")).not_to_have_count(0)  # type: ignore[arg-type]
    there.locator(ROWS).first.locator(".sb-time").click()
    expect(there.locator("#sb-why-called")).to_contain_text("reserve_stock")
    there.locator(".sb-recorded > a").click()
    expect(there.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    expect(rows(there, "order_placed")).to_have_count(0)  # type: ignore[arg-type]


def test_recording_stands_still_while_the_feed_goes_on(
    dashboard: Page, context: BrowserContext, site: str, tmp_path: Path
) -> None:
    live = open_dashboard(context.new_page(), site)
    open_recording(dashboard, tmp_path, ROW)
    press(context, site, "order")
    expect(rows(live, "order_placed")).not_to_have_count(0)  # type: ignore[arg-type]
    expect(dashboard.locator(ROWS)).to_have_count(1)
    for key in ("Space", "r", "c", "e", "t"):
        dashboard.keyboard.press(key)
    expect(dashboard.locator(".sb-recorded")).to_be_visible()
    expect(live.locator("#sb-record")).to_contain_text("Recording")
    expect(rows(live, "order_placed")).not_to_have_count(0)  # type: ignore[arg-type]
    dashboard.reload()
    expect(dashboard.locator(".sb-recorded")).to_be_visible()


def test_file_that_is_no_recording_is_told_in_its_place(dashboard: Page, tmp_path: Path) -> None:
    file = tmp_path / "site.har"
    file.write_text('{"log": {}}')
    bring(dashboard, file)
    said = dashboard.locator("#sb-import-said")
    expect(said).to_contain_text("Line 1: expected the header of a recording")
    expect(said).to_contain_text('got {"log": {}}')
    file.write_text(recording(ROW, {**ROW, "id": 7}))
    dashboard.locator("#sb-import-file").set_input_files(file)
    expect(said).to_contain_text("Line 3: expected a dispatch or a marker")
    expect(dashboard.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    dashboard.keyboard.press("Escape")
    expect(dashboard.locator("#sb-import")).not_to_be_visible()


def test_file_that_is_too_large_is_not_even_sent(dashboard: Page) -> None:
    dashboard.evaluate("() => { document.getElementById('sb-import-form').dataset.most = '10'; }")
    sent: list[str] = []
    dashboard.on("request", lambda request: sent.append(request.url))
    dashboard.locator("#sb-open-import").click()
    dashboard.locator("#sb-import-file").set_input_files(
        {"name": "a.ndjson", "mimeType": "text/plain", "buffer": b"x" * 100}
    )
    expect(dashboard.locator("#sb-import-said")).to_contain_text("Not opened. Expected a file of")
    assert not [url for url in sent if url.endswith("/import/")]


def test_file_is_dropped_anywhere_on_the_page(dashboard: Page) -> None:
    dashboard.evaluate(DROP, recording(ROW))
    expect(dashboard.locator(".sb-recorded-name")).to_have_text("dropped.ndjson")
    expect(dashboard.locator(ROWS)).to_have_count(1)


def test_recording_is_listed_opened_again_and_forgotten(dashboard: Page, tmp_path: Path) -> None:
    open_recording(dashboard, tmp_path, {**ROW, "signal": "a.b.listed"})
    dashboard.locator(".sb-recorded > a").click()
    dashboard.locator("#sb-open-import").click()
    listed = dashboard.locator("#sb-shelf li").filter(has_text="given.ndjson").first
    listed.locator("a").click()
    expect(dashboard.locator(".sb-recorded-name")).to_have_text("given.ndjson")
    dashboard.on("dialog", lambda dialog: dialog.accept())
    dashboard.locator(".sb-recorded button").click()
    expect(dashboard.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")


def test_hostile_recording_hurts_nothing(dashboard: Page, tmp_path: Path) -> None:
    call = {"receiver": HOSTILE, "place": HOSTILE, "error": HOSTILE, "started_ns": 0}
    row = {**ROW, **dict.fromkeys(("signal", "sender", "origin", "call_site", "thread"), HOSTILE)}
    row |= {"calls": [call] * 3, "arguments": {HOSTILE: HOSTILE}, "origin_id": "o-1", "error": "E"}
    open_recording(dashboard, tmp_path, row)
    dashboard.locator(".sb-time").last.click()
    expect(dashboard.locator("#sb-why-called")).to_be_visible()
    dashboard.locator(".sb-entry-name").first.click()
    expect(dashboard.locator("#sb-detail")).to_contain_text("Receivers that were called")
    dashboard.locator("#sb-draft").fill("sender:")
    expect(dashboard.locator("#sb-complete li").first).to_be_visible()
    assert dashboard.evaluate("() => window.isHurt") is None
    assert dashboard.locator("img, #sb-main script").count() == 0


@pytest.mark.parametrize("is_secure", [True, False])
@pytest.mark.parametrize(
    ("form", "begins", "said"),
    [
        ("markdown", "**`POST /cases/order/`**", "Copied as Markdown, "),
        ("json", '{\n  "format": "signalbox-tree"', "Copied as JSON, "),
        ("test", "# Written by Signalbox", "Copied as a pytest test, "),
    ],
)
def test_tree_is_copied_and_said(
    dashboard: Page,
    context: BrowserContext,
    site: str,
    form: str,
    begins: str,
    said: str,
    is_secure: bool,
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    if not is_secure:
        # As over plain HTTP by another name than localhost.
        dashboard.evaluate(
            "() => Object.defineProperty(navigator, 'clipboard', { value: undefined })"
        )
    press(context, site, "order")
    dashboard.bring_to_front()
    rows(dashboard, "order_placed").first.locator(".sb-time").click()  # type: ignore[attr-defined]
    dashboard.locator(f'[data-copy-as="{form}"]').click()
    expect(dashboard.locator("#sb-said")).to_contain_text(said)
    copied = dashboard.evaluate(READ_CLIPBOARD)
    assert copied.startswith(begins)
    open_id = dashboard.evaluate("() => new URLSearchParams(location.search).get('open')")
    written = dashboard.request.get(f"{site}/signals/written/?open={open_id}&as={form}").text()
    assert copied == written
    assert dashboard.locator("textarea").count() == 0
    expect(dashboard.locator(f'[data-copy-as="{form}"]')).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(dashboard: Page, tmp_path: Path, scheme: str, width: int) -> None:
    dashboard.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    dashboard.set_viewport_size({"width": width, "height": 850})
    (tmp_path / "bad").write_text("bad")
    bring(dashboard, tmp_path / "bad")
    expect(dashboard.locator("#sb-import-said")).to_contain_text("Not opened.")
    assert violations(dashboard) == []
    dashboard.keyboard.press("Escape")
    call = {"receiver": "a.b.c", "place": "a.py:1", "started_ns": 0, "duration_ns": 3}
    failed = {**call, "error": "ValueError", "raised_at": "a.py:3 c"}
    open_recording(dashboard, tmp_path, {**ROW, "call_site": "a.py:2 f", "calls": [call, failed]})
    assert violations(dashboard) == []
    dashboard.locator(".sb-time").last.click()
    expect(dashboard.locator("#sb-why-called")).to_be_visible()
    assert violations(dashboard) == []


def test_recording_that_is_gone_leads_back(context: BrowserContext, site: str) -> None:
    page = context.new_page()
    page.goto(f"{site}/signals/recordings/0123456789abcdef/")
    expect(page.locator("h1")).to_have_text("This recording is not here")
    assert violations(page) == []
    page.locator("a.sb-button").click()
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")


def test_recording_has_a_map_that_leads_back_to_its_rows(
    dashboard: Page, context: BrowserContext, site: str, tmp_path: Path
) -> None:
    open_recording(dashboard, tmp_path, {**ROW, "sender": "shop.Order"})
    dashboard.locator(".sb-recorded").get_by_text("Map").click()
    sender = dashboard.locator(".sb-node", has_text="shop.Order")
    expect(sender).to_be_visible()
    expect(dashboard.locator(".sb-recorded")).to_contain_text("given.ndjson")
    assert violations(dashboard) == []
    # What the site sends meanwhile is no part of it.
    press(context, site, "order")
    dashboard.get_by_role("link", name="Table", exact=True).click()
    expect(dashboard.locator(".sb-map-table").first).to_contain_text("shop.Order")
    expect(dashboard.locator("#sb-map")).not_to_contain_text("reserve_stock")
    dashboard.get_by_role("link", name="Picture", exact=True).click()
    sender.click()
    expect(dashboard.locator(".sb-chip")).to_contain_text("sender:shop.Order")
    expect(dashboard.locator(ROWS)).to_have_count(1)
    expect(dashboard.locator(".sb-recorded")).to_be_visible()
