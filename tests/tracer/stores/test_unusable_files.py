"""Store files that are corrupt, foreign, read-only or in the wrong place."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.tracer.stores.conftest import Open, dispatch
from tracer.exceptions import StoreError
from tracer.stores import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signalbox.sqlite3"


def ids(store: Store) -> list[str]:
    return [record.id for _, record in store.read(0, 10_000)]


def set_aside(path: Path, kind: str) -> list[Path]:
    """Return the database files, without their logs, that were renamed."""
    return [
        found
        for found in path.parent.glob(f"{path.name}.{kind}-*")
        if not found.name.endswith(("-wal", "-shm"))
    ]


@pytest.mark.parametrize(
    "content", [b"not a database, not at all" * 100, b"SQLite format 3\x00" + b"\xff" * 8000, b"xy"]
)
def test_corrupt_file_is_kept_beside_a_new_one(
    open_sqlite: Open, path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    store = open_sqlite()
    store.append([dispatch(1)])
    assert ids(store) == ["t-1"]
    (aside,) = set_aside(path, "corrupt")
    assert aside.read_bytes() == content
    assert store.notice is not None
    assert str(path) in store.notice
    assert aside.name in store.notice


def test_notice_is_seen_by_all_processes_until_the_store_is_cleared(
    open_sqlite: Open, path: Path
) -> None:
    path.write_bytes(b"garbage " * 1000)
    here, there = open_sqlite(), open_sqlite()
    assert here.notice == there.notice is not None
    there.clear()
    assert here.notice is there.notice is None


def test_file_that_turns_out_corrupt_later_is_kept_beside_a_new_one(
    open_sqlite: Open, path: Path
) -> None:
    store = open_sqlite(capacity=10_000)
    store.append([dispatch(number) for number in range(2000)])
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:-4096] = b"\xa5" * (len(content) - 8192 - 4096)
    path.write_bytes(content)

    store = open_sqlite(capacity=10_000)
    with pytest.raises(StoreError, match="malformed"):
        store.read(0, 5000)
    store.append([dispatch(1)])
    assert ids(store) == ["t-1"]
    assert store.notice is not None
    assert set_aside(path, "corrupt")[0].read_bytes()[8192] == 0xA5


def test_file_overwritten_while_open_does_no_harm(open_sqlite: Open, path: Path) -> None:
    store = open_sqlite()
    store.append([dispatch(number) for number in range(500)])
    path.write_bytes(b"overwritten " * 5000)
    for number in range(3):
        try:
            store.append([dispatch(number)])
            store.read(0, 10)
        except StoreError:
            continue
    store.close()
    fresh = open_sqlite()
    fresh.append([dispatch(7)])
    assert ids(fresh)[-1] == "t-7"


def test_file_of_another_version_is_kept_beside_a_new_one(open_sqlite: Open, path: Path) -> None:
    open_sqlite().append([dispatch(1)])
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    store = open_sqlite()
    assert ids(store) == []
    assert len(set_aside(path, "version-99")) == 1
    assert store.notice is not None
    assert "another version" in store.notice


def test_file_that_lost_its_tables_is_kept_beside_a_new_one(open_sqlite: Open, path: Path) -> None:
    open_sqlite().close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE records")
    store = open_sqlite()
    store.append([dispatch(1)])
    assert ids(store) == ["t-1"]
    assert len(set_aside(path, "corrupt")) == 1


def test_database_of_something_else_is_never_touched(open_sqlite: Open, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE auth_user (id INTEGER)")
        other.commit()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="something else"):
        open_sqlite()
    assert path.read_bytes() == content
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_empty_file_becomes_the_store(open_sqlite: Open, path: Path) -> None:
    path.touch()
    store = open_sqlite()
    store.append([dispatch(1)])
    assert ids(store) == ["t-1"]
    assert store.notice is None


def test_folder_in_the_place_of_the_file_is_an_error(open_sqlite: Open, path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match=r"signalbox\.sqlite3 cannot be used"):
        open_sqlite()
    assert path.is_dir()


def test_file_in_the_place_of_the_folder_is_an_error(open_sqlite: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="cannot be used"):
        open_sqlite(tmp_path / "file" / "signalbox.sqlite3")
    assert (tmp_path / "file").read_text() == "mine"


@contextmanager
def without_root() -> Iterator[None]:
    """Give up root's rights, to which no file is read-only, for the block."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    """A folder that everybody may read; those above pytest's own are the owner's alone."""
    folder = Path(tempfile.mkdtemp(prefix="signalbox-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_read_only_file_is_an_error(open_sqlite: Open, readable_folder: Path) -> None:
    path = readable_folder / "signalbox.sqlite3"
    open_sqlite(path).close()
    readable_folder.chmod(0o777)
    path.chmod(0o444)
    with without_root(), pytest.raises(StoreError, match=r"signalbox\.sqlite3 is read-only"):
        open_sqlite(path)
    assert set_aside(path, "*") == []


def test_read_only_folder_is_an_error(open_sqlite: Open, readable_folder: Path) -> None:
    path = readable_folder / "signalbox.sqlite3"
    readable_folder.chmod(0o555)
    with without_root(), pytest.raises(StoreError, match=f"{readable_folder} is read-only"):
        open_sqlite(path)
