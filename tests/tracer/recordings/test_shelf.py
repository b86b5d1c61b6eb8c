"""The recordings that were imported, in their folder."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.tracer.recordings.conftest import ROW, Write
from tracer.exceptions import RecordingError
from tracer.recordings import Shelf
from tracer.recordings.shelf import MOST_SHELVED


def test_what_is_added_is_there_under_its_name(tmp_path: Path, write: Write) -> None:
    shelf = Shelf(tmp_path / "box")
    assert shelf.all() == []
    shelved = shelf.add(write(ROW), "from-worker.ndjson")
    assert shelf.all() == [shelved]
    assert shelved.header.name == "from-worker.ndjson"
    assert shelved.header.made_on == "worker-3"
    recording = shelf.open(shelved.id)
    assert recording is not None
    assert [record.id for record in recording.records] == ["abc123-1"]
    assert (tmp_path / "box" / ".gitignore").read_text() == "*\n"


def test_same_file_twice_is_one_recording(tmp_path: Path, write: Write) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.add(write(ROW)) == shelf.add(write(ROW))
    assert len(shelf.all()) == 1


def test_refused_file_leaves_everything_as_it_was(tmp_path: Path, write: Write) -> None:
    shelf = Shelf(tmp_path)
    kept = shelf.add(write(ROW))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(RecordingError, match="Line 2"):
        shelf.add(write(b"{]", ROW))
    assert sorted(tmp_path.iterdir()) == before
    assert shelf.all() == [kept]


def test_what_was_cut_off_stays_known_as_cut_off(tmp_path: Path, write: Write) -> None:
    shelf = Shelf(tmp_path)
    recording = shelf.open(shelf.add(write(ROW, records=5)).id)
    assert recording is not None
    assert recording.missing == 4


def test_oldest_makes_room(tmp_path: Path, write: Write) -> None:
    shelf = Shelf(tmp_path)
    ids = [shelf.add(write(ROW, name=str(number))).id for number in range(MOST_SHELVED + 2)]
    assert {one.id for one in shelf.all()} == set(ids[2:])


@pytest.mark.parametrize("name", ["", "..", "../secret", "a" * 16 + "/..", "nothere", "0" * 16])
def test_what_is_not_kept_is_none_and_removed_in_silence(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret.ndjson").write_text("x")
    shelf = Shelf(tmp_path / "box")
    assert shelf.open(name) is None
    shelf.remove(name)
    assert (tmp_path / "secret.ndjson").exists()


def test_removed_one_is_gone(tmp_path: Path, write: Write) -> None:
    shelf = Shelf(tmp_path)
    shelved = shelf.add(write(ROW))
    shelf.remove(shelved.id)
    assert shelf.all() == []
    assert shelf.open(shelved.id) is None


def test_folder_that_cannot_be_made_is_told(tmp_path: Path, write: Write) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="The recording could not be kept: "):
        Shelf(tmp_path / "file").add(write(ROW))


def test_file_that_was_damaged_on_the_shelf_is_passed_over_or_told(
    tmp_path: Path, write: Write
) -> None:
    shelf = Shelf(tmp_path)
    shelved = shelf.add(write(ROW))
    (tmp_path / f"{shelved.id}.ndjson").write_bytes(b"\xff")
    assert shelf.all() == []
    with pytest.raises(RecordingError, match="Line 1"):
        shelf.open(shelved.id)


def test_stream_that_fails_is_told(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(RecordingError, match="could not be kept: Input/output error"):
        Shelf(tmp_path).add(Broken())
