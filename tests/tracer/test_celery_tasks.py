"""Celery's tasks as origins: a real worker, a real Redis, and what is in the store that producer and worker share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.dispatch import Signal

import tracer
from tests.conftest import WaitUntil
from tracer import celery_tasks, context
from tracer.dispatches import Argument, Dispatch
from tracer.stores import open_store

REDIS = shutil.which("redis-server")
HAS_CELERY = importlib.util.find_spec("celery") is not None
HAS_CLIENT = importlib.util.find_spec("redis") is not None

needs_celery = pytest.mark.skipif(not HAS_CELERY, reason="Celery is not installed")

sent = Signal()

PROJECT = {
    "settings.py": """
        SECRET_KEY = "x"
        SIGNALBOX = {"ENABLED": True, "STORE": "sqlite:///STORE"}
        INSTALLED_APPS = ["tracer"]
    """,
    "shop.py": """
        from celery import Celery
        from django.dispatch import Signal

        app = Celery("shop", broker="BROKER")
        # Another test may have filled the environment of this one.
        app.conf.broker_connection_retry_on_startup = True

        paid, packed = Signal(), Signal()


        @app.task
        def pack(number):
            packed.send("worker", number=number)


        @app.task
        def ship(number):
            packed.send("first", number=number)
            pack.delay(number)


        def enqueues(number, **_):
            {"pack": pack, "ship": ship}["pack" if number < 100 else "ship"].delay(number)


        paid.connect(enqueues)
    """,
    "produce.py": """
        import django

        django.setup()
        import shop
        from django.core.signals import request_finished, request_started

        for number in (1, 2):
            shop.paid.send("till", number=number)
        shop.paid.send("till", number=100)
        request_started.send("handler", environ={"REQUEST_METHOD": "POST", "PATH_INFO": "/pay/"})
        shop.pack.delay(3)
        request_finished.send("handler")
        shop.pack.delay(4)
    """,
}


@pytest.fixture
def broker(tmp_path: Path, wait_until: WaitUntil) -> Iterator[str]:
    """Start a Redis of this test's own, on a free port of the loopback interface."""
    if REDIS is None or not HAS_CLIENT:
        pytest.skip("redis-server, or the package redis, is not installed")
    import redis

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "redis"
    folder.mkdir()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    server = subprocess.Popen([*command, "--save", "", "--appendonly", "no", "--logfile", "log"])
    try:
        client = redis.Redis(port=port)

        def answers() -> bool:
            assert server.poll() is None, (folder / "log").read_text()
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        wait_until(answers, timeout_s=20)
        client.close()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def project(tmp_path: Path, broker: str) -> Path:
    """Return the folder of a project whose processes share a store."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in PROJECT.items():
        filled = textwrap.dedent(text).replace("BROKER", broker)
        filled = filled.replace("sqlite:///STORE", f"sqlite:///{folder}/box.sqlite3")
        (folder / name).write_text(filled)
    return folder


def environment(project: Path) -> dict[str, str]:
    checkout = str(Path(tracer.__file__).parent.parent)
    path = os.pathsep.join([str(project), checkout])
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": path}


def dispatches_in(project: Path) -> list[Dispatch]:
    store = open_store(f"sqlite:///{project}/box.sqlite3", 1_000)
    try:
        return [record for _, record in store.newest(1_000) if isinstance(record, Dispatch)]
    finally:
        store.close()


@needs_celery
@pytest.mark.slow
@pytest.mark.parametrize(
    "pool",
    [
        ["--pool=solo"],
        ["--pool=threads", "--concurrency=2"],
        ["--pool=prefork", "--concurrency=1", "--max-tasks-per-child=1"],
    ],
    ids=["solo", "threads", "prefork"],
)
def test_task_is_an_origin_and_knows_what_enqueued_it(
    project: Path, wait_until: WaitUntil, pool: list[str]
) -> None:
    made = subprocess.run(
        [sys.executable, "produce.py"],
        cwd=project,
        env=environment(project),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
    log = project / "worker.log"
    with log.open("w") as written:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "shop", "worker", "-l", "WARNING", *pool],
            cwd=project,
            env=environment(project),
            stdout=written,
            stderr=written,
        )
    try:

        def packed() -> dict[tuple[Argument, str | None], Dispatch] | None:
            assert worker.poll() is None, log.read_text()
            all_ = [one for one in dispatches_in(project) if one.signal == "shop.packed"]
            found = {(one.arguments["number"], one.origin): one for one in all_}
            return found if len(found) == 6 else None

        by_number = wait_until(packed, timeout_s=60)
        assert by_number is not None
    finally:
        worker.terminate()
        worker.wait(30)
    made_there = [one for one in dispatches_in(project) if one.signal == "shop.paid"]
    paid = {one.arguments["number"]: one.id for one in made_there}
    one, two, three, four, again = (by_number[n, "task shop.pack"] for n in (1, 2, 3, 4, 100))
    assert (one.enqueued_by, two.enqueued_by) == (paid[1], paid[2])
    assert len({each.origin_id for each in (one, two, three, four)}) == 4
    # Enqueued in a request, by no dispatch, and by nothing that is known.
    (request,) = {each.origin_id for each in dispatches_in(project) if each.origin == "POST /pay/"}
    assert three.enqueued_by == f"origin:{request}"
    assert four.enqueued_by is None
    # Enqueued by a task, which itself was by a dispatch.
    first = by_number[100, "task shop.ship"]
    assert first.enqueued_by == paid[100]
    assert again.enqueued_by == f"origin:{first.origin_id}"
    assert "Traceback" not in log.read_text()


@needs_celery
def test_eager_task_is_an_origin_inside_of_the_dispatch_that_called_it() -> None:
    from celery import Celery

    app = Celery("eager", broker="memory://", set_as_current=False)
    app.conf.task_always_eager = True
    inner = Signal()

    @app.task(name="shop.pack")
    def pack() -> None:
        inner.send("task")

    def enqueues(**_: object) -> None:
        pack.delay()

    sent.connect(enqueues)
    try:
        with tracer.capture() as dispatches:
            sent.send("s")
            sent.send("again")
    finally:
        sent.disconnect(enqueues)
    assert [(one.depth, one.origin == "task shop.pack") for one in dispatches] == [
        (0, False),
        (1, True),
        (0, False),
        (1, True),
    ]
    assert dispatches[1].parent_id == dispatches[0].id
    assert dispatches[1].origin_id != dispatches[3].origin_id


@needs_celery
def test_nothing_of_ours_is_left_on_celerys_signals() -> None:
    from celery import signals

    with tracer.capture():
        assert all(len(getattr(signals, name).receivers) > 0 for name in celery_tasks._receivers)
    ours = set(celery_tasks._receivers.values())
    for name in celery_tasks._receivers:
        assert not ours & {receiver for _, receiver in getattr(signals, name).receivers}


@needs_celery
def test_message_says_nothing_where_nothing_is_recorded_or_the_place_is_quiet() -> None:
    from celery import signals

    headers: dict[str, object] = {}
    signals.before_task_publish.send("shop.pack", headers=headers)
    with tracer.capture(), context.quiet():
        signals.before_task_publish.send("shop.pack", headers=headers)
    assert headers == {}


@needs_celery
def test_celery_that_is_imported_late_is_met_soon() -> None:
    program = """
        import sys, time
        from django.conf import settings
        settings.configure(SIGNALBOX={"STORE": "memory"})
        import django; django.setup()
        import tracer
        from django.dispatch import Signal
        tracer.install()
        Signal().send(None)
        from celery.signals import task_prerun
        deadline = time.monotonic() + 20
        while not task_prerun.receivers:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        tracer.uninstall()
        assert not task_prerun.receivers
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)


def test_celery_is_never_imported_by_us() -> None:
    program = """
        import sys
        from django.conf import settings
        settings.configure(SIGNALBOX={"STORE": "memory"})
        import django; django.setup()
        import tracer
        from django.dispatch import Signal
        tracer.install()
        Signal().send(None)
        tracer.uninstall()
        assert not [name for name in sys.modules if name.partition(".")[0] in ("celery", "kombu")]
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)


def test_id_that_is_asked_for_early_keeps_the_order_of_the_start() -> None:
    from tracer.recorder import recorder
    from tracer.running import PLACE, Running

    early = []

    def asks(**_: object) -> None:
        place = PLACE.get()
        assert isinstance(place, Running)
        early.append(recorder.id_of(place))
        sent.send("child")

    asking = Signal()
    asking.connect(asks)
    with tracer.capture() as dispatches:
        sent.send("before")
        asking.send("asks")
        sent.send("after")
    assert [one.sender for one in dispatches] == ["instance of str"] * 4
    assert [one.depth for one in dispatches] == [0, 0, 1, 0]
    assert early == [dispatches[1].id]
