"""`manage.py signals tail`, run as a process beside others that dispatch."""

from __future__ import annotations

import shutil
import threading

import pytest

from tests.tracer.terminal.project import Following, Project
from tracer.dispatches import Marker
from tracer.stores import Store, open_store

SEND = """
    from shop.models import Order
    from shop.receivers import order_placed
    order_placed.send(sender=Order, number={number})
"""


def store_of(project: Project) -> Store:
    return open_store(f"sqlite:///{project.folder / '.signalbox' / 'signalbox.sqlite3'}", 20_000)


def wait_for_end(tail: Following, name: str) -> str:
    """Wait for a dispatch's last line: on a machine that stands still it may be shown as running first."""
    while "running" in (line := tail.wait_for(name)):
        pass
    return line


def test_shows_what_another_process_dispatches_until_it_is_interrupted(project: Project) -> None:
    with project.follow("signal:order_placed") as tail:
        tail.wait_for("Following sqlite .signalbox/signalbox.sqlite3")
        project.shell(SEND.format(number=1))
        assert tail.wait_for("── manage.py shell").split()[3] == "shell"
        line = wait_for_end(tail, "order_placed").split()
        assert line[1:5] == ["order_placed", "shop.Order", "reserve_stock", "send_receipt"]
        assert tail.interrupt() == 0
        assert tail.lines[-1] == "1 dispatch shown.\n"


def test_shows_the_last_dispatches_first(project: Project) -> None:
    for number in range(2):
        project.shell(SEND.format(number=number))
    with project.follow("--last", "1", "arg:number=0,1") as tail:
        wait_for_end(tail, "order_placed")
        project.shell(SEND.format(number=0))
        wait_for_end(tail, "order_placed")
        assert tail.interrupt() == 0
        assert tail.lines[-1] == "2 dispatches shown.\n"
    with project.follow("--last", "0") as tail:
        tail.wait_for("Following")
        assert tail.interrupt() == 0
        assert tail.lines[-1] == "0 dispatches shown.\n"


def test_what_is_excluded_is_not_shown(project: Project) -> None:
    project.shell(SEND.format(number=1))
    project.shell("from shop.receivers import Signal\nSignal().send(None)")
    with project.follow("-signal:order_placed", "--last", "100") as tail:
        tail.wait_for("unnamed")
        assert tail.interrupt() == 0
        assert not any("order_placed" in line for line in tail.lines)


def test_dispatch_that_runs_is_shown_before_its_end_and_then_again(project: Project) -> None:
    project.write(
        "shop/receivers.py",
        """
        import pathlib, time
        dawdled = Signal()
        @receiver(dawdled)
        def dawdle(sender, **kwargs):
            deadline = time.monotonic() + 30
            while not pathlib.Path("go").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
        """,
        adds=True,
    )
    with project.follow("signal:dawdled") as tail:
        tail.wait_for("Following")
        sending = threading.Thread(
            target=project.shell,
            args=("from shop.receivers import dawdled\ndawdled.send(None)",),
        )
        sending.start()
        assert "dawdle…" in tail.wait_for("running")
        (project.folder / "go").touch()
        line = tail.wait_for("dawdled").split()
        sending.join(60)
        assert line[1:3] == ["└", "dawdled"]
        assert "running" not in line
        assert tail.interrupt() == 0
        assert tail.lines[-1] == "1 dispatch shown.\n"


def test_store_that_was_cleared_is_told_once_and_followed_on(project: Project) -> None:
    project.shell(SEND.format(number=1))
    with project.follow("signal:order_placed") as tail:
        tail.wait_for("order_placed")
        store = store_of(project)
        store.clear()
        store.close()
        tail.wait_for("The store was cleared.")
        project.shell(SEND.format(number=2))
        tail.wait_for("order_placed")
        assert tail.interrupt() == 0
        assert "".join(tail.lines).count("cleared") == 1


def test_store_that_is_away_is_told_once_and_waited_for(project: Project) -> None:
    project.write("settings.py", 'SIGNALBOX = {"STORE": "sqlite:///box/s.sqlite3"}\n', adds=True)
    (project.folder / "box").write_text("no folder")
    with project.follow("signal:order_placed") as tail:
        assert tail.wait_for("Waiting for it.")
        (project.folder / "box").unlink()
        tail.wait_for("The store is there again.")
        project.shell(SEND.format(number=2))
        tail.wait_for("order_placed")
        assert tail.interrupt() == 0
        assert "".join(tail.lines).count("Waiting") == 1
    shutil.rmtree(project.folder / "box")


def test_markers_are_lines_too(project: Project) -> None:
    store = store_of(project)
    store.append([Marker(id="m", process="x 1@y", kind="stopped", at_us=1, until_us=2, count=3)])
    with project.follow() as tail:
        assert "recording stopped from" in tail.wait_for("══")
        store.append([Marker(id="n", process="x 1@y", kind="dropped", at_us=1, count=3)])
        assert "══ 3 dispatches dropped" in tail.wait_for("══")
        assert tail.interrupt() == 0
        assert tail.lines[-1] == "0 dispatches shown.\n"
    store.close()


def test_arguments_of_a_record_cannot_act_on_the_terminal(project: Project) -> None:
    project.write(
        "shop/models.py",
        """
        class Named(models.Model):
            name = models.CharField(primary_key=True, max_length=99)
        """,
        adds=True,
    )
    project.shell(
        r"""
        from django.db.models.signals import post_save
        from shop.models import Named
        post_save.send(Named, instance=Named(name="a\x1b[31m\u202e\r"))
        """
    )
    with project.follow("sender:shop.Named") as tail:
        line = tail.wait_for("shop.Named")
        assert not set(line) & {"\x1b", "\u202e", "\r"}
        assert "␛[31m⟨202E⟩␍" in line
        tail.interrupt()


@pytest.mark.parametrize(
    ("setting", "arguments", "status", "said"),
    [
        ("memory", [], 1, 'SIGNALBOX["STORE"] is "memory", which no other process can follow'),
        ("sqlite", ["is:eror"], 2, "    is:eror\n       ^^^^\n"),
        ("sqlite", ["--last", "many"], 2, "expected a whole number, got 'many'"),
        ("nonsense", [], 1, 'SIGNALBOX["STORE"]: expected'),
    ],
)
def test_what_cannot_be_followed_says_why(
    project: Project, setting: str, arguments: list[str], status: int, said: str
) -> None:
    project.write("settings.py", f'SIGNALBOX = {{"STORE": "{setting}"}}\n', adds=True)
    done = project.signals("tail", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
