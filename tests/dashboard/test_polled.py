"""What a page without a socket is told when it asks: each row once, and each as it is."""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

import tracer
from dashboard import log_lines
from dashboard.feed import CAPACITY, Feed
from dashboard.polled import ASKS, REACHED
from dashboard.viewer import PUSH_ROWS
from tests.dashboard.conftest import Clock, get_by_asgi, make_call, make_dispatch, make_marker
from tracer import control
from tracer.dispatches import Dispatch
from tracer.filters import Filter
from tracer.stores import Store

POLL = "/signals/poll/"
FAILED = {"state": "error", "error": "builtins.ValueError"}


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A clock that stands, so that nothing is drawn anew for the time alone."""
    clock = Clock()
    monkeypatch.setattr("dashboard.feed.time", clock)
    return clock


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


@dataclasses.dataclass
class PolledPage:
    """A page as the browser has it: its rows by their ids, swapped in as the page's script would."""

    client: Client
    query: dict[str, str] = dataclasses.field(default_factory=dict)
    rows: dict[str, str] = dataclasses.field(default_factory=dict)
    reached: dict[str, Any] = dataclasses.field(default_factory=dict)
    is_frozen: bool = False
    last: str = ""

    def open(self) -> PolledPage:
        text = text_of(self.client.get("/signals/", self.query))  # type: ignore[arg-type]
        assert "hx-ws:connect" not in text
        found = re.search(r'data-cursor="(\d+)" data-epoch="(\w*)"', text)
        assert found is not None
        self.reached = {"cursor": found[1], "epoch": found[2], "panels": ""}
        self.rows = _rows_of(text)
        return self

    def poll(self) -> PolledPage:
        asked = self.query | self.reached | {"frozen": "1" if self.is_frozen else ""}
        response = self.client.get(f"{POLL}?{urlencode(asked)}", headers={"HX-Request": "true"})
        self.reached = json.loads(response[REACHED])
        self.last = text_of(response)  # type: ignore[arg-type]
        for selector, swap, html in _parts_of(self.last):
            target = selector.removesuffix(":not([data-until])")
            if target == "#sb-rows" and swap.startswith("innerHTML"):
                self.rows = _rows_of(html)
            elif target == "#sb-rows" or (target.startswith("#d-") and target[3:] in self.rows):
                self.rows |= _rows_of(html)
        return self


def _rows_of(html: str) -> dict[str, str]:
    return {
        found[1]: found[0]
        for found in re.finditer(r'<tr[^>]* id="d-([\w-]+)".*?</tr>', html, re.DOTALL)
    }


def _parts_of(html: str) -> list[tuple[str, str, str]]:
    pattern = r'<hx-partial hx-target="([^"]+)" hx-swap="([^"]+)">(.*?)</hx-partial>'
    return re.findall(pattern, html, re.DOTALL)


