"""A file from anybody: huge, deep, cut off, lying about its types; refused by a sentence, with little memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.feed import Feed
from tests.attacks.texts import CONTROLS, assert_harmless, hostile_records
from tests.tracer.recordings.conftest import HEADER, ROW
from tests.tracer.terminal.project import CHECKOUT
from tracer import recordings
from tracer.dispatches import Dispatch
from tracer.exceptions import RecordingError
from tracer.recordings.checking import MOST_TEXT
from tracer.stores import Store

GENEROUS_S = 240

PROGRAM = """
import io, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from tests.tracer.recordings.conftest import HEADER, ROW
import json
from tracer import recordings
from tracer.exceptions import RecordingError


class Endless:
    '''Gives the same piece again and again, as a file that never ends.'''

    def __init__(self, first, piece):
        self.first, self.piece, self.read = first, piece, 0

    def readline(self, limit):
        self.read += limit
        if self.first:
            first, self.first = self.first, b""
            return first
        piece = self.piece() if callable(self.piece) else self.piece
        return piece if piece.endswith(b"\\n") else (piece * (limit // len(piece) + 1))[:limit]


numbers = iter(range(1 << 62))
def another():
    name = f"a-{next(numbers)}"
    return json.dumps({**ROW, "id": name, "root_id": name}).encode() + b"\\n"


header = json.dumps({**HEADER, "records": 1 << 40}).encode() + b"\\n"
for first, piece in [
    (b"", b"x"), (b"", b"["), (b"", b"\\n"), (b"", b"\\0"), (header, b"x"), (header, b"\\n"),
    (header, b" " * 100 + b"\\n"),
    (header, b'{"type":"dispatch","x":[' + b"[" * 99), (header, another),
    (header, lambda: json.dumps({**ROW, "arguments": {"a": "x" * 3_000_000}}).encode() + b"\\n"),
]:
    endless = Endless(first, piece)
    try:
        recordings.read(endless)
    except RecordingError as error:
        assert len(str(error)) < 400, error
    else:
        raise AssertionError((first, piece))
print("refused")
"""


def test_file_without_an_end_is_refused_with_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT), "DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
    )
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr


def whole() -> bytes:
    return b"".join(recordings.lines(_importable(), recordings.header_for(7)))


def _importable() -> list[Any]:
    """Return the hostile records, those of odd ids under such as an import lets in."""
    records: list[Any] = []
    for number, record in enumerate(hostile_records()):
        given: dict[str, object] = {"id": f"i-{number}"}
        if isinstance(record, Dispatch) and record.id.startswith("h-"):
            given = {"enqueued_by": None}
        elif isinstance(record, Dispatch):
            given |= {"root_id": f"i-{number}", "origin_id": "o"}
        records.append(msgspec.structs.replace(record, **given))
    return records


def result_of(data: bytes) -> recordings.Recording | RecordingError:
    """Return what comes of a file; nothing but a sentence may be raised."""
    try:
        found: recordings.Recording | RecordingError = recordings.read(io.BytesIO(data))
    except RecordingError as error:
        found = error
    else:
        return found
    assert len(str(found)) < 400
    assert not CONTROLS & set(str(found))
    assert str(found).startswith("Line ")
    return found


def test_file_that_is_cut_off_anywhere_is_told_or_shows_what_is_whole() -> None:
    data = whole()
    count = len(_importable())
    assert isinstance(result_of(data), recordings.Recording)
    first = data.index(b"\n")
    for end in [*range(0, first, 29), *range(first, len(data), 97)]:
        found = result_of(data[:end])
        if isinstance(found, recordings.Recording):
            assert len(found.records) <= count


@given(st.data())
@settings(max_examples=150)
def test_file_with_bytes_changed_is_told_or_read(data: st.DataObject) -> None:
    text = bytearray(whole())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=6))
    result_of(bytes(text))


LIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([10**19, -(10**19), 2**63, 10**400, "x" * (MOST_TEXT + 1), "", "\ud800", 1e308, "marker"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
FIELDS = (
    *ROW, "arguments", "calls", "depth", "parent_id", "parent_call", "transaction", "database", "trace", "task",
    "error", "enqueued_by", "origin_id", "kind", "at_us", "until_us", "count", "counts", "part_of", "text",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), LIES, min_size=1, max_size=3), st.booleans())
@settings(max_examples=150)
def test_file_that_lies_about_its_types_is_told_or_read(
    lies: dict[str, Any], is_header: bool
) -> None:
    rows = [{**HEADER, **lies} if is_header else HEADER, ROW if is_header else {**ROW, **lies}]
    result_of(b"\n".join(json.dumps(row).encode() for row in rows) + b"\n")


LYING = (
    "place",
    "started_ns",
    "duration_ns",
    "is_async",
    "error",
    "raised_at",
    "query_count",
    "queries",
)
CALL_LIES = st.fixed_dictionaries(
    {"receiver": st.text(max_size=3)}, optional=dict.fromkeys(LYING, LIES)
)


@given(
    calls=st.lists(CALL_LIES, max_size=3),
    arguments=st.dictionaries(st.text(max_size=5), st.integers() | st.floats() | st.text(max_size=9), max_size=3),
    started_us=st.sampled_from([0, 1, 253_370_764_800_000_000]),
    duration_ns=st.sampled_from([None, 0, 320_000_000_000_000_000]),
    depth=st.sampled_from([0, 1, 999_999_999_999]),
)  # fmt: skip
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_let_in_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, settings: Any, feed: Feed, **lies: Any
) -> None:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path_factory.mktemp("site")
    above = (
        {"parent_id": None} if not lies["depth"] else {"parent_id": "gone-1", "root_id": "gone-1"}
    )
    row = {**ROW, **lies, **above, "origin_id": "o-1"}
    data = b"\n".join(json.dumps(each).encode() for each in (HEADER, row)) + b"\n"
    if isinstance(result_of(data), RecordingError):
        return
    kept = recordings.shelf().add(io.BytesIO(data), "lies.ndjson")
    for path in (
        "",
        "plain/",
        "map/",
        "export/",
        f"opened/?open={row['id']}",
        "opened/?open=origin:o-1",
    ):
        answer: Any = Client(SERVER_NAME="localhost").get(f"/signals/recordings/{kept.id}/{path}")
        assert answer.status_code == 200
        if path != "export/":
            assert_harmless(answer.getvalue().decode())


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/x",
        "a\x00b",
        "\u202e\x1b[2J",
        "con",
        ".",
        "x" * 5_000,
        "<script>",
        "a/b\\c",
    ],
)
def test_upload_writes_below_its_folder_alone(
    name: str, settings: Any, feed: Feed, store: Store, tmp_path: Path
) -> None:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path / "site"
    (tmp_path / "site").mkdir()
    sent: Any = Client(SERVER_NAME="localhost").post(
        "/signals/import/",
        {"file": SimpleUploadedFile("x", whole())},
        headers={"Origin": "http://localhost", "HX-Request": "true"},
    )
    assert b"/signals/recordings/" in sent.getvalue()
    kept = recordings.shelf().add(io.BytesIO(whole()), name)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files if path.suffix == ".ndjson"} == {
        "signalbox.recordings"
    }
    assert all(path.is_relative_to(tmp_path / "site" / ".signalbox") for path in files)
    page: Any = Client(SERVER_NAME="localhost").get(f"/signals/recordings/{kept.id}/")
    assert_harmless(page.getvalue().decode())
    # Nothing of it is in the store.
    assert store.count() == 0
