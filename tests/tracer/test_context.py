"""Parents, roots, depths and origins, across threads and tasks."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.signals import request_finished, request_started
from django.dispatch import Signal
from django.test import AsyncClient, Client

import tracer
from tracer import context
from tracer.dispatches import Dispatch

outer, middle, inner = Signal(), Signal(), Signal()


def named(dispatches: list[Dispatch], name: str) -> Dispatch:
    (found,) = [dispatch for dispatch in dispatches if dispatch.signal.endswith(f".{name}")]
    return found


@pytest.fixture(autouse=True)
def _disconnected():
    yield
    for signal in (outer, middle, inner):
        signal.receivers = []


def sends_middle(**_: object) -> None:
    middle.send("m")


def sends_inner(**_: object) -> None:
    inner.send("i")


def passes(**_: object) -> None:
    pass


def test_dispatch_of_a_receiver_has_its_parent_root_and_depth() -> None:
    outer.connect(passes)
    outer.connect(sends_middle)
    middle.connect(sends_inner)
    with tracer.capture() as dispatches:
        outer.send("o")
        inner.send("alone")
    first, second, third, alone = dispatches
    assert [d.depth for d in dispatches] == [0, 1, 2, 0]
    assert [d.root_id for d in dispatches] == [first.id, first.id, first.id, alone.id]
    assert [d.parent_id for d in dispatches] == [None, first.id, second.id, None]
    assert [d.parent_call for d in dispatches] == [None, 1, 0, None]
    assert third.signal == f"{__name__}.inner"


def test_async_receivers_side_by_side_each_keep_their_own_dispatches() -> None:
    async def slow(**_: object) -> None:
        await asyncio.sleep(0)
        await middle.asend("slow")
        await asyncio.sleep(0)
        middle.send("slow")

    async def quick(**_: object) -> None:
        inner.send("quick")
        await asyncio.sleep(0)
        await inner.asend("quick")

    outer.connect(slow)
    outer.connect(quick)
    for is_async in (False, True):
        with tracer.capture() as dispatches:
            (async_to_sync(outer.asend) if is_async else outer.send)("o")
            inner.send("after")
        root = dispatches[0]
        by_call = {(d.signal.rpartition(".")[2], d.parent_call) for d in dispatches[1:-1]}
        assert by_call == {("middle", 0), ("inner", 1)}
        assert {d.parent_id for d in dispatches[1:-1]} == {root.id}
        assert dispatches[-1].parent_id is None


def test_parent_is_found_through_sync_to_async_and_new_tasks() -> None:
    async def receives(**_: object) -> None:
        await sync_to_async(lambda: middle.send("thread"))()
        await asyncio.create_task(inner.asend("task"))

    outer.connect(receives)
    with tracer.capture() as dispatches:
        async_to_sync(outer.asend)("o")
    assert named(dispatches, "middle").parent_id == named(dispatches, "outer").id
    assert named(dispatches, "inner").parent_id == named(dispatches, "outer").id
    assert named(dispatches, "inner").task is not None


def test_task_that_outlives_its_receiver_is_no_child() -> None:
    tasks = []

    async def goes_on() -> None:
        await asyncio.sleep(0.01)
        inner.send("late")

    async def receives(**_: object) -> None:
        tasks.append(asyncio.create_task(goes_on()))

    outer.connect(receives)

    async def run() -> None:
        await outer.asend("o")
        await tasks[0]

    with tracer.capture() as dispatches:
        asyncio.run(run())
    assert named(dispatches, "inner").parent_id is None
    assert named(dispatches, "inner").depth == 0


def test_plain_thread_begins_a_tree_of_its_own() -> None:
    def receives(**_: object) -> None:
        thread = threading.Thread(target=inner.send, args=("t",), name="worker-7")
        thread.start()
        thread.join()

    outer.connect(receives)
    with tracer.capture() as dispatches:
        outer.send("o")
    assert named(dispatches, "inner").parent_id is None
    assert named(dispatches, "inner").thread != named(dispatches, "outer").thread


def test_call_site_is_the_line_in_the_users_own_code() -> None:
    with tracer.capture() as dispatches:
        inner.send("here")
    place, _, function = (dispatches[0].call_site or "").partition(" ")
    assert place.startswith("tests/tracer/test_context.py:")
    assert function == "test_call_site_is_the_line_in_the_users_own_code"


def test_request_is_the_origin_of_what_it_dispatches_and_ends_with_it() -> None:
    with tracer.capture() as dispatches:
        Client().get("/nowhere-at-all/?secret=1")
        inner.send("after")
    origin = {d.origin for d in dispatches if d.signal.startswith("django.core.signals.request_")}
    assert origin == {"GET /nowhere-at-all/"}
    assert (
        named(dispatches, "request_started").origin_id
        == named(dispatches, "request_finished").origin_id
    )
    assert (named(dispatches, "inner").origin or "").startswith(
        "test tests/tracer/test_context.py::"
    )


def test_async_request_is_an_origin_too() -> None:
    with tracer.capture() as dispatches:
        async_to_sync(AsyncClient().get)("/nowhere-at-all/")
    origins = {
        d.origin for d in dispatches if d.signal.endswith(("request_started", "request_finished"))
    }
    assert origins == {"GET /nowhere-at-all/"}


def test_command_is_the_origin_of_what_it_dispatches() -> None:
    class Command(BaseCommand):
        def handle(self, *args: object, **options: object) -> None:
            inner.send("command")

    with tracer.capture() as dispatches:
        call_command(Command())
    assert dispatches[0].origin == "manage.py test_context"


@pytest.mark.django_db
def test_request_of_our_own_leaves_no_dispatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "own_request", lambda path: path.startswith("/ours/"))
    with tracer.capture() as dispatches:
        for path in ("/ours/page/", "/theirs/"):
            request_started.send("handler", environ={"REQUEST_METHOD": "GET", "PATH_INFO": path})
            inner.send("within")
            request_finished.send("handler")
    assert {d.origin for d in dispatches} == {"GET /theirs/"}
    assert len(dispatches) == 3


@pytest.mark.django_db
def test_request_that_turns_out_to_be_our_own_leaves_none_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([None, True])
    monkeypatch.setattr(context, "own_request", lambda path: next(answers))
    with tracer.capture() as dispatches:
        request_started.send("handler", environ={"REQUEST_METHOD": "GET", "PATH_INFO": "/ours/"})
        request_finished.send("handler")
    assert dispatches == []


def test_nothing_inside_quiet_is_recorded() -> None:
    with tracer.capture() as dispatches:
        with context.quiet():
            inner.send("hushed")
            async_to_sync(inner.asend)("hushed")
        inner.send("heard")
    assert len(dispatches) == 1
