"""The pages and their fragments, asked for as a browser and as htmx do."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import tracer
from dashboard.feed import Feed
from tests.dashboard.conftest import get_by_asgi, make_call, make_dispatch, make_marker
from tracer import control
from tracer.dispatches import Counted
from tracer.stores import Control, Store

OPENED = "/signals/opened/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


def get(client: Client, path: str = "/signals/", query: str = "", **headers: str) -> HttpResponse:
    response: HttpResponse = client.get(f"{path}?{query}", headers=headers)  # type: ignore[assignment]
    return response


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def rows_in(response: HttpResponse) -> list[str]:
    return re.findall(r'id="d-([\w-]+)"', text_of(response))


@pytest.mark.parametrize("path", ["", "map/", "help/", "opened/?open=findings", "recordings/"])
def test_page_asks_for_no_database_though_each_request_of_the_site_is_a_transaction(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    # A test without a database is not let begin a transaction.
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert client.get(f"/signals/{path}").status_code == 200
    origin = {"Origin": "http://testserver", **HTMX}
    assert client.post("/signals/recording/", {"on": "1"}, headers=origin).status_code == 200


def test_page_shows_the_rows_under_its_own_strict_policy(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1")])
    response = get(client)
    assert rows_in(response) == ["a-1"]
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cache-Control"] == "private, no-store"
    assert not response.cookies
    for inline in ("<style", " style=", " onclick", "hx-on", "js:", "<script>"):
        assert inline not in text_of(response)


def test_page_offers_to_export_what_the_filter_lets_through(client: Client) -> None:
    page = text_of(get(client, query="filter=is:error&open=a-1&freeze=4"))
    assert 'href="/signals/export/?filter=is%3Aerror"' in page
    part = text_of(get(client, query="filter=is:async", **HTMX))
    assert 'href="/signals/export/?filter=is%3Aasync"' in part


def test_page_and_controls_leave_no_dispatch_and_ask_no_session(client: Client) -> None:
    with tracer.capture() as dispatches:
        get(client)
        get(client, reverse("signalbox:help"))
        get(client, query="filter=is:error", **HTMX)
        get(client, "/signals/export/")
        get(client, "/signals/recordings/")
        client.post("/signals/import/", headers=HTMX | {"Origin": "http://testserver"})
    assert dispatches == []


@pytest.mark.parametrize("name", ["page", "map", "help", "rows", "complete", "feed", "poll"])
def test_every_page_is_closed_to_others(client: Client, name: str) -> None:
    response = client.get(reverse(f"signalbox:{name}"), REMOTE_ADDR="203.0.113.9")
    assert response.status_code == 403
    assert "203.0.113.9" in text_of(response)  # type: ignore[arg-type]
    assert "ACCESS" in text_of(response)  # type: ignore[arg-type]


def test_page_has_the_fragment_that_htmx_gets(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1"), make_dispatch(id="b-1", sender="b.B")])
    whole, part = (
        get(client, query="filter=sender:b.B"),
        get(client, query="filter=sender:b.B", **HTMX),
    )
    assert rows_in(whole) == rows_in(part) == ["b-1"]
    assert "<html" not in text_of(part)
    assert 'hx-target="#sb-bar"' in text_of(part)
    restored = get(client, query="", **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<html" in text_of(restored)


def test_filter_that_is_entered_becomes_the_url(client: Client) -> None:
    here = "http://testserver/signals/"
    part = get(client, query="filter=a&filter=is:error", **HTMX, **{"HX-Current-URL": here})
    assert part["HX-Push-Url"] == "/signals/?filter=a+is%3Aerror"
    again = get(
        client,
        query="filter=a is:error",
        **HTMX,
        **{"HX-Current-URL": f"{here}?filter=a%20is:error"},
    )
    assert "HX-Push-Url" not in again
    draft = get(client, query="filter=a&draft=1", **HTMX, **{"HX-Current-URL": here})
    assert "HX-Push-Url" not in draft


def test_error_stands_at_its_place_and_the_feed_stays(client: Client) -> None:
    part = get(client, query="filter=x took:soon", **HTMX)
    assert part.status_code == 200
    assert "sb-rows" not in text_of(part)
    assert "<mark>soon</mark>" in text_of(part)
    whole = get(client, query="filter=x took:soon")
    assert "<mark>soon</mark>" in text_of(whole)
    assert "The filter does not parse" in text_of(whole)
    assert "hx-ws:connect" not in text_of(whole)


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("field=sender&value=auth.User", "?filter=sender%3Aauth.User"),
        ("field=sender&value=auth.User&exclude=1", "?filter=-sender%3Aauth.User"),
        ("filter=x&field=is&value=error&view=flat", "?filter=x+is%3Aerror&view=flat"),
        ("filter=x is:error&field=is&value=error", "?filter=x"),
        ("filter=x y z&without=1", "?filter=x+z"),
        ("filter=x&without=9", None),
        ("filter=x&field=nonsense&value=1", "?filter=x"),
        ("field=&value=two words", "?filter=%22two+words%22"),
    ],
)
def test_click_on_a_value_changes_the_filter(client: Client, query: str, url: str | None) -> None:
    part = get(client, query=query, **HTMX)
    if url is not None:
        assert part["HX-Push-Url"] == f"/signals/{url}"
    assert part.status_code == 200


def test_frozen_page_shows_the_rows_up_to_its_cursor(client: Client, store: Store) -> None:
    store.append([make_dispatch(id=f"a-{number}", sender=f"a.M{number}") for number in range(5)])
    response = get(client, query="freeze=2")
    assert rows_in(response) == ["a-0", "a-1"]
    assert 'data-cursor="2"' in text_of(response)
    assert "sb-is-frozen" in text_of(response)


def test_socket_is_told_filter_and_view(feed: Feed) -> None:
    assert 'hx-ws:connect="/signals/feed/?filter=x&amp;view=flat"' in text_of(
        get_by_asgi("/signals/?filter=x&view=flat&open=a-1")
    )


def test_detail_shows_calls_arguments_and_where(client: Client, store: Store) -> None:
    dispatch = make_dispatch(
        id="a-1", call_site="shop/views.py:31 buy", origin="POST /buy/", error="shop.Declined",
        arguments={"instance": "auth.User #3", "created": True},
        calls=(
            make_call(receiver="shop.r.charge", error="shop.Declined", raised_at="r.py:3 charge"),
            make_call(receiver="shop.r.thank", started_ns=None, duration_ns=None, skipped="charge raised"),
        ),
    )  # fmt: skip
    store.append([dispatch])
    text = text_of(get(client, OPENED, "open=a-1"))
    for words in (
        "shop/views.py:31 buy", "POST /buy/", "created", "True", "auth.User #3", "never reached",
        "charge raised", "r.py:3 charge", "pytest 1@here",
    ):  # fmt: skip
        assert words in text
    assert rows_in(get(client, query="open=a-1")) == ["a-1"]
    assert "shop/views.py:31 buy" in text_of(get(client, query="open=a-1"))


def test_running_detail_asks_again_until_it_ends(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1", state="running", duration_ns=None)])
    assert 'hx-trigger="every 1s"' in text_of(get(client, OPENED, "open=a-1"))
    store.append([make_dispatch(id="a-1")])
    assert "hx-trigger" not in text_of(get(client, OPENED, "open=a-1"))


@pytest.mark.parametrize("dispatch_id", ["gone-1", "<b>", "a b", "%"])
def test_unknown_dispatch_is_told_kindly(client: Client, dispatch_id: str) -> None:
    response = get(client, OPENED, urlencode({"open": dispatch_id}))
    assert response.status_code == 200
    assert "not among those kept" in text_of(response)


def test_rows_of_a_gap_and_earlier_rows_are_served(client: Client, store: Store) -> None:
    store.append([make_dispatch(id=f"a-{number}") for number in range(9)])
    rows = reverse("signalbox:rows")
    assert rows_in(get(client, rows, "first=a-2&last=a-4&each=1")) == ["a-2", "a-3", "a-4"]
    assert "×3" in text_of(get_by_asgi(f"{rows}?first=a-2&last=a-4"))
    assert "×3" in text_of(get_by_asgi(f"{rows}?before=a-3&view=flat"))
    assert "not kept any more" in text_of(get(client, rows, "first=x&last=y"))


def test_completion_offers_fields_flags_and_seen_values(client: Client, store: Store) -> None:
    store.append([make_dispatch(sender="shop.Order", origin="GET /shop/", arguments={"a": 1})])
    url = reverse("signalbox:complete")
    assert 'data-text="sender:"' in text_of(get(client, url, "filter=sen&cursor=3"))
    assert "shop.Order" in text_of(get(client, url, "filter=sender:sh"))
    assert "error" in text_of(get(client, url, "filter=is:e"))
    assert "/shop/" in text_of(get(client, url, "filter=origin:"))
    assert text_of(get(client, url, "filter=/rege&cursor=x")).strip() == ""


def test_help_lists_every_field_and_flag(client: Client) -> None:
    from tracer.filters import FIELDS, FLAGS

    text = text_of(get(client, reverse("signalbox:help")))
    for field in FIELDS:
        assert f"<code>{field.name}:</code>" in text
    for flag in FLAGS:
        assert f"<code>is:{flag.name}</code>" in text


def test_help_says_what_outlasts_the_rest_where_something_does(
    client: Client, settings: Any
) -> None:
    outlasts = "20000 records and 256 MB of them"
    assert outlasts in text_of(get(client, reverse("signalbox:help")))
    settings.SIGNALBOX = {"STORE": "redis://127.0.0.1:1/0"}
    text = text_of(get(client, reverse("signalbox:help")))
    assert "20000 records; older ones make room. The" in text


def test_socket_path_without_a_socket_says_what_is_missing(client: Client) -> None:
    response = get(client, reverse("signalbox:feed"))
    assert response.status_code == 426
    assert "dashboard.asgi.signalbox" in text_of(response)


@pytest.mark.parametrize("name", ["recording", "clear", "mute"])
def test_get_changes_nothing(client: Client, store: Store, name: str) -> None:
    store.append([make_dispatch()])
    assert client.get(reverse(f"signalbox:{name}")).status_code == 405
    assert (store.count(), control.recording()) == (1, True)


def post(
    client: Client, name: str, headers: dict[str, str] | None = None, **data: str
) -> HttpResponse:
    given = {"Origin": "http://testserver", **HTMX} if headers is None else headers
    response: HttpResponse = client.post(  # type: ignore[assignment]
        reverse(f"signalbox:{name}"), data, headers=given
    )
    return response


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HX-Request": "true"},
        {"Origin": "http://testserver"},
        {"Origin": "http://evil.example", "HX-Request": "true"},
        {"Origin": "null", "HX-Request": "true"},
    ],
)
@pytest.mark.parametrize("name", ["recording", "clear", "mute"])
def test_only_the_page_itself_may_turn_its_controls(
    store: Store, name: str, headers: dict[str, str]
) -> None:
    store.append([make_dispatch()])
    strict = Client(enforce_csrf_checks=True)
    response = post(strict, name, headers, on="0", signal="a.b")
    assert response.status_code == 403
    assert (store.count(), control.recording(), "a.b" in control.muted()) == (1, True, False)


def test_controls_need_the_same_access_as_the_page(
    client: Client, store: Store, settings: Any
) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    assert post(client, "recording", on="0").status_code == 403
    assert control.recording()


def test_recording_stops_and_resumes_without_a_csrf_cookie(store: Store) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = post(strict, "recording", on="0")
    assert "Stopped" in text_of(response)
    assert not response.cookies
    assert not control.recording()
    assert "Stopped" not in text_of(post(strict, "recording", on="1"))
    assert control.recording()


def test_clear_forgets_what_is_kept(client: Client, store: Store) -> None:
    store.append([make_dispatch()])
    post(client, "clear")
    assert store.count() == 0


def test_signal_is_muted_and_unmuted(client: Client, store: Store) -> None:
    name = "django.db.models.signals.post_save"
    assert "unmute" in text_of(post(client, "mute", signal=name, on="1"))
    assert name in control.muted()
    post(client, "mute", signal=name, on="0")
    assert name not in control.muted()
    before = control.muted()
    assert post(client, "mute", on="1").status_code == 200
    assert control.muted() == before


def test_one_signal_too_many_is_not_muted_and_the_page_says_why(
    client: Client, store: Store
) -> None:
    store.set_control(Control(muted=tuple(f"a.b{number}" for number in range(1_000))))
    answer = text_of(post(client, "mute", signal="a.c", on="1"))
    assert "1,000 signals are muted, and no more can be; unmute one first." in answer
    assert len(store.control().muted or ()) == 1_000
    # One of them again is none more.
    assert "no more can be" not in text_of(post(client, "mute", signal="a.b7", on="1"))


def test_store_that_refuses_is_told_on_the_page(client: Client, store: Store) -> None:
    store.close()
    response = post(client, "clear")
    assert response.status_code == 200
    assert "The store is closed." in text_of(response)
    assert "The store is closed." in text_of(get(client))


def test_page_says_that_its_rows_are_a_sample_and_counts_are_of_all(
    client: Client, store: Store, settings: Any
) -> None:
    settings.SIGNALBOX = {**settings.SIGNALBOX, "SAMPLE": 0.1}
    counted = (
        Counted(signal="app.signals.sent", calls=1_200, ended=1_200, last_us=1),
        Counted(signal="app.signals.sent", receiver="app.receives", calls=1_200, last_us=1),
    )
    store.append(
        [
            make_dispatch(id="a-1", signal="app.signals.sent"),
            make_marker(kind="sampled", count=1_200, counts=counted),
        ]
    )
    response = get(client)
    assert rows_in(response) == ["a-1"]
    assert "sample: 10 %" in text_of(response)
    assert "The rows are a sample: 10 % of the requests" in text_of(response)
    assert "1,200 dispatches are counted and not kept" in text_of(response)
    assert "1,201 dispatches" in text_of(response)
    assert "sb-marker-sampled" not in text_of(response)


def test_page_that_shows_all_says_nothing_of_a_sample(client: Client, store: Store) -> None:
    store.append([make_dispatch()])
    assert "sample" not in text_of(get(client))
