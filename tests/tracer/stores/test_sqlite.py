"""The SQLite store among other threads, other processes and other people's files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import WaitUntil
from tests.tracer.stores.conftest import STOP, Open, dispatch
from tracer.dispatches import Dispatch, Marker
from tracer.exceptions import StoreError
from tracer.stores import Control, Store
from tracer.stores.sqlite_file import APPLICATION_ID, SCHEMA_VERSION

CHECKOUT = Path(__file__).resolve().parents[3]

SCRIPT_HEAD = """
import sys, os
from pathlib import Path
from tests.tracer.stores.conftest import STOP, dispatch
from tracer.exceptions import StoreError
from tracer.stores import Control
from tracer.stores.lasting import Capacity
from tracer.stores.sqlite import SqliteStore
store = SqliteStore(Path(sys.argv[1]), Capacity(10_000, 10_000_000))

def persist(write):
    for _ in range(100):
        try:
            return write()
        except StoreError:
            continue
    raise AssertionError("locked a hundred times")
"""


def run_python(script: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT_HEAD + script, str(path)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    return output


def ids(store: Store) -> list[str]:
    return [record.id for _, record in store.read(0, 10_000)]


def test_history_is_there_after_closing_and_opening(open_sqlite: Open) -> None:
    first = open_sqlite()
    first.append([dispatch(1)])
    first.set_control(Control(stopped=STOP))
    epoch = first.epoch
    first.close()
    second = open_sqlite()
    assert ids(second) == ["t-1"]
    assert second.epoch == epoch
    assert second.control() == Control(stopped=STOP)
    assert second.notice is None


def test_another_process_writes_while_this_one_reads_and_writes(
    open_sqlite: Open, tmp_path: Path, wait_until: WaitUntil
) -> None:
    store = open_sqlite(capacity=10_000)
    other = run_python(
        """
for n in range(300): persist(lambda: store.append([dispatch(n)]))
persist(lambda: store.set_control(Control(stopped=STOP, muted=("x",))))
""",
        tmp_path / "signalbox.sqlite3",
    )
    cursor, seen, mine = 0, [], 1000

    def has_all() -> bool:
        nonlocal cursor, mine
        store.append([dispatch(mine)])
        mine += 1
        found = store.read(cursor, 50)
        seen.extend(record.id for _, record in found)
        cursor = found[-1][0] if found else cursor
        return "t-299" in seen

    wait_until(has_all, timeout_s=60)
    finish(other)
    seen += [record.id for _, record in store.read(cursor, 10_000)]
    assert len(seen) == len(set(seen)) == 300 + mine - 1000
    assert [name for name in seen if int(name[2:]) < 1000] == [f"t-{n}" for n in range(300)]
    assert store.control() == Control(stopped=STOP, muted=("x",))


def test_clearing_in_one_store_changes_the_epoch_of_the_other(open_sqlite: Open) -> None:
    here, there = open_sqlite(), open_sqlite()
    here.append([dispatch(1)])
    assert here.epoch == there.epoch
    before = here.epoch
    there.clear()
    assert here.epoch == there.epoch != before
    assert ids(here) == []


def test_fork_leaves_parent_and_child_a_store_that_works(tmp_path: Path) -> None:
    process = run_python(
        """
store.append([dispatch(1)])
assert store.count() == 1
child = os.fork()
if child == 0:
    store.append([dispatch(2)])
    os._exit(0 if store.count() >= 2 else 1)
store.append([dispatch(3)])
_, status = os.waitpid(child, 0)
assert status == 0
print(sorted(record.id for _, record in store.read(0, 10)))
""",
        tmp_path / "signalbox.sqlite3",
    )
    assert finish(process).strip() == "['t-1', 't-2', 't-3']"


def test_many_may_make_the_file_at_once(open_sqlite: Open) -> None:
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            open_sqlite().append([dispatch(number)])
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(ids(open_sqlite())) == [f"t-{number}" for number in range(8)]


def test_locked_file_is_an_error_that_passes(open_sqlite: Open, tmp_path: Path) -> None:
    store = open_sqlite()
    store.append([dispatch(1)])
    path = tmp_path / "signalbox.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"signalbox\.sqlite3 is locked"):
            store.append([dispatch(2)])
        assert ids(store) == ["t-1"], "readers go on"
        other.execute("ROLLBACK")
    store.append([dispatch(2)])
    assert ids(store) == ["t-1", "t-2"]


def test_batch_is_kept_whole_or_not_at_all(open_sqlite: Open, tmp_path: Path) -> None:
    store = open_sqlite()
    with closing(sqlite3.connect(tmp_path / "signalbox.sqlite3")) as other:
        other.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON records WHEN new.id = 't-2' "
            "BEGIN SELECT raise(ABORT, 'refused'); END"
        )
    with pytest.raises(StoreError, match="refused"):
        store.append([dispatch(1), dispatch(2), dispatch(3)])
    assert ids(store) == []
    store.append([dispatch(1)])
    assert ids(store) == ["t-1"]


def test_file_removed_while_open_is_begun_anew(open_sqlite: Open, tmp_path: Path) -> None:
    here, there = open_sqlite(), open_sqlite()
    here.append([dispatch(1)])
    epoch = there.epoch
    for path in tmp_path.iterdir():
        path.unlink()
    here.append([dispatch(2)])
    assert ids(there) == ids(here) == ["t-2"]
    assert there.epoch == here.epoch != epoch


def test_folder_removed_while_open_is_made_again(open_sqlite: Open, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "folder"
    store = open_sqlite(folder / "signalbox.sqlite3")
    store.append([dispatch(1)])
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert ids(store) == []
    store.append([dispatch(2)])
    assert ids(store) == ["t-2"]


def test_record_that_does_not_decode_is_passed_over(open_sqlite: Open, tmp_path: Path) -> None:
    store = open_sqlite()
    store.append([dispatch(1)])
    with closing(sqlite3.connect(tmp_path / "signalbox.sqlite3")) as other:
        for number, data in enumerate([b"", b"\xc1", b"\x81\xa4type\xa3new", "text", 5]):
            other.execute(
                "INSERT INTO records (id, root, about, size, data) VALUES (?, '', 0, 0, ?)",
                (f"x{number}", data),
            )
        other.commit()
    store.append([dispatch(2)])
    assert ids(store) == ["t-1", "t-2"]
    first = store.read(0, 1)[0][0]
    assert [record.id for _, record in store.read(first, 1)] == ["t-2"], "they use up no limit"
    assert [record.id for _, record in store.newest(2)] == ["t-1", "t-2"]


@pytest.mark.parametrize("value", [2**70, "\ud800"])
def test_record_that_does_not_encode_becomes_a_marker(open_sqlite: Open, value: object) -> None:
    store = open_sqlite()
    store.append([dispatch(1), dispatch(2, arguments={"value": value}), dispatch(3)])
    one, two, three = (record for _, record in store.read(0, 10))
    assert isinstance(one, Dispatch)
    assert isinstance(three, Dispatch)
    assert isinstance(two, Marker)
    assert (two.id, two.kind) == ("t-2", "fault")


def test_file_says_whose_it_is(open_sqlite: Open, tmp_path: Path) -> None:
    open_sqlite()
    with closing(sqlite3.connect(tmp_path / "signalbox.sqlite3")) as other:
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert other.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
