"""Django's tasks as origins: Django's own from 6.0 on, django-tasks before, with the backend that runs them at once."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.dispatch import Signal

import tracer
from dashboard.window import Window
from tracer.stores import open_store

CHECKOUT = Path(__file__).resolve().parents[2]

django_tasks = None
for _name in ("django.tasks", "django_tasks"):
    try:
        django_tasks = importlib.import_module(_name)
        importlib.import_module(f"{_name}.signals")
        break
    except ImportError:
        continue

pytestmark = pytest.mark.skipif(
    django_tasks is None, reason="neither Django's tasks nor django-tasks is there"
)

inner, outer = Signal(), Signal()


def task(function: Any) -> Any:
    return function if django_tasks is None else django_tasks.task(function)


@task
def pack(number: int) -> None:
    inner.send("task", number=number)


@task
def breaks() -> None:
    inner.send("task")
    raise ValueError("broken")


def test_task_is_the_origin_of_what_it_dispatches_and_ends_with_it() -> None:
    with tracer.capture() as dispatches:
        pack.enqueue(7)
        inner.send("after")
    origins = {one.signal.rpartition(".")[2]: one.origin or "" for one in dispatches[:-1]}
    assert origins["task_started"] == f"task {__name__}.pack"
    assert origins["task_finished"] == f"task {__name__}.pack"
    assert origins["inner"] == f"task {__name__}.pack"
    assert not origins["task_enqueued"].startswith("task ")
    assert dispatches[-1].origin == origins["task_enqueued"]


def test_task_enqueued_by_a_receiver_is_below_its_dispatch() -> None:
    def enqueues(**_: object) -> None:
        pack.enqueue(1)
        pack.enqueue(2)

    outer.connect(enqueues)
    try:
        with tracer.capture() as dispatches:
            outer.send("o")
    finally:
        outer.disconnect(enqueues)
    (root,) = [one for one in dispatches if one.signal.endswith(".outer")]
    inside = [one for one in dispatches if one.signal.endswith(".inner")]
    assert {one.parent_id for one in inside} == {root.id}
    assert {one.origin for one in inside} == {f"task {__name__}.pack"}
    assert len({one.origin_id for one in inside}) == 2


def test_task_that_fails_ends_its_origin_too() -> None:
    with tracer.capture() as dispatches:
        breaks.enqueue()
        inner.send("after")
    in_task, after = [one for one in dispatches if one.signal.endswith(".inner")]
    assert in_task.origin == f"task {__name__}.breaks"
    assert after.origin != in_task.origin


def test_task_in_another_process_knows_what_enqueued_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'box.sqlite3'}"
    for role in ("enqueue", "work"):
        done = subprocess.run(
            [
                *(sys.executable, "-W", "error", "-m", "tests.tracer.task_queue"),
                *(role, url, str(tmp_path / "queue.sqlite3")),
            ],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
    store = open_store(url, 1_000)
    window = Window(1_000)
    window.add(store.newest(1_000))
    store.close()
    tasks = [one for one in window.dispatches() if one.signal.endswith(".packed")]
    by_receiver, by_command, by_module = sorted(tasks, key=lambda one: str(one.arguments["number"]))
    assert by_receiver.origin == "task tests.tracer.task_queue.pack"
    (root,) = [one for one in window.dispatches() if one.signal.endswith(".paid")]
    assert root.process != by_receiver.process
    assert window.place(by_receiver.enqueued_by or "") == root.id
    assert [key for key, _ in window.enqueued(root.id)] == [by_receiver.origin_id]
    told = [one for one in window.dispatches() if one.signal.endswith(".task_enqueued")]
    assert told[1].origin == "manage.py restock"
    assert window.place(by_command.enqueued_by or "") == f"origin:{told[1].origin_id}"
    # Neither a receiver nor an origin: what is known is where it was sent.
    assert window.place(by_module.enqueued_by or "") == told[2].id
    assert str(told[2].arguments["task_result"]).startswith("TaskResult #")