def test_polls_give_each_row_once(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-0")])
    page = PolledPage(client).open()
    assert list(page.rows) == ["a-0"]
    came: list[str] = []
    for number in range(1, 6):
        store.append([make_dispatch(id=f"a-{number}"), make_dispatch(id=f"b-{number}")])
        came += _rows_of(page.poll().last)
        assert page.reached["added"] == 2
        page.poll()
        assert (_rows_of(page.last), page.reached["added"]) == ({}, 0)
    assert came == [f"{letter}-{number}" for number in range(1, 6) for letter in "ab"]


def test_nothing_new_is_an_empty_answer(client: Client, store: Store) -> None:
    page = PolledPage(client).open().poll()
    assert 'hx-target="#sb-registry"' in page.last
    assert page.poll().last == ""


def test_only_what_changed_around_the_rows_is_sent_again(
    client: Client, store: Store, clock: Clock
) -> None:
    page = PolledPage(client).open().poll()
    control.set_recording(on=False)
    clock.now += 2
    page.poll()
    targets = {target for target, _, _ in _parts_of(page.last)}
    assert {"#sb-recording", "#sb-notices"} <= targets
    assert "#sb-registry" not in targets


def test_row_that_runs_is_drawn_as_it_ended(client: Client, store: Store) -> None:
    page = PolledPage(client).open()
    store.append([make_dispatch(id="a-1", state="running", duration_ns=None)])
    assert "still running" in page.poll().rows["a-1"]
    store.append([make_dispatch(id="a-1")])
    assert "still running" not in page.poll().rows["a-1"]


def test_row_that_matches_only_as_it_ends_comes_then(client: Client, store: Store) -> None:
    page = PolledPage(client, {"filter": "is:error"}).open()
    store.append([make_dispatch(id="a-1", state="running", duration_ns=None)])
    assert page.poll().rows == {}
    store.append([make_dispatch(id="a-1", **FAILED)])
    assert list(page.poll().rows) == ["a-1"]


def test_row_that_matches_no_more_is_drawn_as_it_is(client: Client, store: Store) -> None:
    page = PolledPage(client, {"filter": "is:running"}).open()
    store.append([make_dispatch(id="a-1", state="running", duration_ns=None)])
    assert "still running" in page.poll().rows["a-1"]
    store.append([make_dispatch(id="a-1")])
    assert "still running" not in page.poll().rows["a-1"]


@pytest.mark.parametrize("text", ["", "is:error", "sender:a.M1"])
def test_page_that_polls_now_and_then_has_the_rows_of_one_that_is_loaded(
    client: Client, store: Store, text: str
) -> None:
    chance = random.Random(7)
    page = PolledPage(client, {"filter": text}).open()
    running: list[str] = []
    everything: dict[str, Dispatch] = {}
    for number in range(150):
        if running and chance.random() < 0.3:
            came = make_dispatch(id=running.pop(0), sender="a.M1", **chance.choice([{}, FAILED]))
        else:
            is_running = chance.random() < 0.4
            came = make_dispatch(
                id=f"a-{number}",
                sender=f"a.M{chance.randrange(2)}",
                **({"state": "running", "duration_ns": None} if is_running else {}),
            )
            running += [came.id] if is_running else []
        store.append([came])
        everything[came.id] = came
        if chance.random() < 0.2:
            page.poll()
    page.poll()
    filter_ = Filter.parse(text)
    matching = [name for name, came in everything.items() if filter_.matches(came)]
    assert sorted(page.rows) == sorted(matching)
    for name, row in page.rows.items():
        assert ("still running" in row) == (everything[name].state == "running")


def test_equal_neighbours_stand_each_by_itself(client: Client, store: Store) -> None:
    # Each comes again as its transaction ends, and would be another row beside the one that stands for it.
    store.append([make_dispatch(id=f"a-{n}", transaction="open") for n in range(3)])
    page = PolledPage(client).open()
    store.append([make_dispatch(id=f"a-{n}", transaction="committed") for n in range(3)])
    assert list(page.poll().rows) == ["a-0", "a-1", "a-2"]
    assert "×" not in "".join(page.rows.values())


def test_request_that_goes_on_has_one_header_whose_figures_follow(
    client: Client, store: Store
) -> None:
    given = {"origin": "GET /", "origin_id": "o-1"}
    store.append([make_dispatch(id="a-1", **given)])
    page = PolledPage(client).open()
    store.append([make_dispatch(id="a-2", **given, calls=(make_call(),))])
    page.poll()
    assert [(target, swap) for target, swap, _ in _parts_of(page.last) if "o-" in target] == [
        ("#o-a-1", "outerMorph")
    ]
    assert "2 dispatches" in page.last


def test_frozen_page_gets_a_count_and_stays_where_it_is(client: Client, store: Store) -> None:
    page = PolledPage(client, {"filter": "sender:a.A"}).open()
    page.is_frozen, before = True, page.reached["cursor"]
    for count in (1, 2):
        store.append([make_dispatch(sender="a.A"), make_dispatch(sender="b.B"), make_marker()])
        page.poll()
        assert f"{count} new" in page.last
        assert str(page.reached["cursor"]) == before
    page.is_frozen = False
    assert len([row for row in page.poll().rows.values() if "a.A" in row]) == 2


def test_store_that_was_cleared_begins_the_rows_anew(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1")])
    page = PolledPage(client).open().poll()
    control.clear()
    store.append([make_dispatch(id="b-1")])
    page.poll()
    assert "a-1" not in page.rows
    assert "b-1" in page.rows


def test_burst_is_the_last_hundred_and_one_row_for_the_rest(client: Client, store: Store) -> None:
    page = PolledPage(client).open()
    store.append([make_dispatch(id=f"a-{number}") for number in range(PUSH_ROWS + 50)])
    page.poll()
    assert list(page.rows) == [f"a-{number}" for number in range(50, PUSH_ROWS + 50)]
    assert "50 more dispatches" in page.last


def test_page_that_slept_is_told_how_much_is_lost(client: Client, store: Store, feed: Feed) -> None:
    page = PolledPage(client).open()
    for _ in range(2):
        store.append([make_dispatch() for _ in range(CAPACITY)])
        feed.catch_up()
    assert "are not shown" in page.poll().last
    assert "are not shown" not in page.poll().last


def test_polling_leaves_no_dispatch(client: Client) -> None:
    with tracer.capture() as dispatches:
        PolledPage(client).open().poll()
        PolledPage(client, {"page": "map"}).poll()
    assert dispatches == []


def test_question_in_other_words_is_answered(client: Client) -> None:
    for query in ("", "cursor=-1&epoch=&panels=...-", "filter=took:soon", "cursor=9e9&frozen=yes"):
        assert client.get(f"{POLL}?{query}").status_code == 200


def test_map_is_polled_for_what_changed_in_it(client: Client, store: Store) -> None:
    store.append([make_dispatch(calls=(make_call(),))])
    text = text_of(client.get("/signals/map/"))  # type: ignore[arg-type]
    assert 'hx-get="/signals/poll/?page=map"' in text
    found = re.search(r'data-cursor="(\d+)" data-epoch="(\w*)"', text)
    assert found is not None
    page = PolledPage(client, {"page": "map"}, reached={"cursor": found[1], "epoch": found[2]})
    parts = {target: html for target, _, html in _parts_of(page.poll().last)}
    assert "&quot;data-words&quot;" in parts["#sb-map-changes"]
    assert "#sb-map-picture" not in parts
    store.append([make_dispatch(signal="app.signals.other", calls=(make_call(),))])
    assert 'hx-target="#sb-map-picture"' in page.poll().last


def test_page_over_asgi_has_a_socket_until_it_says_that_none_opens(feed: Feed) -> None:
    for path in ("/signals/", "/signals/map/"):
        socket, polled = get_by_asgi(path), get_by_asgi(path, **{ASKS: "1"})
        assert ("hx-ws:connect" in text_of(socket), 'id="sb-poll"' in text_of(socket)) == (
            True,
            False,
        )
        assert ("hx-ws:connect" in text_of(polled), 'id="sb-poll"' in text_of(polled)) == (
            False,
            True,
        )


def line(logger: str, text: str, *args: object) -> bool:
    """Return whether a line of the development server is printed."""
    record = logging.LogRecord(logger, logging.INFO, "", 0, text, args, None)
    return bool(logging.getLogger(logger).filter(record))


def test_polls_are_no_lines_of_the_server(client: Client) -> None:
    log_lines.leave_out_polls()
    client.get("/signals/")
    asked = f"GET {POLL}?cursor=1 HTTP/1.1"
    assert not line("django.server", '"%s" %s %s', asked, "200", "0")
    assert not line("django.channels.server", "HTTP GET /signals/poll/?cursor=1 200 [0.01, x]")
    assert line("django.server", '"%s" %s %s', asked, "500", "0")
    assert line("django.server", '"%s" %s %s', "GET /shop/poll/?a=1 HTTP/1.1", "200", "0")
    assert line("django.server", "Broken pipe from %s", ("127.0.0.1", 1))
