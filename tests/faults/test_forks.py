"""`fork` at any moment: from many threads, in a receiver, and where there are no forks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.scripts import run_twice
from tests.tracer.programs import run_program

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
]

MEANT = """
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)
"""


def test_fork_in_many_threads_while_others_send_and_the_page_is_looked_at(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        MEANT,
        """
        inner = Signal()
        def receives(number, **_):
            inner.send("i", number=number)
            return number
        signal.connect(receives)
        box.page()
        over = threading.Event()
        def sends():
            while not over.is_set():
                signal.send("s", number=-1)
                over.wait(0.001)
        def looks():
            while not over.is_set():
                box.page()
                over.wait(0.001)
        codes = []
        def forks(thread):
            for number in range(8):
                child = os.fork()
                if child == 0:
                    assert signal.send("s", number=thread * 8 + number) == [(receives, thread * 8 + number)]
                    box.settle()
                    os._exit(7)
                codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        others = [threading.Thread(target=one) for one in (sends, sends, *[looks] * box.is_on)]
        forking = [threading.Thread(target=forks, args=(number,)) for number in range(4)]
        for thread in (*others, *forking):
            thread.start()
        for thread in forking:
            thread.join()
        over.set()
        for thread in others:
            thread.join()
        box.settle()
        box.look("forked")
        print(codes)
        """,
    )
    forked = seen.said["forked"]
    numbers = [one for one in forked["numbers"] if one is not None and one >= 0]
    assert sorted(numbers) == sorted([*range(32), *range(32)])
    assert forked["faults"] == forked["dropped"] == 0
    by_id = {one.id: one for one in seen.dispatches}
    assert len(by_id) == len(seen.dispatches)
    for one in seen.dispatches:
        assert one.parent_id is None or one.parent_id in by_id


def test_fork_in_a_receiver_leaves_one_tree_of_two_processes(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        MEANT,
        """
        from django.core.management.base import BaseCommand
        inner = Signal()
        def forks(**_):
            inner.send("i", number=1)
            child = os.fork()
            if child == 0:
                inner.send("i", number=2)
                sys.exit(3)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            inner.send("i", number=3)
            return code
        signal.connect(forks)
        class Command(BaseCommand):
            requires_system_checks = []
            def handle(self, **_):
                print([code for _, code in signal.send("s", number=0)])
        from django.core.management import call_command
        call_command(Command())
        box.settle()
        """,
    )
    tree = sorted(
        (one for one in seen.dispatches if one.signal.startswith("__main__.")),
        key=lambda one: one.arguments["number"],
    )
    outer, first, childs, last = tree
    assert {one.parent_id for one in (first, childs, last)} == {outer.id}
    assert {one.root_id for one in tree} == {outer.id}
    assert len({one.origin_id for one in tree}) == 1
    assert childs.process != outer.process == last.process
    assert outer.state == "ok"


def test_platform_without_forks(tmp_path: Path) -> None:
    said = run_program(
        f"""
        import os
        from django.conf import settings
        import django.db.models, concurrent.futures.thread
        # As it is on Windows; those of the standard library have asked by now.
        del os.register_at_fork, os.fork
        settings.configure(SIGNALBOX={{"STORE": "sqlite:///{tmp_path}/box.sqlite3"}})
        import django; django.setup()
        import tracer
        from django.dispatch import Signal
        tracer.install()
        with tracer.capture() as captured:
            Signal().send("s")
        print(len(captured))
        """
    )
    assert said == "1\n"
