"""What the page shows of the registries of other processes: marks, panels, and one of them by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.dispatch import Signal
from django.test import Client

from dashboard import registered, registry
from dashboard.counters import Counters
from dashboard.entries import ReceiverEntry
from dashboard.feed import Feed
from dashboard.registered import Registered
from dashboard.viewer import FeedViewer
from tests.dashboard.conftest import Clock, get_by_asgi, make_call, make_dispatch
from tests.dashboard.test_views import HTMX, OPENED, get, text_of
from tests.tracer import told
from tracer import connections, process, stores
from tracer.filters import Filter
from tracer.registry import RegisteredSignal
from tracer.stores import Store

sent = Signal()
SENT = f"{__name__}.sent"
MINE = f"{__name__}.receives"
WORKER = f"celery 4121@{process.this().host}"
BILL = "shop.late.bill"


def receives(**_: object) -> None:
    raise AssertionError("called")


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    connections.watch()
    yield
    sent.receivers = []
    sent.sender_receivers_cache.clear()
    connections.unwatch()


def tell(*signals: RegisteredSignal) -> None:
    told.tell(told.registry(WORKER, *signals))


def tell_another() -> None:
    """Tell of a worker that has what this process has, and one receiver that is not the same one."""
    look = Registered()
    look.look()
    (mine,) = look.registries
    others = [each for each in mine.signals if each.name != SENT]
    others.append(told.signal(SENT, told.receiver(BILL)))
    worker = told.registry(WORKER, *others, modules=mine.modules)
    told.tell(worker)


def rows(counters: Counters | None = None) -> list[ReceiverEntry]:
    look = Registered()
    look.look()
    groups = registry.groups(
        look.signals, counters or Counters(), frozenset(), (), look.differences
    )
    (signal,) = (each for _, signals in groups for each in signals if each.name == SENT)
    assert signal.differing == sum(row.apart is not None for row in signal.receivers)
    return list(signal.receivers)


def tags(rows: list[ReceiverEntry]) -> list[tuple[str, str]]:
    return [(row.short, row.apart.tag if row.apart else "") for row in rows]


def test_nothing_is_marked_while_all_processes_agree() -> None:
    sent.connect(receives)
    assert tags(rows()) == [("receives", "")]
    tell(told.signal(SENT, told.receiver(MINE)))
    assert tags(rows()) == [("receives", "")]


def test_receivers_that_one_process_has_and_another_has_not_are_marked() -> None:
    sent.connect(receives)
    tell(told.signal(SENT, told.receiver(BILL, sender="shop.Order")))
    mine, other = rows()
    this = process.this().command
    assert tags([mine, other]) == [("receives", "not in celery"), ("bill", f"not in {this}")]
    assert (mine.is_here, other.is_here, other.tags) == (True, False, ("Order",))
    assert "Connected in celery (pid 4121)." in other.title


def test_signal_that_only_another_process_knows_has_a_row() -> None:
    tell(told.signal("shop.late.closed", told.receiver(BILL)))
    look = Registered()
    look.look()
    groups = registry.groups(look.signals, Counters(), frozenset(), (), look.differences)
    (signal,) = (each for module, signals in groups for each in signals if module == "shop.late")
    assert (signal.short, signal.differing) == ("closed", 1)


def test_receiver_that_ran_elsewhere_has_one_row_with_its_counts() -> None:
    counters = Counters()
    counters.replace(None, make_dispatch(signal=SENT, calls=(make_call(receiver=BILL),)))
    tell(told.signal(SENT, told.receiver(BILL)))
    (row,) = rows(counters)
    assert (row.name, row.count.calls) == (BILL, 1)


def test_receiver_that_is_gone_here_has_one_row_with_the_mark() -> None:
    sent.connect(receives)
    sent.disconnect(receives)
    tell(told.signal(SENT, told.receiver(MINE)))
    (row,) = rows()
    assert row.gone == "disconnected"
    assert row.apart is not None
    assert "where it was disconnected. Connected in celery" in row.apart.text


def test_look_keeps_what_has_not_changed_and_notices_who_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(registered, "time", clock)
    tell(told.signal(SENT, told.receiver(BILL)))
    look = Registered()
    look.look()
    before = look.registries, look.differences
    assert [each.process for each in before[0]] == [process.this().label, WORKER]
    clock.now += registered.OTHERS_S
    look.look()
    assert (look.registries, look.differences) == before
    assert look.registries is before[0]
    stores.shared().set_registry(WORKER, b"")
    clock.now += registered.OTHERS_S
    look.look()
    assert (len(look.registries), look.differences) == (1, {})


def test_store_that_is_away_leaves_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(registered, "time", clock)
    tell(told.signal(SENT, told.receiver(BILL)))
    look = Registered()
    look.look()
    stores.shared().close()
    clock.now += registered.OTHERS_S
    look.look()
    assert len(look.registries) == 2


# -- the page ----------------------------------------------------------------------------------------------------


def test_page_has_no_choice_of_processes_while_there_is_one(client: Client) -> None:
    page = text_of(get(client))
    assert "sb-chosen" not in page
    assert "sb-flag-apart" not in page


def test_page_offers_the_processes_and_marks_signal_and_receivers(client: Client) -> None:
    sent.connect(receives)
    tell_another()
    page = text_of(get(client))
    options = re.findall(r'<option value="([^"]*)"( selected)?>([^<]*)<', page)
    assert options[0] == ("", " selected", "all processes")
    assert options[2] == (WORKER, "", "celery 4121")
    part = page.partition(f'data-find="{SENT}"')[2].partition("sb-signal-entry")[0]
    this = process.this().command
    marks = re.findall(r'sb-flag-apart"[^>]*>([^<]*)', part)
    assert marks == ["2 differ", "not in celery", f"not in {this}"]


def test_one_process_is_shown_by_itself(client: Client) -> None:
    sent.connect(receives)
    tell_another()
    page = text_of(get(client, query=urlencode({"process": WORKER})))
    assert f'data-value="{BILL}"' in page
    assert f'data-value="{MINE}"' not in page
    asked = f"process={WORKER.replace(' ', '+').replace('@', '%40')}"
    assert asked in page.split('id="sb-poll"')[1]
    assert asked in text_of(get_by_asgi(f"/signals/?{asked}")).split("hx-ws:connect")[1]
    own = text_of(get(client, query=urlencode({"process": process.this().label})))
    assert f'data-value="{BILL}"' not in own
    assert f'data-value="{MINE}"' in own


def test_process_that_has_ended_is_told_kindly(client: Client) -> None:
    page = text_of(get(client, query="process=celery+1%40there&filter=is:error"))
    assert "celery (pid 1 on there) has ended, or is not heard from" in page
    assert "celery 1@there, ended" in page


def test_choice_becomes_the_url_and_brings_the_registry(client: Client) -> None:
    tell_another()
    here = "http://testserver/signals/?filter=is%3Aerror&open=a-1"
    query = urlencode({"filter": "is:error", "process": WORKER})
    response = get(client, query=query, **HTMX, **{"HX-Current-URL": here})
    assert response["HX-Push-Url"].startswith("/signals/?filter=is%3Aerror&open=a-1&process=celery")
    part = text_of(response)
    assert 'hx-target="#sb-registry"' in part
    assert 'hx-target="#sb-processes"' in part
    # A filter that changes leaves it.
    chosen = f"http://testserver{response['HX-Push-Url']}"
    filtered = get(client, query="filter=is:slow", **HTMX, **{"HX-Current-URL": chosen})
    assert "process=celery" in filtered["HX-Push-Url"]
    assert 'hx-target="#sb-registry"' not in text_of(filtered)


def test_panel_says_where_a_receiver_is_connected_and_where_not(client: Client) -> None:
    sent.connect(receives)
    tell_another()
    mine = text_of(get(client, OPENED, urlencode({"open": f"receiver:{SENT} {MINE}"})))
    assert "Not connected in celery (pid 4121). Connected in " in mine
    other = text_of(get(client, OPENED, urlencode({"open": f"receiver:{SENT} {BILL}"})))
    assert "Connected elsewhere" in other
    assert "Connected in celery (pid 4121)." in other
    assert "not connected here" in other
    signal = text_of(get(client, OPENED, urlencode({"open": f"signal:{SENT}"})))
    assert signal.count("sb-flag-apart") == 2


def test_names_of_others_are_escaped(client: Client) -> None:
    told.tell(told.registry("<b> 1@<i>", told.signal("<s>.sent", told.receiver("<u>.receives"))))
    page = text_of(get(client))
    for tag in ("<b>", "<i>", "<s>", "<u>"):
        assert tag not in page.partition('id="sb-processes"')[2].partition('id="sb-grip"')[0]
    assert "&lt;b&gt; 1@&lt;i&gt;" in page


# -- what is pushed ----------------------------------------------------------------------------------------------


def push_of(feed: Feed, chosen: str = "") -> str:
    viewer = FeedViewer(feed, Filter.parse(""), is_tree=True, process=chosen)
    viewer.resume(0, feed.epoch, is_frozen=False)
    feed.catch_up()
    feed.registered.look()
    feed.refresh_panels()
    push = viewer.next_push()
    assert push is not None
    return push.content


def test_each_viewer_is_sent_the_registry_it_has_chosen(feed: Feed, store: Store) -> None:
    sent.connect(receives)
    tell_another()
    everything, worker = push_of(feed), push_of(feed, WORKER)
    assert f'data-value="{MINE}"' in everything
    assert f'data-value="{BILL}"' in everything
    assert f'data-value="{MINE}"' not in worker
    assert f'data-value="{BILL}"' in worker
    assert f'<option value="{WORKER}" selected>' in worker


def test_page_that_polls_is_sent_the_registry_it_has_chosen(client: Client, store: Store) -> None:
    sent.connect(receives)
    tell_another()
    everything = text_of(get(client, "/signals/poll/"))
    worker = text_of(get(client, "/signals/poll/", urlencode({"process": WORKER})))
    assert f'data-value="{MINE}"' in everything
    assert f'data-value="{MINE}"' not in worker
    assert f'data-value="{BILL}"' in worker
