"""The store's file removed, corrupt or truncated under a process that has it open, and corrupt as it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scripts import run_twice, store_file

pytestmark = pytest.mark.slow

SENDS = """
    import shutil
    def receives(number, **_):
        return number * 2
    signal.connect(receives)
    def send(numbers):
        for number in numbers:
            assert signal.send("s", number=number) == [(receives, number * 2)]
"""


@pytest.mark.parametrize(
    "how",
    [
        "box.store.unlink()",
        "[file.unlink() for file in box.store.parent.iterdir()]",
        "shutil.rmtree(box.store.parent)",
    ],
    ids=["file", "files", "folder"],
)
def test_file_removed_while_it_is_open(tmp_path: Path, how: str) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        f"""
        send(range(10))
        box.settle()
        box.page()
        if box.is_on:
            {how}
        send(range(10, 20))
        box.settle()
        box.look("removed")
        """,
    )
    removed = seen.said["removed"]
    assert removed["numbers"] == list(range(10, 20))
    assert "was removed" in removed["page"]
    assert [one.arguments["number"] for one in seen.dispatches] == list(range(10, 20))


GARBAGE = """
    import sqlite3
    def spoil(content, *, is_in_log):
        if not box.is_on:
            return
        if not is_in_log:
            other = sqlite3.connect(box.store)
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            other.close()
        with open(box.store, "r+b") as file:
            file.truncate(0)
            file.write(content)
"""
CONTENTS = ["b'SQLite format 3' + bytes(8000)", "b'nothing ' * 2000", "b''"]


@pytest.mark.parametrize("content", CONTENTS)
def test_file_overwritten_while_it_is_open(tmp_path: Path, content: str) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        GARBAGE,
        f"""
        send(range(10))
        box.settle()
        box.page()
        spoil({content}, is_in_log=False)
        for first in range(10, 3010, 100):
            send(range(first, first + 100))
            box.settle()
        box.look("overwritten")
        """,
    )
    over = seen.said["overwritten"]
    assert over["numbers"][-1] == 3009
    assert "unusable" in over["page"]


def test_file_overwritten_whose_log_has_it_all_loses_nothing(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        GARBAGE,
        """
        send(range(10))
        box.settle()
        spoil(b"nothing " * 2000, is_in_log=True)
        send(range(10, 20))
        box.settle()
        box.look("overwritten")
        """,
    )
    assert seen.said["overwritten"]["numbers"] == list(range(20))
    assert [one.arguments["number"] for one in seen.dispatches] == list(range(20))


def test_file_corrupt_from_the_start(tmp_path: Path) -> None:
    file = store_file(tmp_path)
    file.parent.mkdir()
    file.write_bytes(b"not a database, not at all" * 100)
    seen = run_twice(tmp_path, SENDS, 'send(range(10))\nbox.settle()\nbox.look("begun")')
    assert seen.said["begun"]["numbers"] == list(range(10))
    assert "was unusable" in seen.said["begun"]["page"]
