"""What comes into the page, by whom, and what is said of what does not."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard import imports
from dashboard.feed import Feed
from tests.dashboard.conftest import make_dispatch
from tracer import recordings
from tracer.stores import Store

IMPORT = "/signals/import/"
PAGE = {"HX-Request": "true", "Origin": "http://testserver"}


@pytest.fixture(autouse=True)
def folder(settings: Any, feed: Feed, tmp_path: Path) -> Path:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path
    return tmp_path


def exported(*names: str) -> bytes:
    records = [make_dispatch(id=name) for name in names]
    return b"".join(recordings.lines(records, recordings.header_for(len(records))))


def bring(client: Client, body: bytes, name: str = "a.ndjson", **headers: str) -> Any:
    file = SimpleUploadedFile(name, body, "application/x-ndjson")
    return client.post(IMPORT, {"file": file}, headers=PAGE | headers)


def said(response: Any) -> list[dict[str, Any]]:
    """Return the lines of an answer."""
    assert response["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.getvalue().splitlines()]


def path_of(response: Any) -> str:
    """Return where what was imported opens."""
    path: str = said(response)[-1]["open"]
    return path


def test_imported_recording_is_kept_and_opened(client: Client, folder: Path) -> None:
    path = path_of(bring(client, exported("r-1"), "From Worker.ndjson"))
    (shelved,) = recordings.shelf().all()
    assert path == f"/signals/recordings/{shelved.id}/"
    assert shelved.header.name == "From Worker.ndjson"
    assert list(folder.glob(".signalbox/signalbox.recordings/*.ndjson"))


def test_import_leaves_store_and_feed_alone(client: Client, store: Store, feed: Feed) -> None:
    store.append([make_dispatch(id="a-1")])
    feed.catch_up()
    before = store.newest(10), store.control(), list(feed.window.rows)
    target = path_of(bring(client, exported("a-1", "r-1")))
    client.get(target)
    feed.catch_up()
    assert (store.newest(10), store.control(), list(feed.window.rows)) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04",
        b"[" * 100_000,
        "<script>alert(1)</script>\u202e".encode(),
        exported("r-1") + b'{"type":"dispatch"}\n',
    ],
)
def test_what_is_no_recording_is_told_and_changes_nothing(body: bytes, client: Client) -> None:
    kept = path_of(bring(client, exported("r-1")))
    response = bring(client, body)
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    (*_, last) = said(response)
    assert list(last) == ["problem"]
    assert "\u202e" not in last["problem"]
    assert [f"/signals/recordings/{one.id}/" for one in recordings.shelf().all()] == [kept]


def test_form_without_a_file_is_told(client: Client) -> None:
    response: Any = client.post(IMPORT, {"file": "text"}, headers=PAGE)
    assert said(response) == [{"problem": "Expected a file, got none."}]


def test_body_that_is_too_long_is_refused_before_it_is_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MOST_BODY", 100)
    response = bring(client, exported("r-1"))
    assert said(response)[0]["problem"].startswith("Expected a file of at most 128 MB, got ")
    assert recordings.shelf().all() == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b", "\u202egpj.exe", "x" * 500, "<b>"])
def test_name_is_only_a_name(name: str, client: Client, folder: Path) -> None:
    response = bring(client, exported("r-1"), name)
    opened = path_of(response)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {"signalbox.recordings"}
    page: Any = client.get(opened)
    assert "\u202e" not in page.content.decode()
    assert "<b><b>" not in page.content.decode()


def test_list_and_forgetting(client: Client) -> None:
    target = path_of(bring(client, exported("r-1"), "one.ndjson"))
    listed: Any = client.get("/signals/recordings/")
    assert "one.ndjson" in listed.content.decode()
    left: Any = client.post(f"{target}forget/", headers=PAGE)
    assert "one.ndjson" not in left.content.decode()
    again: Any = client.post(f"{target}forget/", {"here": "1"}, headers=PAGE)
    assert again["HX-Redirect"] == "/signals/"
    assert recordings.shelf().all() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
)
def test_other_sites_can_bring_nothing(headers: dict[str, str], client: Client) -> None:
    assert bring(client, exported("r-1"), **headers).status_code == 403
    assert client.post(IMPORT, headers={"Origin": "http://testserver"}).status_code == 403
    assert recordings.shelf().all() == []


def test_only_those_who_may_look_may_bring_and_see(client: Client) -> None:
    target = path_of(bring(client, exported("r-1")))
    far = {"REMOTE_ADDR": "203.0.113.9"}
    for path in ("/signals/recordings/", target, *(f"{target}{part}/" for part in PARTS)):
        assert client.get(path, **far).status_code == 403, path  # type: ignore[arg-type]
    for path in (IMPORT, f"{target}forget/"):
        assert client.post(path, headers=PAGE, **far).status_code == 403  # type: ignore[arg-type]
    assert len(recordings.shelf().all()) == 1


PARTS = ("rows", "opened", "complete", "export", "written")


def test_import_is_a_post_and_the_list_a_get(client: Client) -> None:
    assert client.get(IMPORT, headers=PAGE).status_code == 405
    assert client.post("/signals/recordings/", headers=PAGE).status_code == 405


def test_json_of_another_kind_is_shown_back(client: Client) -> None:
    (told,) = said(bring(client, json.dumps({"log": {"creator": "\u202e"}}).encode()))
    assert 'got {"log"' in told["problem"]


def test_stream_is_read_from_its_file(client: Client) -> None:
    large = exported(*(f"r-{number}" for number in range(12_000)))
    assert len(large) > 2_621_440, "it is to go through a temporary file"
    told = said(bring(client, large))
    assert [one["read"] for one in told[:-1]] == [*range(0, 12_001, 1_000), 12_000]
    assert {one["of"] for one in told[:-1]} == {12_000}
    assert "open" in told[-1]
    assert recordings.read(io.BytesIO(large)).missing == 0


def test_import_that_is_broken_off_keeps_nothing(client: Client) -> None:
    response = bring(client, exported(*(f"r-{number}" for number in range(3_000))))
    pieces = iter(response)
    assert b'"read": 0' in next(pieces)
    response.close()
    assert recordings.shelf().all() == []
