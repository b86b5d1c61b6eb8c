"""What leaves the page: the filtered feed as a file, a tree as text."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

import dashboard.feed
from dashboard import exports
from dashboard.feed import Feed
from tests.dashboard.conftest import make_call, make_dispatch, make_marker
from tracer import recordings
from tracer.exceptions import StoreError
from tracer.stores import Store

EXPORT = "/signals/export/"
WRITTEN = "/signals/written/"


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


def test_export_is_the_recording_of_what_is_filtered(client: Client, store: Store) -> None:
    marker = make_marker(id="m-1")
    kept = make_dispatch(id="a-1", error="ValueError", state="error")
    store.append([marker, kept, make_dispatch(id="a-2")])
    response: Any = client.get(f"{EXPORT}?filter=is%3Aerror")
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="signalbox-')
    assert response["Content-Disposition"].endswith('.ndjson"')
    assert response["X-Content-Type-Options"] == "nosniff"
    recording = recordings.read(io.BytesIO(response.getvalue()))
    assert recording.records == (marker, kept)
    assert recording.header.filter == "is:error"
    assert response[exports.RECORDS] == "2"


def test_export_is_of_all_that_the_store_keeps_and_changes_nothing(
    client: Client, store: Store
) -> None:
    store.append([make_dispatch(id=f"a-{number}") for number in range(6_000)])
    before = store.newest(10_000), store.control()
    response: Any = client.get(EXPORT)
    assert len(response.getvalue().splitlines()) == 6_001
    assert (store.newest(10_000), store.control()) == before
    assert client.post(EXPORT).status_code == 405


def test_filter_that_does_not_parse_is_told(client: Client) -> None:
    response: Any = client.get(f"{EXPORT}?filter=is%3Anothing")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.startswith(b"The filter does not parse: ")


def test_store_that_is_away_is_told(client: Client, store: Store) -> None:
    store.close()
    response: Any = client.get(EXPORT)
    assert response.status_code == 503
    assert str(StoreError("The store is closed.")).encode() in response.content


@pytest.mark.parametrize(
    ("form", "begins"),
    [("markdown", "**`POST /buy/`**"), ("json", "{\n"), ("test", "# Written by")],
)
def test_tree_is_written_as_text(form: str, begins: str, client: Client, store: Store) -> None:
    root = make_dispatch(id="a-1", origin="POST /buy/", origin_id="a-0", calls=(make_call(),))
    child = make_dispatch(
        id="a-2", root_id="a-1", parent_id="a-1", parent_call=0, depth=1, origin_id="a-0"
    )
    store.append([root, child, make_dispatch(id="a-3", origin="POST /buy/", origin_id="a-0")])
    response: Any = client.get(f"{WRITTEN}?{urlencode({'open': 'a-2', 'as': form})}")
    text = response.content.decode()
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert text.startswith(begins)
    assert text.count("post_save") >= 2
    whole: Any = client.get(f"{WRITTEN}?open=origin:a-0&as=json")
    assert len(json.loads(whole.content)["dispatches"]) == 3


@pytest.mark.parametrize("open_id", ["a-1", "a-2", "origin:a-0"])
def test_tree_that_the_window_has_lost_is_written_from_the_store(
    open_id: str, client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard.feed, "CAPACITY", 2)
    given: dict[str, Any] = {"origin": "POST /buy/", "origin_id": "a-0"}
    child: dict[str, Any] = {"root_id": "a-1", "parent_id": "a-1", "parent_call": 0, "depth": 1}
    store.append(
        [
            make_dispatch(id="a-1", signal="shop.signals.paid", calls=(make_call(),), **given),
            make_dispatch(id="a-2", **child, **given),
            *(make_dispatch() for _ in range(3)),
        ]
    )
    whole: Any = client.get(f"{WRITTEN}?{urlencode({'open': open_id, 'as': 'json'})}")
    assert [one["id"] for one in json.loads(whole.content)["dispatches"]] == ["a-1", "a-2"]
    test: Any = client.get(f"{WRITTEN}?{urlencode({'open': open_id, 'as': 'test'})}")
    assert 'client.post("/buy/"' in test.content.decode()


def test_tree_of_which_the_window_has_lost_the_beginning_is_written_whole(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard.feed, "CAPACITY", 2)
    child: dict[str, Any] = {"root_id": "a-1", "parent_id": "a-1", "parent_call": 0, "depth": 1}
    store.append([make_dispatch(id="a-1"), *(make_dispatch(id=f"a-{n}", **child) for n in (2, 3))])
    response: Any = client.get(f"{WRITTEN}?open=a-3&as=json")
    found = [one["id"] for one in json.loads(response.content)["dispatches"]]
    assert found == ["a-1", "a-2", "a-3"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("open=a-1&as=html", 400), ("open=a-1", 400), ("open=nothere&as=json", 404), ("as=json", 404)],
)
def test_what_cannot_be_written_is_told(query: str, status: int, client: Client) -> None:
    response: Any = client.get(f"{WRITTEN}?{query}")
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/plain")


def test_tree_of_a_request_signal_is_no_test(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="a-1", signal="django.core.signals.request_started")])
    response: Any = client.get(f"{WRITTEN}?open=a-1&as=test")
    assert response.status_code == 409
    assert b"A test's client sends request signals itself" in response.content


@pytest.mark.parametrize("path", [EXPORT, f"{WRITTEN}?open=a-1&as=json"])
def test_nobody_else_may(path: str, client: Client) -> None:
    assert client.get(path, REMOTE_ADDR="203.0.113.9").status_code == 403
