"""The page without JavaScript: a table, a filter and links, and nothing that needs a script."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

import tracer
from dashboard import shown
from dashboard.feed import Feed
from dashboard.listed import PAGE
from tests.dashboard.conftest import make_call, make_dispatch, make_marker
from tests.dashboard.test_recorded import keep
from tests.redis_server import RedisServer
from tracer import stores
from tracer.stores import Store

PLAIN = "/signals/plain/"


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path
    shown._opened.clear()


def get(client: Client, address: str = PLAIN, **query: object) -> str:
    response: HttpResponse = client.get(f"{address}?{urlencode(query)}" if query else address)  # type: ignore[assignment]
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()
    return response.content.decode()


def senders_in(text: str) -> list[str]:
    return re.findall(r'<td class="sb-sender".*?title="([^"]+)"', text)


def link(text: str, words: str) -> str | None:
    """Return the address of the link that says so; None where there is none."""
    found = re.search(rf'<a[^>]* href="([^"]+)"[^>]*>{re.escape(words)}</a>', text)
    return None if found is None else unescape(found[1])


def fill(store: Store, number: int) -> list[str]:
    senders = [f"a.M{n}" for n in range(number)]
    store.append([make_dispatch(id=f"a-{n}", sender=sender) for n, sender in enumerate(senders)])
    return senders[::-1]


def there_and_back(client: Client, begin: str, wanted: list[str]) -> None:
    """Follow the links to the oldest page and back to the newest one; every row is seen once each way."""
    seen, address = [], begin
    while True:
        text = get(client, address)
        seen += senders_in(text)
        following = link(text, "Older →")
        if following is None:
            break
        address = following
    assert seen == wanted
    back: list[str] = senders_in(text)
    while (address_ := link(text, "← Newer")) is not None:
        text = get(client, address_)
        back = [*(one for one in senders_in(text) if one not in back), *back]
    assert back == wanted


@pytest.mark.parametrize("number", [0, 1, PAGE, PAGE + 1, 3 * PAGE - 30])
def test_pages_go_back_to_the_oldest_and_return(client: Client, store: Store, number: int) -> None:
    there_and_back(client, PLAIN, fill(store, number))


def test_pages_of_a_redis_do_so_too(
    client: Client, feed: Feed, redis_server: RedisServer, settings: Any
) -> None:
    settings.SIGNALBOX = {"STORE": redis_server.url}
    there_and_back(client, PLAIN, fill(stores.shared(), 2 * PAGE + 7))


def test_filter_is_a_form_and_its_pages_keep_it(client: Client, store: Store) -> None:
    store.append(
        [make_dispatch(sender=f"a.M{n}", signal=f"app.s{n % 2}") for n in range(2 * PAGE + 10)]
    )
    text = get(client, filter="signal:app.s1")
    assert '<form class="sb-plain-filter" method="get" action="/signals/plain/"' in text
    assert 'name="filter" type="search" value="signal:app.s1"' in text
    there_and_back(
        client,
        f"{PLAIN}?filter=signal:app.s1",
        [f"a.M{n}" for n in range(2 * PAGE + 9, 0, -2)],
    )
    assert "No dispatch matches the filter." in get(client, filter="sender:none.Such")
    assert link(get(client, filter="x"), "Show all") == PLAIN


def test_filter_that_does_not_parse_is_marked(client: Client, store: Store) -> None:
    fill(store, 3)
    text = get(client, filter="took:soon")
    assert 'role="alert"' in text
    assert senders_in(text) == []


def test_row_opens_by_a_link_and_what_is_open_is_left_by_one(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1", arguments={"created": "True"}, calls=(make_call(),))])
    address = link(get(client, filter="auth.User"), "post_save")
    assert address == f"{PLAIN}?filter=auth.User&open=a-1#sb-detail"
    text = get(client, address.partition("#")[0])
    assert "created" in text
    assert 'aria-selected="true"' in text
    assert link(text, "Close") == f"{PLAIN}?filter=auth.User"


def test_no_button_is_there_but_that_of_the_filter(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1", origin="GET /", origin_id="o", calls=(make_call(),))])
    signal = "django.db.models.signals.post_save"
    for opened in (
        "",
        "a-1",
        "origin:o",
        f"signal:{signal}",
        f"receiver:{signal} app.receivers.one",
        "findings",
        "gone",
    ):
        text = get(client, open=opened)
        assert text.count("<button") == 1, opened


def test_what_is_open_links_to_what_hangs_together_with_it(client: Client, store: Store) -> None:
    signal, receiver = "django.db.models.signals.post_save", "app.receivers.one"
    store.append([make_dispatch(id="a-1", origin="GET /", origin_id="o", calls=(make_call(),))])
    text = get(client, open="a-1")
    panel = link(text, "receivers.one") or link(text, "one")
    assert panel == f"{PLAIN}?{urlencode({'open': f'receiver:{signal} {receiver}'})}#sb-detail"
    assert receiver in get(client, panel.partition("#")[0])
    assert link(text, "waterfall") == f"{PLAIN}?open=origin%3Ao#sb-detail"
    origin = urlencode({"filter": 'origin:"GET /"'})
    assert link(text, "GET /") == f"{PLAIN}?{origin}"


def test_what_others_wrote_stays_text(client: Client, store: Store) -> None:
    evil = '"><script>alert(1)</script><button data-open="x">'
    store.append([make_dispatch(id="a-1", sender=evil, arguments={"a": evil}, origin=evil)])
    for text in (get(client, filter=evil), get(client, open="a-1"), get(client, open=evil)):
        assert "<script>alert" not in text
        assert text.count("<button") == 1


def test_markers_are_rows_too(client: Client, store: Store) -> None:
    store.append([make_dispatch(), make_marker()])
    assert "started" in get(client)


def test_page_leads_there_without_a_script(client: Client, store: Store) -> None:
    text = client.get("/signals/?filter=is:error&open=a-1").content.decode()
    address = "/signals/plain/?filter=is%3Aerror&amp;open=a-1"
    assert f'<noscript><meta http-equiv="refresh" content="0; url={address}"></noscript>' in text
    assert f'<a href="{address}">a plain table</a>' in text
    assert "scriptless.css" in text


def test_it_leaves_no_dispatch_and_is_for_those_who_may_look(client: Client, settings: Any) -> None:
    with tracer.capture() as dispatches:
        get(client)
    assert dispatches == []
    settings.DEBUG = False
    assert client.get(PLAIN).status_code == 403


def test_recording_is_paged_too(client: Client) -> None:
    records = [make_dispatch(sender=f"a.M{n}") for n in range(2 * PAGE + 20)]
    there_and_back(
        client, f"{keep(*records)}plain/", [f"a.M{n}" for n in reversed(range(len(records)))]
    )
