"""
A backend of Django's tasks that keeps them in a file until another process runs them, and both processes.

`python -m tests.tracer.task_queue enqueue|work STORE QUEUE`, the queue being an SQLite file.
"""

from __future__ import annotations

import importlib
import json
import sqlite3
import sys
from contextlib import closing
from typing import Any

import django
from django.conf import settings
from django.dispatch import Signal
from django.utils.crypto import get_random_string

_tasks = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
base: Any = importlib.import_module(f"{_tasks}.base")
backends: Any = importlib.import_module(f"{_tasks}.backends.base")
signals: Any = importlib.import_module(f"{_tasks}.signals")

paid, packed = Signal(), Signal()


class QueueBackend(backends.BaseTaskBackend):  # type: ignore[misc]
    """Writes a row for each task; whoever reads it runs it."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = result_for(task, get_random_string(32), args, kwargs)
        with closing(sqlite3.connect(self.options["file"])) as queue, queue:
            queue.execute("CREATE TABLE IF NOT EXISTS tasks (id, name, args, kwargs)")
            row = (result.id, task.name, json.dumps(args), json.dumps(kwargs))
            queue.execute("INSERT INTO tasks VALUES (?, ?, ?, ?)", row)
        signals.task_enqueued.send(type(self), task_result=result)
        return result


def result_for(task: Any, result_id: str, args: Any, kwargs: Any) -> Any:
    return base.TaskResult(
        task=task,
        id=result_id,
        status=base.TaskResultStatus.READY,
        enqueued_at=None,
        started_at=None,
        last_attempted_at=None,
        finished_at=None,
        args=list(args),
        kwargs=kwargs,
        backend="default",
        errors=[],
        worker_ids=[],
    )


def pack(number: int) -> None:
    packed.send("worker", number=number)


def main(role: str, store: str, file: str) -> None:
    settings.configure(
        SIGNALBOX={"STORE": store, "ENABLED": True},
        INSTALLED_APPS=["tracer"],
        TASKS={"default": {"BACKEND": f"{__name__}.QueueBackend", "OPTIONS": {"file": file}}},
    )
    django.setup()
    task = importlib.import_module(_tasks).task(pack)
    {"enqueue": enqueue, "work": work}[role](task, file)


def enqueue(task: Any, _: str) -> None:
    from tracer.running import origin

    def enqueues(number: int, **_: object) -> None:
        task.enqueue(number)

    paid.connect(enqueues)
    paid.send("shop", number=1)
    with origin("command", "manage.py restock"):
        task.enqueue(2)
    task.enqueue(3)


def work(task: Any, file: str) -> None:
    with closing(sqlite3.connect(file)) as queue:
        rows = queue.execute("SELECT id, args, kwargs FROM tasks").fetchall()
    for result_id, args, kwargs in rows:
        result = result_for(task, result_id, json.loads(args), json.loads(kwargs))
        signals.task_started.send(QueueBackend, task_result=result)
        task.call(*result.args, **result.kwargs)
        signals.task_finished.send(QueueBackend, task_result=result)


if __name__ == "__main__":
    # Under its own name, for the settings name the backend.
    importlib.import_module("tests.tracer.task_queue").main(*sys.argv[1:])
