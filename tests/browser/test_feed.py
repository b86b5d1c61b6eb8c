"""The feed in a real browser: rows as they come, frozen, filtered, opened."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.acts import ROWS, press, rows, sign_up
from tests.browser.conftest import open_dashboard


def test_signing_up_shows_the_chain_in_order_within_a_second(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    dashboard.evaluate("() => { window.neverReloaded = true; }")
    sign_up(context, site)
    dashboard.wait_for_function(
        """() => document.querySelector('#sb-rows [data-value="profiles.Profile"]')""", timeout=1000
    )
    chain = dashboard.evaluate(
        """() => [...document.querySelectorAll('#sb-rows .sb-row')].map((row) => ({
            signal: row.querySelector('[data-field=signal]').textContent,
            sender: row.querySelector('[data-field=sender]')?.dataset.value,
            depth: Number(row.querySelector('.sb-signal').className.match(/depth-(\\d+)/)[1]),
            receivers: row.querySelector('.sb-receivers').textContent,
            took: row.querySelector('.sb-took').textContent,
        }))"""
    )
    saves = [row for row in chain if row["signal"] in ("pre_save", "post_save")]
    users = [row for row in saves if row["sender"] == "auth.User"]
    assert [row["signal"] for row in users][:2] == ["pre_save", "post_save"]
    assert "create_user_profile" in users[1]["receivers"]
    assert "save_user_profile" in users[1]["receivers"]
    assert re.fullmatch(r"[\d.,]+ (µs|ms|s)", users[1]["took"].strip())
    profile = next(
        row for row in saves if row["sender"] == "profiles.Profile" and row["signal"] == "post_save"
    )
    assert profile["depth"] == users[1]["depth"] + 1
    assert chain.index(profile) > chain.index(users[1])
    assert dashboard.evaluate("() => window.neverReloaded")


def test_nothing_comes_from_the_page_itself_nor_from_a_page_left_alone(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    demo = context.new_page()
    demo.goto(f"{site}/")
    demo.wait_for_load_state("networkidle")
    another = open_dashboard(context.new_page(), site)
    another.goto(f"{site}/signals/help/")
    another.goto(f"{site}/signals/?filter=is:error")
    another.close()
    # Whatever these pages had dispatched would have come before this.
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    origins = {
        origin
        for origin in dashboard.locator("#sb-rows .sb-origin b").all_text_contents()
        if not origin.startswith("GET /static/demo_site/")
    }
    assert origins == {"GET /", "GET /cases/", "POST /cases/order/"}


def test_freeze_holds_the_rows_and_counts_what_is_new(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    sign_up(context, site)
    expect(rows(dashboard, "post_save", "auth.User").first).to_be_visible()
    dashboard.keyboard.press("Space")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    assert "freeze=" in dashboard.url
    before = dashboard.locator(ROWS).count()
    press(context, site, "order")
    expect(dashboard.locator("#sb-new")).to_contain_text("new")
    assert dashboard.locator(ROWS).count() == before
    dashboard.reload()
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    expect(dashboard.locator("#sb-new")).to_contain_text("new")
    expect(rows(dashboard, "order_placed")).to_have_count(0)
    dashboard.locator("#sb-pill").click()
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    assert "freeze=" not in dashboard.url


def test_rows_let_go_stay_so_although_a_push_comes_before_their_answer(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    dashboard.keyboard.press("Space")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    # Held in the page itself: the browser's own interception misses a request now and then just after it is set up.
    dashboard.evaluate(
        """() => {
            const { fetch } = window;
            window.fetch = (...asked) =>
                new Promise((answer) => { window.letGo = () => answer(fetch(...asked)); });
        }"""
    )
    dashboard.keyboard.press("Space")
    press(context, site, "order")
    expect(dashboard.locator("#sb-new")).to_contain_text("new")
    dashboard.evaluate("() => window.letGo()")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    assert "freeze=" not in dashboard.evaluate("location.href")


def test_scrolling_up_freezes_and_nothing_moves(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order", times=8)
    expect(rows(dashboard, "order_placed").nth(7)).to_be_attached()
    dashboard.locator("#sb-scroll").hover()
    dashboard.mouse.wheel(0, -400)
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "true")
    where = dashboard.evaluate("() => document.getElementById('sb-scroll').scrollTop")
    press(context, site, "order", times=2)
    expect(dashboard.locator("#sb-new")).to_contain_text("new")
    assert dashboard.evaluate("() => document.getElementById('sb-scroll').scrollTop") == where
    dashboard.keyboard.press("End")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")


def test_filter_narrows_the_feed_lives_in_the_url_and_goes_back_and_forward(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("signal:order_placed")
    dashboard.keyboard.press("Enter")
    expect(rows(dashboard, "request_started")).to_have_count(0)
    expect(rows(dashboard, "order_placed")).to_have_count(1)
    expect(dashboard).to_have_url(re.compile(r"filter=signal(:|%3A)order_placed"))
    press(context, site, "order")
    expect(rows(dashboard, "order_placed")).to_have_count(2)
    expect(rows(dashboard, "request_started")).to_have_count(0)
    dashboard.go_back()
    expect(rows(dashboard, "request_started").first).to_be_visible()
    dashboard.go_forward()
    expect(rows(dashboard, "request_started")).to_have_count(0)
    expect(rows(dashboard, "order_placed")).to_have_count(2)
    dashboard.reload()
    expect(rows(dashboard, "order_placed")).to_have_count(2)
    press(context, site, "order")
    expect(rows(dashboard, "order_placed")).to_have_count(3)


def test_going_back_and_forward_changes_the_rows_although_a_push_comes_just_then(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "request_started").first).to_be_visible()
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("signal:order_placed")
    dashboard.keyboard.press("Enter")
    expect(rows(dashboard, "request_started")).to_have_count(0)
    # The address has changed, htmx has yet to ask for its rows, and those of a push are swapped in.
    dashboard.evaluate(
        """() => addEventListener("popstate", () =>
            document.dispatchEvent(new CustomEvent("htmx:after:swap")))"""
    )
    dashboard.go_back()
    expect(rows(dashboard, "request_started").first).to_be_visible()
    dashboard.go_forward()
    expect(rows(dashboard, "request_started")).to_have_count(0)


def test_click_on_a_value_adds_it_and_alt_click_excludes_it(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    dashboard.keyboard.press("Space")
    rows(dashboard, "order_placed").first.locator("[data-field=signal]").click()
    expect(dashboard.locator(".sb-chip")).to_contain_text(["order_placed"])
    expect(rows(dashboard, "request_started")).to_have_count(0)
    dashboard.locator(".sb-chip-x").click()
    expect(dashboard.locator(".sb-chip")).to_have_count(0)
    expect(rows(dashboard, "request_started").first).to_be_visible()
    rows(dashboard, "request_started").first.locator("[data-field=signal]").click(modifiers=["Alt"])
    expect(rows(dashboard, "request_started")).to_have_count(0)
    expect(dashboard.locator(".sb-chip.sb-not")).to_have_count(1)


def test_filter_that_does_not_parse_says_where_and_keeps_the_rows(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("sginal:order_placed")
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator("#sb-filter-error")).to_contain_text("signal")
    expect(rows(dashboard, "order_placed").first).to_be_visible()


def test_completion_offers_fields_and_seen_values(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("send")
    expect(dashboard.locator("#sb-complete .sb-option").first).to_contain_text("sender:")
    dashboard.keyboard.press("ArrowDown")
    dashboard.keyboard.press("Enter")
    dashboard.keyboard.type("shop.Or")
    # Of what was typed before, the first is another.
    first = dashboard.locator("#sb-complete .sb-option").first
    expect(first).to_contain_text("shop.Order")
    expect(first).to_be_visible()
    dashboard.keyboard.press("ArrowDown")
    dashboard.keyboard.press("Enter")
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator(".sb-chip")).to_contain_text(["sender:Order"])


def test_chosen_completion_stays_chosen_when_the_list_comes_anew(dashboard: Page) -> None:
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("send")
    options = dashboard.locator("#sb-complete .sb-option")
    expect(options.first).to_contain_text("sender:")
    dashboard.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    options.first.evaluate("option => option.classList.add('old')")
    dashboard.locator("#sb-draft").dispatch_event("focus")
    expect(dashboard.locator("#sb-complete .old")).to_have_count(0)
    expect(options.first).to_have_attribute("aria-selected", "true")
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator("#sb-draft")).to_have_value("sender:")


def test_completion_that_is_chosen_at_the_moment_it_comes_is_the_one_that_is_seen(
    dashboard: Page,
) -> None:
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("rec")
    options = dashboard.locator("#sb-complete .sb-option")
    expect(options.first).to_contain_text("receiver:")
    dashboard.evaluate(
        """() => document.addEventListener("htmx:before:settle", ({ target }) => {
            if (target.id !== "sb-complete" || !target.textContent.includes("sender:")) return;
            const down = { key: "ArrowDown", bubbles: true, cancelable: true };
            document.getElementById("sb-draft").dispatchEvent(new KeyboardEvent("keydown", down));
        })"""
    )
    dashboard.locator("#sb-draft").fill("sende")
    expect(options.first).to_have_attribute("aria-selected", "true")
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator("#sb-draft")).to_have_value("sender:")


def test_completion_takes_the_place_of_what_was_typed_since_the_list_came(dashboard: Page) -> None:
    dashboard.keyboard.press("/")
    dashboard.keyboard.type("se")
    first = dashboard.locator("#sb-complete .sb-option").first
    expect(first).to_contain_text("sender:")
    expect(first).to_have_attribute("data-end", "2")
    dashboard.route(re.compile("complete/.*filter=sen"), lambda route: None)
    dashboard.keyboard.type("nd")
    dashboard.keyboard.press("ArrowDown")
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator("#sb-draft")).to_have_value("sender:")


def test_completions_of_an_earlier_text_that_come_late_are_dropped(dashboard: Page) -> None:
    dashboard.evaluate(
        """() => {
            const { fetch } = window;
            const told = document.body.dataset;
            const letGo = (window.letGo = []);
            told.held = told.ended = 0;
            document.addEventListener("htmx:finally:request", (event) => {
                if (event.detail.ctx.sourceElement.id === "sb-complete") told.ended++;
            });
            window.fetch = (url, options) => {
                if (!/complete.*filter=(&|$)/.test(url)) return fetch(url, options);
                return new Promise((answer, fail) => {
                    options.signal.addEventListener("abort", () => fail(options.signal.reason));
                    told.held = letGo.push(() => answer(fetch(url, options)));
                });
            };
        }"""
    )
    page = dashboard.locator("body")
    dashboard.keyboard.press("/")
    expect(page).to_have_attribute("data-held", "1")
    # One that takes the place of another is not ended by the next: htmx 4 loses sight of it.
    dashboard.locator("#sb-draft").dispatch_event("focus")
    expect(page).to_have_attribute("data-held", "2")
    expect(page).to_have_attribute("data-ended", "1")
    dashboard.keyboard.type("send")
    first = dashboard.locator("#sb-complete .sb-option").first
    expect(first).to_contain_text("sender:")
    dashboard.evaluate("() => window.letGo[1]()")
    expect(page).to_have_attribute("data-ended", "3")
    expect(first).to_contain_text("sender:")
    dashboard.keyboard.press("ArrowDown")
    dashboard.keyboard.press("Enter")
    expect(dashboard.locator("#sb-draft")).to_have_value("sender:")


def test_row_opens_into_its_detail_by_click_and_by_keys(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "failing")
    row = rows(dashboard, "order_placed").first
    row.locator(".sb-time").click()
    detail = dashboard.locator("#sb-detail")
    expect(detail).to_contain_text("charge_card")
    expect(detail).to_contain_text("CardDeclined")
    expect(detail).to_contain_text("never reached")
    expect(row).to_have_attribute("aria-selected", "true")
    assert "open=" in dashboard.url
    dashboard.reload()
    expect(detail).to_contain_text("CardDeclined")
    dashboard.keyboard.press("Escape")
    expect(detail).to_be_empty()
    dashboard.keyboard.press("k")
    dashboard.keyboard.press("k")
    dashboard.keyboard.press("j")
    dashboard.keyboard.press("Enter")
    expect(detail).to_contain_text("Arguments")


def test_tree_and_flat_and_errors_by_key(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "failing")
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    expect(dashboard.locator("#sb-rows .sb-origin").first).to_be_visible()
    dashboard.keyboard.press("t")
    expect(dashboard.locator("#sb-rows .sb-origin")).to_have_count(0)
    expect(dashboard).to_have_url(re.compile("view=flat"))
    dashboard.keyboard.press("t")
    expect(dashboard.locator("#sb-rows .sb-origin").first).to_be_visible()
    dashboard.keyboard.press("e")
    expect(rows(dashboard, "request_started")).to_have_count(0)
    expect(rows(dashboard, "order_placed").first).to_be_visible()
    dashboard.keyboard.press("?")
    expect(dashboard).to_have_url(re.compile("/signals/help/$"))
    expect(dashboard.locator("main")).to_contain_text("took:>50ms")


def test_keys_do_nothing_while_typing(dashboard: Page) -> None:
    dashboard.locator("#sb-find").click()
    dashboard.keyboard.type("c t r e j")
    expect(dashboard.locator("#sb-freeze")).to_have_attribute("aria-pressed", "false")
    assert "filter=" not in dashboard.url
    assert "view=" not in dashboard.url


def test_equal_neighbours_are_one_row_that_unfolds(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "twelve")
    many = dashboard.locator(f"{ROWS} .sb-tag-times", has_text="×12")
    expect(many.first).to_be_visible()
    before = dashboard.locator(ROWS).count()
    many.first.click()
    expect(many).to_have_count(0)
    assert dashboard.locator(ROWS).count() == before + 11


def test_stop_recording_for_all_with_a_marker_that_counts(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    other = open_dashboard(context.new_page(), site)
    dashboard.bring_to_front()
    dashboard.keyboard.press("r")
    expect(dashboard.locator("#sb-record")).to_contain_text("Stopped")
    expect(other.locator("#sb-record")).to_contain_text("Stopped")
    expect(other.locator(".sb-marker-stopped")).to_be_visible()
    press(context, site, "order")
    dashboard.keyboard.press("r")
    expect(dashboard.locator("#sb-record")).to_contain_text("Recording")
    expect(dashboard.locator(".sb-marker-stopped")).to_contain_text(
        re.compile(r"[1-9]\d* .*not recorded")
    )
    expect(rows(dashboard, "order_placed")).to_have_count(0)
    press(context, site, "order")
    expect(rows(dashboard, "order_placed").first).to_be_visible()


def test_clear_forgets_for_every_viewer(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    press(context, site, "order")
    other = open_dashboard(context.new_page(), site)
    expect(rows(other, "order_placed").first).to_be_visible()
    dashboard.bring_to_front()
    dashboard.keyboard.press("c")
    expect(dashboard.locator(ROWS)).to_have_count(0)
    expect(other.locator(ROWS)).to_have_count(0)
    press(context, site, "order")
    expect(rows(dashboard, "order_placed")).to_have_count(1)
    expect(rows(other, "order_placed")).to_have_count(1)


def test_registry_counts_finds_filters_and_mutes(
    dashboard: Page, context: BrowserContext, site: str
) -> None:
    entry = dashboard.locator('.sb-signal-entry[data-find="demo_site.shop.signals.order_placed"]')
    press(context, site, "order")
    expect(entry.locator(".sb-entry-count").first).to_have_text("1")
    expect(entry).to_contain_text("charge_card")
    dashboard.locator("#sb-find").fill("charge_card")
    expect(entry).to_be_visible()
    expect(dashboard.locator('.sb-signal-entry[data-find$=".pre_save"]')).to_be_hidden()
    dashboard.locator("#sb-find").fill("")
    entry.locator(".sb-entry").first.hover()
    entry.locator(".sb-mute-button").click()
    expect(entry).to_contain_text("muted")
    press(context, site, "order")
    expect(rows(dashboard, "post_save", "shop.Order").nth(1)).to_be_attached()
    expect(rows(dashboard, "order_placed")).to_have_count(1)
    entry.locator(".sb-entry").first.hover()
    entry.locator(".sb-mute-button").click()
    press(context, site, "order")
    expect(rows(dashboard, "order_placed")).to_have_count(2)


def test_markup_in_a_filter_is_shown_not_run(dashboard: Page, site: str) -> None:
    open_dashboard(dashboard, site, "?filter=%22%3Cimg%20src=x%20onerror=alert(1)%3E%22")
    expect(dashboard.locator(".sb-chip")).to_contain_text(["<img src=x onerror=alert(1)>"])
    assert dashboard.locator("main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_and_can_be_chosen(
    dashboard: Page, site: str, scheme: str
) -> None:
    dashboard.emulate_media(color_scheme=scheme)
    background = "() => getComputedStyle(document.body).backgroundColor"
    by_system = dashboard.evaluate(background)
    dashboard.evaluate(
        f"() => localStorage.setItem('signalbox.theme', '{'dark' if scheme == 'light' else 'light'}')"
    )
    dashboard.reload()
    assert dashboard.evaluate(background) != by_system
