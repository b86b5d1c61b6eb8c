"""What stands below the feed: a dispatch with its reasons, a receiver with its source, a signal, the findings."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.http import HttpResponse
from django.test import Client

import dashboard.feed
from dashboard import opened as opened_module
from dashboard import places
from dashboard.feed import Feed
from tests.dashboard.conftest import Clock, make_call, make_dispatch
from tracer import connections, diagnosis
from tracer.diagnosis import Explanation
from tracer.dispatches import Dispatch
from tracer.listing import Listing
from tracer.stores import Store

sent = Signal()
POST_SAVE = "django.db.models.signals.post_save"
SENT = f"{__name__}.sent"


def receives(**_: object) -> None:
    """Receive."""
    raise AssertionError("called")


async def receives_later(**_: object) -> None:
    raise AssertionError("called")


RECEIVES = f"{__name__}.receives"


@pytest.fixture(autouse=True)
def looking(settings: Any, feed: Feed) -> Iterator[None]:
    settings.DEBUG = True
    connections.watch()
    opened_module._explained.clear()
    yield
    opened_module._explained.clear()
    sent.receivers = []
    sent.sender_receivers_cache.clear()
    connections.unwatch()


def opened(client: Client, open_id: str, at: str = "") -> str:
    response: HttpResponse = client.get(  # type: ignore[assignment]
        "/signals/opened/", {"open": open_id, "at": at}
    )
    assert response.status_code == 200
    return response.content.decode()


def marked(html: str) -> str:
    """Return the marked line as it reads."""
    (line,) = re.findall(r'<li class="sb-source-line sb-is-marked".*?</li>', html)
    return re.sub(r"<[^>]+>", "", line)


def test_detail_parts_called_not_reached_and_not_called(client: Client, store: Store) -> None:
    sent.connect(receives, sender=Group)
    store.append([
        make_dispatch(
            id="a-1", signal=SENT, sender="auth.User", error="shop.Declined",
            calls=(
                make_call(receiver="shop.r.charge", error="shop.Declined"),
                make_call(receiver="shop.r.thank", started_ns=None, duration_ns=None, skipped="charge raised"),
            ),
        )
    ])  # fmt: skip
    html = opened(client, "a-1")
    called, unreached, uncalled = (
        html.partition(f'id="sb-why-{name}"')[2].partition("</section>")[0]
        for name in ("called", "unreached", "uncalled")
    )
    assert "charge" in called
    assert "thank" not in called
    assert "thank" in unreached
    assert "<code>send()</code> ends there" in unreached
    assert ">receives<" in uncalled
    assert "auth.Group" in uncalled
    assert f'data-open="receiver:{SENT} {RECEIVES}"' in uncalled


def test_receiver_that_ran_twice_is_marked_with_its_call_sites(
    client: Client, store: Store
) -> None:
    given: dict[str, Any] = {
        "signal": POST_SAVE, "origin": "POST /x/", "origin_id": "o-1", "arguments": {"instance": "auth.User #1"},
        "calls": (make_call(receiver="app.receivers.one"),),
    }  # fmt: skip
    store.append([
        make_dispatch(id="a-1", call_site="shop/a.py:1 first", **given),
        make_dispatch(id="a-2", call_site="shop/b.py:2 second", **given),
    ])  # fmt: skip
    html = opened(client, "a-1")
    assert "×2 dispatched" in html
    assert "shop/a.py:1 first" in html
    assert 'data-at="site:a-2"' in html


def test_places_of_a_dispatch_lead_to_their_source(client: Client, store: Store) -> None:
    sent.connect(receives)
    line = receives.__code__.co_firstlineno
    call = make_call(
        receiver=RECEIVES, error="E", raised_at=f"tests/dashboard/test_opened.py:{line + 2} receives"
    )  # fmt: skip
    store.append([
        make_dispatch(id="a-1", signal=SENT, call_site="tests/dashboard/test_opened.py:1 <module>", calls=(call,)),
        make_dispatch(id="a-2", call_site="tests/dashboard/test_opened.py:3 <module>"),
    ])  # fmt: skip
    assert "What stands below" in marked(opened(client, "a-1", "site"))
    assert "def receives(" in marked(opened(client, "a-1", "call-0"))
    assert "raise AssertionError" in marked(opened(client, "a-1", "raised-0"))
    assert "from __future__" in marked(opened(client, "a-1", "site:a-2"))
    assert "sb-tree" in opened(client, "a-1", "")


@pytest.mark.parametrize(
    "at",
    [
        "call-9", "call--1", "call-x", "call-1234567", "raised-1", "nonsense", "site:gone", "site:",
        "/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "connected-0", "\x00",
    ],
)  # fmt: skip
def test_nothing_but_its_own_places_is_shown_of_a_dispatch(
    client: Client, store: Store, at: str
) -> None:
    store.append([make_dispatch(id="a-1", calls=(make_call(place=None),))])
    html = opened(client, "a-1", at)
    assert "sb-listing" not in html
    assert "sb-tree" in html


@pytest.mark.parametrize(
    "place",
    [
        "/etc/passwd:1 f",
        "../../../etc/passwd:1 f",
        "README.md:1 f",
        "/etc/ssl/openssl.cnf:1",
        "x.py:1",
        "a" * 280 + ".py:1",
        "demo_site/manage.py:1 <module>",
        "tests/settings.py:1 <module>",
    ],
)
def test_place_that_a_store_holds_leads_to_no_other_file(
    client: Client, store: Store, place: str
) -> None:
    call = make_call(receiver="a.b", place=place, raised_at=place, error="E")
    store.append([make_dispatch(id="a-1", call_site=place, calls=(call,))])
    for at in ("site", "call-0", "raised-0"):
        html = opened(client, "a-1", at)
        assert "sb-listing" not in html
        assert "cannot be shown" in html


@pytest.mark.parametrize(
    "open_id",
    [
        "receiver:", "receiver:/etc/passwd", "receiver:../../x y", "receiver:a b", "signal:", "signal:/etc/passwd",
        "signal:<b>", "receiver:<b> <i>", "findings:x", "",
    ],
)  # fmt: skip
def test_what_is_not_known_is_said_kindly(client: Client, open_id: str) -> None:
    html = opened(client, open_id)
    assert "Not known" in html or "Not kept any more" in html
    assert "sb-listing" not in html
    assert "<b>" not in html


def test_receiver_is_shown_with_its_connection_and_source(client: Client, store: Store) -> None:
    sent.connect(receives, sender=User, weak=False, dispatch_uid="once")
    html = opened(client, f"receiver:{SENT} {RECEIVES}")
    assert "def receives(**_: object)" in marked(html)
    for words in ("auth.User", "weak=False", "a function", "once", "It has not run", ">sync<"):
        assert words in html
    assert "tests/dashboard/test_opened.py:" in html
    connected = opened(client, f"receiver:{SENT} {RECEIVES}", "connected-0")
    assert "sent.connect(receives, sender=User, weak=False" in marked(connected)
    assert "Open in editor" not in html


def test_editor_link_opens_the_marked_line(client: Client, settings: Any) -> None:
    settings.SIGNALBOX = {**settings.SIGNALBOX, "EDITOR": "vscode"}
    sent.connect(receives)
    html = opened(client, f"receiver:{SENT} {RECEIVES}")
    line = receives.__code__.co_firstlineno
    assert f'href="vscode://file{__file__}:{line}"' in html
    settings.SIGNALBOX = {**settings.SIGNALBOX, "EDITOR": "http://localhost:1/open?{path}"}
    assert 'target="_blank" rel="noopener noreferrer"' in opened(
        client, f"receiver:{SENT} {RECEIVES}"
    )


def test_receiver_that_is_gone_is_still_known(client: Client) -> None:
    sent.connect(receives, sender=User)
    sent.disconnect(receives, sender=User)
    html = opened(client, f"receiver:{SENT} {RECEIVES}")
    assert "disconnected" in html
    assert "for auth.User" in html
    assert "sent.disconnect(receives" in marked(
        opened(client, f"receiver:{SENT} {RECEIVES}", "ended-0")
    )
    assert "sent.connect(receives" in marked(
        opened(client, f"receiver:{SENT} {RECEIVES}", "gone-0")
    )


def test_receiver_of_several_signals_and_senders_shows_them(client: Client) -> None:
    sent.connect(receives, sender=User)
    sent.connect(receives, sender=Group)
    post_save.connect(receives)
    try:
        html = opened(client, f"receiver:{SENT} {RECEIVES}")
    finally:
        post_save.disconnect(receives)
    assert "Connection 2 of 2" in html
    assert f'data-open="receiver:{POST_SAVE} {RECEIVES}"' in html


def test_signal_is_shown_with_its_receivers_and_what_sends_none(
    client: Client, store: Store
) -> None:
    sent.connect(receives_later)
    sent.connect(receives)
    store.append([make_dispatch(signal=POST_SAVE, calls=(make_call(receiver="other.process"),))])
    html = opened(client, f"signal:{POST_SAVE}")
    assert "bulk_create" in html
    assert "not here" in html
    html = opened(client, f"signal:{SENT}")
    assert html.index(">receives<") < html.index(">receives_later<")
    assert "It was not sent" in html


def test_panel_says_at_once_that_its_signal_is_muted(client: Client) -> None:
    headers = {"Origin": "http://testserver", "HX-Request": "true"}
    data = {"signal": SENT, "on": "1", "panel": "1"}
    answer = client.post("/signals/mute/", data, headers=headers).content.decode()
    detail = answer.partition('hx-target="#sb-detail"')[2]
    assert "Unmute" in detail
    client.post("/signals/mute/", {**data, "on": "0"}, headers=headers)


def test_looking_calls_and_connects_nothing(client: Client) -> None:
    sent.connect(receives)
    before = list(sent.receivers)
    opened(client, f"receiver:{SENT} {RECEIVES}")
    opened(client, f"signal:{SENT}")
    opened(client, "findings")
    assert sent.receivers == before


def test_findings_are_listed_with_lines_to_paste(client: Client) -> None:
    sent.connect(lambda **_: None)
    html = opened(client, "findings")
    assert "W007" in html
    assert 'data-action="copy"' in html


def test_page_opens_what_its_url_says(client: Client) -> None:
    sent.connect(receives)
    query = urlencode({"open": f"receiver:{SENT} {RECEIVES}"})
    html = client.get(f"/signals/?{query}").content.decode()
    assert "def receives(" in marked(html)


def test_filter_that_finds_nothing_says_what_sends_no_such_signal(client: Client) -> None:
    html = client.get("/signals/", {"filter": "signal:post_save"}).content.decode()
    empty = html.partition('class="sb-empty"')[2].partition("</div>")[0]
    assert "<code>bulk_create</code>" in empty
    negated = client.get("/signals/", {"filter": "-signal:post_save"}).content.decode()
    assert "bulk_create" not in negated.partition('class="sb-empty"')[2].partition("</div>")[0]


def test_no_source_is_read_under_the_lock_of_the_feed(
    client: Client, feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    free: list[bool] = []
    listing_of = places.listing_of

    def looked(file: str, line: int) -> Listing | None:
        def take() -> None:
            free.append(feed.lock.acquire(blocking=False))
            if free[-1]:
                feed.lock.release()

        other = threading.Thread(target=take)
        other.start()
        other.join()
        return listing_of(file, line)

    monkeypatch.setattr(places, "listing_of", looked)
    sent.connect(receives)
    store.append([make_dispatch(id="a-1", signal=SENT, calls=(make_call(receiver=RECEIVES),))])
    assert "sb-listing" in opened(client, f"receiver:{SENT} {RECEIVES}")
    assert "sb-listing" in opened(client, "a-1", "call-0")
    assert free == [True, True]


def test_running_dispatch_is_explained_again_after_a_while(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, took = Clock(), 0.0
    explained: list[str] = []
    explain = diagnosis.explain

    def slowly(dispatch: Dispatch) -> Explanation:
        explained.append(dispatch.state)
        clock.now += took
        return explain(dispatch)

    monkeypatch.setattr(opened_module, "time", clock)
    monkeypatch.setattr(diagnosis, "explain", slowly)
    running = make_dispatch(id="r-1", signal=SENT, state="running", duration_ns=None)
    store.append([running, make_dispatch(id="r-2", signal=SENT)])
    for at, times in ((0, 1), (4, 1), (6, 2), (10, 2)):
        clock.now = 100 + at
        opened(client, "r-1")
        assert len(explained) == times
    took, clock.now = 1.0, 200
    opened(client, "r-1")
    clock.now = 220
    opened(client, "r-1")
    assert len(explained) == 3
    clock.now = 222
    opened(client, "r-1")
    assert len(explained) == 4
    # One that has ended is what it is, and what it was while it ran is forgotten.
    opened(client, "r-2")
    opened(client, "r-2")
    assert explained[4:] == ["ok", "ok"]
    assert list(opened_module._explained) == ["r-1"]
    store.append([make_dispatch(id="r-1", signal=SENT)])
    opened(client, "r-1")
    assert explained[6:] == ["ok"]
    assert not opened_module._explained


def test_few_running_dispatches_are_kept_explained(client: Client, store: Store) -> None:
    ids = [f"r-{number}" for number in range(opened_module.MOST_EXPLAINED + 3)]
    store.append([make_dispatch(id=each, state="running", duration_ns=None) for each in ids])
    for each in ids:
        opened(client, each)
    assert list(opened_module._explained) == ids[3:]


def linked(term: str, open_id: str, text: str) -> str:
    button = '<button class="sb-link" type="button" data-action="panel"'
    return f'<dt>{term}</dt><dd>{button} data-open="{open_id}">{text}<'


def test_task_and_what_enqueued_it_lead_to_each_other(client: Client, store: Store) -> None:
    pack = {"origin": "task shop.pack", "origin_id": "b-7", "enqueued_by": "a-1"}
    ship = {"origin": "task shop.ship", "origin_id": "b-6", "enqueued_by": "origin:b-7"}
    store.append(
        [
            make_dispatch(id="a-1", signal=POST_SAVE, sender="shop.Order"),
            make_dispatch(id="b-8", **pack),
            make_dispatch(id="b-9", **ship),
        ]
    )
    assert linked("enqueued", "origin:b-7", "task shop.pack") in opened(client, "a-1")
    assert linked("enqueued by", "a-1", "post_save from shop.Order") in opened(client, "b-8")
    assert linked("enqueued by", "origin:b-7", "task shop.pack") in opened(client, "b-9")
    of_task = opened(client, "origin:b-7")
    assert 'data-open="a-1">post_save from shop.Order<' in of_task
    assert 'data-open="origin:b-6">task shop.ship<' in of_task


def told_of(result: str, **given: Any) -> Dispatch:
    arguments = {"task_result": f"TaskResult #{result}"}
    return make_dispatch(signal="django.tasks.signals.task_enqueued", arguments=arguments, **given)


def test_task_of_djangos_is_linked_by_the_id_of_its_result(client: Client, store: Store) -> None:
    pack = {"origin": "task shop.pack", "origin_id": "b-7", "enqueued_by": "result:r1"}
    ship = {"origin": "task shop.ship", "origin_id": "b-6", "enqueued_by": "result:r2"}
    store.append(
        [
            make_dispatch(id="a-1", signal=POST_SAVE, sender="shop.Order"),
            told_of("r1", id="a-2", parent_id="a-1", root_id="a-1", depth=1),
            told_of("r2", id="a-3", origin="POST /pay/", origin_id="a-4"),
            make_dispatch(id="b-8", **pack),
            make_dispatch(id="b-9", **ship),
            make_dispatch(id="b-10", enqueued_by="result:r3"),
        ]
    )
    assert linked("enqueued", "origin:b-7", "task shop.pack") in opened(client, "a-1")
    assert linked("enqueued by", "a-1", "post_save from shop.Order") in opened(client, "b-8")
    assert linked("enqueued by", "origin:a-4", "POST /pay/") in opened(client, "b-9")
    assert 'data-open="origin:b-6">task shop.ship<' in opened(client, "origin:a-4")
    assert "enqueued by" not in opened(client, "b-10"), "who that was, nobody said"


def test_what_enqueued_a_task_is_looked_for_in_the_store_when_the_window_has_lost_it(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard.feed, "CAPACITY", 3)
    store.append(
        [
            make_dispatch(id="a-1", signal=POST_SAVE, sender="shop.Order"),
            told_of("r1", id="a-2", parent_id="a-1", root_id="a-1", depth=1),
            told_of("r2", id="a-3", origin="POST /pay/", origin_id="a-4"),
            make_dispatch(id="b-7"),
            make_dispatch(id="b-8", enqueued_by="result:r1"),
            make_dispatch(id="b-9", enqueued_by="result:r2"),
        ]
    )
    assert linked("enqueued by", "a-1", "post_save from shop.Order") in opened(client, "b-8")
    assert linked("enqueued by", "origin:a-4", "POST /pay/") in opened(client, "b-9")


def test_what_enqueued_a_task_and_is_gone_is_named_by_its_id(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="b-8", enqueued_by="a-1")])
    assert linked("enqueued by", "a-1", "a-1") in opened(client, "b-8")
