"""Django's tasks as origins: Django's own from 6.0 on, django-tasks before, with the backend that runs them at once."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.dispatch import Signal

import tracer

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
