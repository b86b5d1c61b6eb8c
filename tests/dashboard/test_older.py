"""What the window has lost and the store still has: searched, shown, asked for, opened."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dashboard import older
from dashboard.feed import CAPACITY, Feed
from dashboard.viewer import PAGE_ROWS, FeedViewer
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch, make_marker
from tracer import recordings, stores
from tracer.dispatches import Dispatch
from tracer.filters import Filter
from tracer.stores import Store

MORE = CAPACITY + 1_500
ROWS = "/signals/rows/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    settings.DEBUG = True


@pytest.fixture(params=["memory", "sqlite", "redis"])
def kept(
    request: pytest.FixtureRequest, settings: Any, tmp_path: Path, feed: Feed
) -> Iterator[Store]:
    """Each kind of store in turn, as the settings name it, empty."""
    url = {"memory": "memory", "sqlite": f"sqlite:///{tmp_path / 'box.sqlite3'}"}.get(request.param)
    url = url or request.getfixturevalue("redis_server").url
    settings.SIGNALBOX = {"STORE": url, "ENABLED": False}
    yield stores.shared()
    stores.close_shared()


def bury(store: Store, *records: Any, under: int = MORE) -> None:
    """Keep records, and above them more others than a window holds."""
    store.append(records)
    for first in range(0, under, 500):
        store.append([other(number) for number in range(first, first + 500)])


def other(number: int) -> Dispatch:
    return make_dispatch(id=f"b-{number}", sender="shop.Order", started_us=NOON_US + number * 1_000)


def family(root_id: str = "r-1", **given: Any) -> list[Dispatch]:
    """Return a tree of two in a request of its own."""
    common = {"root_id": root_id, "origin": "POST /rare/", "origin_id": f"o-{root_id}", **given}
    call = make_call(receiver="shop.receivers.rare_receiver")
    return [
        make_dispatch(id=root_id, sender="shop.Rare", calls=(call,), started_us=NOON_US - 2_000, **common),
        make_dispatch(id=f"{root_id}-child", sender="shop.Child", parent_id=root_id, parent_call=0, depth=1,
                      started_us=NOON_US - 1_000, **common),
    ]  # fmt: skip


def get(client: Client, path: str = "/signals/", query: str = "", **headers: str) -> str:
    response: HttpResponse = client.get(f"{path}?{query}", headers=headers)  # type: ignore[assignment]
    assert response.status_code == 200
    return response.content.decode()


def rows_in(text: str) -> list[str]:
    return re.findall(r'id="d-([\w-]+)"', text)


def below_in(text: str) -> str:
    found = re.search(r'data-action="earlier" data-below="(\d+)"', text)
    assert found is not None
    return found[1]


def test_rare_match_older_than_the_window_is_found_and_opened(client: Client, kept: Store) -> None:
    bury(kept, *family())
    for query in ("sender:shop.rare", "rare_receiver", "receiver:*RARE*", "/rare_/ sender:Rare"):
        page = get(client, query=f"filter={query}")
        assert rows_in(page) == ["r-1"]
        assert "POST /rare/" in page
        assert "all that is kept was searched, back to " in page
    detail = get(client, "/signals/opened/", "open=r-1-child")
    assert "shop.receivers.rare_receiver" in detail
    assert "Not kept any more" not in detail
    assert "shop.Child" in get(client, "/signals/opened/", "open=origin:o-r-1")
    assert "rare_receiver" in get(client, "/signals/written/", "open=r-1&as=markdown")


def test_what_matches_nothing_says_how_far_it_was_looked_for(client: Client, kept: Store) -> None:
    bury(kept, make_marker(id="m-1"))
    page = get(client, query="filter=sender:nobody")
    assert rows_in(page) == []
    assert "No dispatch matches the filter" in page
    assert "All that is kept was searched, back to " in page
    assert 'id="sb-earlier"' not in page
    assert "sb-marker" not in page


def test_older_rows_stand_before_those_of_the_window_and_none_twice(
    client: Client, kept: Store
) -> None:
    bury(kept, *family())
    kept.append([make_dispatch(id="r-2", sender="shop.Rare", started_us=NOON_US + 10**9)])
    page = get(client, query="filter=sender:shop.Rare")
    assert rows_in(page) == ["r-1", "r-2"]


def test_record_that_was_replaced_stands_once(client: Client, kept: Store, feed: Feed) -> None:
    bury(kept, make_dispatch(id="r-1", sender="shop.Rare", state="running", duration_ns=None))
    feed.catch_up()
    kept.append([make_dispatch(id="r-1", sender="shop.Rare")])
    assert rows_in(get(client, query="filter=sender:shop.Rare")) == ["r-1"]


def test_earlier_rows_go_on_into_the_store_to_its_end(client: Client, kept: Store) -> None:
    bury(kept)
    page = get(client)
    assert "Show earlier dispatches" in page
    shown = get(client, ROWS, "before=b-1700&view=flat")
    # The window begins with b-1500, where ×N stands for what is equal; what is older stands by itself.
    assert rows_in(shown)[0] == "b-1500"
    shown = get(client, ROWS, "before=b-1600&view=flat")
    assert rows_in(shown)[:100] == [f"b-{number}" for number in range(1_400, 1_500)]
    seen = rows_in(shown)[:100]
    while "older than" not in shown:
        shown = get(client, ROWS, f"before={seen[0]}&below={below_in(shown)}")
        assert len(rows_in(shown)) <= PAGE_ROWS
        seen = rows_in(shown) + seen
    assert seen == [f"b-{number}" for number in range(1_500)]
    # Of a page that has dropped its first rows, only the first that is left is known.
    assert rows_in(get(client, ROWS, "before=b-700"))[-1] == "b-699"
    assert "not kept any more" in get(client, ROWS, "before=nobody")


def test_search_ends_in_time_and_goes_on_where_it_was(
    client: Client, kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(older, "SEARCH_S", 0.0)
    bury(kept, *family(), under=CAPACITY + 500)
    page = get(client, query="filter=sender:shop.Rare")
    assert rows_in(page) == []
    assert "searched back to " in page
    assert "Search further back" in page
    monkeypatch.undo()
    more = get(client, ROWS, f"filter=sender:shop.Rare&before=&below={below_in(page)}")
    assert rows_in(more) == ["r-1"]
    assert "all that is kept was searched" in more


def test_page_full_of_older_rows_shows_no_more_than_a_page(client: Client, kept: Store) -> None:
    bury(kept, *(make_dispatch(id=f"r-{number}", sender="shop.Rare") for number in range(300)))
    page = get(client, query="filter=sender:shop.Rare")
    assert rows_in(page) == [f"r-{number}" for number in range(100, 300)]
    assert "Show earlier dispatches" in page
    more = get(client, ROWS, f"filter=sender:shop.Rare&before=r-100&below={below_in(page)}")
    assert rows_in(more) == [f"r-{number}" for number in range(100)]


def test_frozen_page_shows_older_rows_up_to_its_cursor(client: Client, kept: Store) -> None:
    bury(kept, *family(), make_dispatch(id="r-2", sender="shop.Rare"))
    assert rows_in(get(client, query="filter=sender:shop.Rare&freeze=1")) == ["r-1"]


def test_page_shows_what_is_exported(client: Client, kept: Store) -> None:
    bury(kept, make_marker(id="m-1", at_us=NOON_US - 5_000), *family())
    kept.append([make_dispatch(id="r-2", sender="shop.Rare", started_us=NOON_US + 10**9)])
    response: Any = client.get("/signals/export/?filter=sender:shop.Rare")
    exported = recordings.read(io.BytesIO(response.getvalue())).records
    assert [one.id for one in exported] == ["m-1", "r-1", "r-2"]
    page = get(client, query="filter=sender:shop.Rare")
    assert rows_in(page) == ["m-1", "r-1", "r-2"]


def test_origins_of_older_rows_have_no_figures_of_a_part(client: Client, kept: Store) -> None:
    bury(kept, *family())
    page = get(client, query="filter=sender:shop.Rare")
    (header,) = re.findall(r'<tr class="sb-line sb-origin".*?</tr>', page)
    assert "dispatch" not in header
    assert 'data-open="origin:o-r-1"' in header


def test_request_that_was_cut_is_opened_whole(client: Client, kept: Store, feed: Feed) -> None:
    cut = [
        make_dispatch(id=f"c-{n}", sender=f"a.A{n}", origin="GET /", origin_id="o-1", started_us=n)
        for n in range(4)
    ]
    bury(kept, *cut, under=CAPACITY - 500)
    kept.append([make_dispatch(started_us=NOON_US + 10**9) for _ in range(498)])
    feed.catch_up()
    assert list(feed.window.rows)[:2] == ["c-2", "c-3"]
    opened = get(client, "/signals/opened/", "open=origin:o-1")
    assert all(f"a.A{n}" in opened for n in range(4))


def test_what_is_in_the_window_asks_no_store(client: Client, kept: Store, feed: Feed) -> None:
    kept.append([make_dispatch(id="a-1", sender="a.A")])
    page = get(client, query="filter=sender:nobody")
    assert "was searched" not in page
    assert 'id="sb-earlier"' not in get(client)


def test_page_that_begins_anew_offers_what_the_store_has_before_it(kept: Store, feed: Feed) -> None:
    bury(kept, *family())
    feed.catch_up()
    viewer = FeedViewer(feed, Filter.parse("sender:shop.Rare"), is_tree=True)
    viewer.resume(3, "another", is_frozen=False)
    push = viewer.next_push()
    assert push is not None
    assert below_in(push.content)


def test_store_that_went_away_leaves_the_rows_of_the_window(
    client: Client, store: Store, feed: Feed
) -> None:
    bury(store, *family())
    feed.catch_up()
    store.close()
    page = get(client, query="filter=sender:shop.Rare")
    assert "Show earlier" in page or "Search further back" in page
    assert "The store is closed." in page
    assert "Not kept any more" in get(client, "/signals/opened/", "open=r-1")
    assert reverse("signalbox:page") in page
