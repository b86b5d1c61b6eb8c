"""Neither file descriptors nor memory to be had: for the site, and for Signalbox in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow

SENDS = """
    import resource
    def receives(number, **_):
        return number
    signal.connect(receives)
    def send(numbers):
        for number in numbers:
            assert signal.send("s", number=number, text="some") == [(receives, number)]
        print("sent", numbers)
"""
DESCRIPTORS = """
    taken = []
    def take_all():
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            print(error.strerror)
        # The page reads a template, and SQLite wants three.
        os.close(taken.pop())
    def give_back():
        while taken:
            os.close(taken.pop())
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
"""


def test_out_of_file_descriptors_while_it_records(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        DESCRIPTORS,
        """
        send(range(10))
        box.settle()
        box.page()
        take_all()
        send(range(10, 500))
        box.settle()
        box.look("out")
        # As after a fork: the file has to be opened again, and cannot be.
        box.while_closed(take_all)
        send(range(500, 1000))
        box.be_refused()
        box.wait_for_page("unable to open database file")
        give_back()
        box.settle()
        box.look("again")
        """,
    )
    assert seen.said["out"]["numbers"] == list(range(500))
    assert seen.said["again"]["numbers"] == list(range(1000))
    assert seen.said["again"]["faults"] == seen.said["again"]["dropped"] == 0
    assert "unable to open" not in seen.said["again"]["page"]


def test_out_of_file_descriptors_from_the_start(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        DESCRIPTORS,
        """
        box.page()
        box.before_it_is_opened(take_all)
        send(range(10))
        box.settle()
        box.look("out")
        give_back()
        send(range(10, 20))
        box.wait(lambda: box.store_name() != "memory")
        box.settle()
        box.look("again")
        """,
    )
    assert seen.said["out"]["store"] == "memory"
    assert seen.said["out"]["numbers"] == list(range(10))
    assert "cannot be used: unable to open database file" in seen.said["out"]["page"]
    assert seen.said["again"]["numbers"] == list(range(20))


def test_memory_that_runs_out_again_and_again(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        send(range(10))
        box.settle()
        box.page()
        def size():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (size() + 40_000_000, hard))
        out = 0
        def takes_all(**_):
            # Small pieces, so that there is nothing left for anybody.
            pieces = []
            try:
                while True:
                    pieces.append(bytearray(2_000))
            except MemoryError:
                pieces.clear()
                return "out"
        full = Signal()
        full.connect(takes_all)
        for number in range(10, 40):
            assert full.send("f") == [(takes_all, "out")]
            for _ in range(20):
                try:
                    signal.send("s", number=number)
                except MemoryError:
                    pass
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, hard))
        send(range(40, 50))
        box.settle()
        box.look("over")
        """,
    )
    over = seen.said["over"]
    numbers = [one for one in over["numbers"] if one is not None]
    assert set(numbers) == set(range(50))
    assert len(over["numbers"]) + over["dropped"] == over["recorded"]


def test_errors_of_memory_that_the_sites_own_objects_raise(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        class Full:
            def __repr__(self):
                raise MemoryError
            __str__ = __hash__ = __bool__ = __len__ = __format__ = __repr__
            def __eq__(self, other):
                raise MemoryError
            def __getattr__(self, name):
                raise MemoryError
        def fails(**_):
            raise MemoryError("no more")
        send(range(10))
        assert signal.send("s", number=10, instance=Full()) == [(receives, 10)]
        signal.connect(fails)
        try:
            signal.send("s", number=11)
        except MemoryError as error:
            print(error)
        box.settle()
        box.look("raised")
        signal.send("s", number=12)
        """,
        code=1,
    )
    raised = seen.said["raised"]
    assert raised["numbers"] == list(range(12))
    assert raised["faults"] == 0
    assert "MemoryError" in raised["page"]
