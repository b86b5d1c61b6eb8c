"""The strip of the mark and the panel of two runs, as a page asks for them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.feed import CAPACITY, Feed
from tests.dashboard.conftest import make_call, make_dispatch, make_marker
from tracer import stores
from tracer.dispatches import Query
from tracer.stores import Store


@pytest.fixture(autouse=True)
def looking(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


def get(client: Client, path: str = "opened/", **query: str) -> str:
    response = client.get(f"/signals/{path}", query)
    assert response.status_code == 200
    return response.content.decode()


def words(fragment: str) -> str:
    """Return what can be read of a fragment, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", fragment)).split())


def compared(client: Client, before: str, at: str = "") -> str:
    return get(client, open="comparison", before=before, at=at)


def test_marked_tree_waits_and_then_stands_beside_its_next_run(
    client: Client, store: Store
) -> None:
    store.append([make_dispatch(id="a", calls=(make_call(receiver="shop.r.charge"),))])
    waiting = words(compared(client, "a"))
    assert "Now run it again The next post_save from auth.User is set beside it" in waiting
    assert "charge 1 µs" in waiting
    store.append([
        make_dispatch(
            id="b",
            calls=(
                make_call(receiver="shop.r.charge", query_count=2, queries=(Query(sql="SELECT ?", count=2),)),
                make_call(receiver="shop.r.thank"),
            ),
        )
    ])  # fmt: skip
    shown = words(compared(client, "a"))
    assert "1.0 ms → 1.0 ms · 0 → 2 queries" in shown
    assert "1 new , +2 queries" in shown
    assert "charge 1 µs charge 1 µs 2 queries +2 queries +2 SELECT ?" in shown
    assert "was not there thank 1 µs new" in shown


def test_no_difference_is_said(client: Client, store: Store) -> None:
    store.append([make_dispatch(id=name, calls=(make_call(),)) for name in "ab"])
    assert "No difference in 2 lines" in words(compared(client, "a"))


def test_other_run_than_the_newest_can_be_chosen(client: Client, store: Store) -> None:
    store.append(
        [make_dispatch(id=name, sender="x.Y" if name == "z" else "x.X") for name in "abcz"]
    )
    page = compared(client, "a", "b")
    assert re.findall(r'<option value="(\w*)"( selected)?', page) == [
        ("", ""), ("c", ""), ("b", " selected"),
    ]  # fmt: skip
    assert '<option value="" selected' in compared(client, "a")
    # One of another kind is offered because it was chosen.
    assert re.findall(r'<option value="(\w*)" selected', compared(client, "a", "z")) == ["z"]


def test_start_of_a_server_in_between_is_said(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a"), make_marker(), make_dispatch(id="b")])
    assert "A server began in between, at " in words(compared(client, "a"))
    assert "A server began" not in words(compared(client, "b", "a"))


def test_panel_is_answered_again_only_when_it_is_another(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a")])
    for added in ("b", "c"):
        page = html.unescape(compared(client, "a"))
        (again,) = re.findall(r'hx-get="(/signals/opened/\?[^"]*seen=[^"]*)"', page)
        assert client.get(again).status_code == 204
        store.append([make_dispatch(id=added)])
        assert client.get(again).status_code == 200


@pytest.mark.parametrize("before", ["gone", "origin:gone", "<script>"])
def test_before_that_is_not_kept_any_more_is_said(
    client: Client, store: Store, before: str
) -> None:
    page = compared(client, before)
    assert "Before is not kept any more" in words(page)
    assert 'SIGNALBOX["CAPACITY"]' in words(page)
    assert "<script>" not in page
    assert "hx-trigger" not in page
    assert "is not kept any more" in words(get(client, "mark/", before=before))


def test_before_that_fell_out_of_the_ring_is_said(
    client: Client, settings: Any, feed: Feed
) -> None:
    settings.SIGNALBOX = {"STORE": "memory", "CAPACITY": 100}
    store = stores.shared()
    store.append([make_dispatch(id="a")])
    assert "Now run it again" in words(compared(client, "a"))
    for _ in range(CAPACITY // 50):
        # Slower ones: the slowest outlast the rest.
        store.append([make_dispatch(duration_ns=2_000_000) for _ in range(50)])
        feed.catch_up()
    assert "Before is not kept any more" in words(compared(client, "a"))


def test_after_that_is_not_kept_any_more_is_said(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a")])
    assert "After is not kept any more" in words(compared(client, "a", "gone"))


def test_without_a_mark_it_is_said_how_to_set_one(client: Client, store: Store) -> None:
    assert "Nothing is marked" in words(compared(client, ""))


def test_strip_says_what_is_marked_and_whether_it_ran_again(client: Client, store: Store) -> None:
    assert get(client, "mark/") == ""
    given = {"origin": "GET /x/", "origin_id": "r-1"}
    store.append([make_dispatch(id="a", **given)])
    strip = words(get(client, "mark/", before="origin:r-1"))
    assert re.match(r"Before GET /x/ [\d:.]+ not run again yet Compare Unmark", strip)
    store.append([make_dispatch(origin="GET /x/", origin_id=f"r-{at}") for at in (2, 3)])
    strip = words(get(client, "mark/", before="origin:r-1"))
    assert "ran again ×2, last at " in strip
    assert "Before GET /x/" in words(get(client, "", before="origin:r-1"))


@pytest.mark.parametrize(
    ("opened", "before", "buttons"),
    [
        ("a", "", [("mark", "a")]),
        ("below", "", [("mark", "a")]),
        ("below", "a", [("unmark", "")]),
        ("b", "a", [("compare", "b"), ("mark", "b")]),
        ("origin:r-1", "", [("mark", "origin:r-1")]),
        ("origin:r-1", "origin:r-1", [("unmark", "")]),
        # With a request that is marked, a tree stands for its request.
        ("a", "origin:r-1", [("unmark", "")]),
        ("b", "origin:r-1", [("compare", "origin:r-2"), ("mark", "b")]),
    ],
)
def test_opened_tree_or_request_can_be_marked_or_compared(
    client: Client, store: Store, opened: str, before: str, buttons: list[tuple[str, str]]
) -> None:
    store.append([
        make_dispatch(id="a", origin="GET /x/", origin_id="r-1"),
        make_dispatch(id="below", parent_id="a", root_id="a", depth=1, origin="GET /x/", origin_id="r-1"),
        make_dispatch(id="b", origin="GET /x/", origin_id="r-2"),
    ])  # fmt: skip
    page = get(client, open=opened, before=before)
    found = re.findall(r'data-action="(mark|unmark|compare)"(?: data-(?:id|at)="([^"]*)")?', page)
    assert found == buttons


def test_filter_leaves_what_is_marked_and_what_is_open(client: Client, store: Store) -> None:
    here = "http://testserver/signals/?open=comparison&at=b&before=a"
    response = client.get(
        "/signals/", {"filter": "x"}, headers={"HX-Request": "true", "HX-Current-URL": here}
    )
    assert response["HX-Push-Url"] == "/signals/?filter=x&open=comparison&at=b&before=a"


def test_after_of_another_kind_is_named(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a"), make_dispatch(id="b", sender="auth.Group")])
    assert words(compared(client, "a", "b")).startswith(
        "post_save auth.User → post_save auth.Group"
    )
