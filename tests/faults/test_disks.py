"""A disk that is full or read-only, as Signalbox begins and while it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Around
from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow

Disk = tuple[Path, Around]

SENDS = """
    import subprocess
    disk = box.store.parent
    def receives(number, **_):
        return number * 2
    signal.connect(receives)
    def send(numbers):
        for number in numbers:
            assert signal.send("s", number=number, text="x" * 100) == [(receives, number * 2)]
        print("sent", numbers)
    def fill():
        try:
            with open(disk / "filler", "ab", buffering=0) as filler:
                while True:
                    filler.write(bytes(1024))
        except OSError as error:
            print(error.strerror)
    def remount(how):
        subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)
"""


def test_disk_that_fills_up_while_it_is_written(tmp_path: Path, disk: Disk) -> None:
    folder, around = disk
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        send(range(10))
        box.settle()
        fill()
        send(range(10, 400))
        box.wait_for_page("waits to be written")
        box.look("full")
        os.unlink(disk / "filler")
        send(range(400, 410))
        box.settle()
        box.look("room again")
        """,
        store=folder / "box.sqlite3",
        around=around,
    )
    full, after = seen.said["full"], seen.said["room again"]
    assert "disk is full" in full["trouble"]
    assert "disk is full" in full["page"]
    assert after["numbers"] == list(range(410))
    assert "disk is full" not in after["page"]
    assert after["dropped"] == 0


def test_disk_that_is_full_from_the_start(tmp_path: Path, disk: Disk) -> None:
    folder, around = disk
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        fill()
        send(range(10))
        box.settle()
        box.look("full")
        os.unlink(disk / "filler")
        send(range(10, 20))
        box.wait(lambda: "memory" not in box.store_name())
        box.settle()
        box.look("room again")
        """,
        store=folder / "box.sqlite3",
        around=around,
    )
    full, after = seen.said["full"], seen.said["room again"]
    assert full["store"] == "memory"
    assert full["numbers"] == list(range(10))
    assert "cannot be used" in full["page"]
    assert after["numbers"] == list(range(20))
    assert "cannot be used" not in after["page"]


def test_file_system_that_becomes_read_only(tmp_path: Path, disk: Disk) -> None:
    folder, around = disk
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        send(range(10))
        box.settle()
        box.while_closed(lambda: remount("ro"))
        send(range(10, 20))
        box.be_refused()
        box.look("read-only")
        remount("rw")
        send(range(20, 30))
        box.settle()
        box.look("writable again")
        """,
        store=folder / "box.sqlite3",
        around=around,
    )
    assert f"{folder / 'box.sqlite3'} is read-only" in seen.said["read-only"]["page"]
    assert seen.said["writable again"]["numbers"] == list(range(30))


def test_file_system_that_is_read_only_from_the_start(tmp_path: Path, disk: Disk) -> None:
    folder, around = disk
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        remount("ro")
        send(range(10))
        box.settle()
        box.look("read-only")
        remount("rw")
        send(range(10, 20))
        box.wait(lambda: box.store_name() != "memory")
        box.settle()
        box.look("writable again")
        """,
        store=folder / "box.sqlite3",
        around=around,
    )
    before, after = seen.said["read-only"], seen.said["writable again"]
    assert before["store"] == "memory"
    assert f"{folder} is read-only" in before["page"]
    assert before["numbers"] == list(range(10))
    assert after["numbers"] == list(range(20))
