"""What a process tells the others of its registry, when, and that it takes it back."""

from __future__ import annotations

import gc
import os
import signal as posix
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.dispatch import Signal

import tracer
from tests.conftest import WaitUntil
from tests.tracer.invisible import programs
from tracer import control, process, publishing, registries, stores
from tracer.publishing import LOOK_S, PATIENCE_S, REST_S, SETTLED_S, Publisher
from tracer.registries import PublishedRegistry
from tracer.stores import Store, open_store

sent = Signal()
SENT = f"{__name__}.sent"
FAST = """
    from tracer import publishing
    publishing.SETTLED_S = publishing.LOOK_S = publishing.REST_S = publishing.SHARE = 0
    publishing.PATIENCE_S = 0
    def receives(**_): ...
    signal.connect(receives)
    from tracer import stores, registries
    def told():
        return [each.process.partition("@")[0] for each in registries.read(stores.shared())]
    def wait_for(number):
        while len(told()) != number:
            signal.send(None)
"""


class Clock:
    """The time, as a test sets it; it stands in the module for its `time`."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return 0.0


def receives(**_: object) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(publishing, "time", clock)
    return clock


@pytest.fixture
def publisher(clock: Clock) -> Iterator[Publisher]:
    """Return a publisher of its own, whose first dispatch was just now."""
    stores.close_shared()
    gc.collect()
    publisher = Publisher()
    publisher.turn()
    yield publisher
    sent.receivers = []
    stores.close_shared()


def told() -> tuple[PublishedRegistry, ...]:
    return registries.read(stores.shared())


def receivers() -> list[str]:
    (mine,) = told()
    found = mine.find(SENT)
    return [] if found is None else [each.short for each in found.receivers]


def pass_time(clock: Clock, publisher: Publisher, seconds: float) -> None:
    for _ in range(round(seconds / LOOK_S)):
        clock.now += LOOK_S
        publisher.turn()


def test_registry_is_told_once_the_process_has_settled(clock: Clock, publisher: Publisher) -> None:
    sent.connect(receives)
    pass_time(clock, publisher, SETTLED_S)
    assert told() == ()
    pass_time(clock, publisher, LOOK_S)
    (mine,) = told()
    assert mine.process == process.this().label
    assert receivers() == ["receives"]
    assert {"tracer.registry", __name__} <= mine.modules
    assert "django.dispatch" not in mine.modules


def test_change_is_told_when_it_has_settled(clock: Clock, publisher: Publisher) -> None:
    pass_time(clock, publisher, SETTLED_S + LOOK_S)
    assert receivers() == []
    pass_time(clock, publisher, 2 * REST_S)
    sent.connect(receives)
    pass_time(clock, publisher, LOOK_S)
    assert receivers() == []
    pass_time(clock, publisher, LOOK_S)
    assert receivers() == ["receives"]


def test_traffic_is_let_pass_for_some_seconds(clock: Clock, publisher: Publisher) -> None:
    with tracer.capture():
        for _ in range(round((SETTLED_S + PATIENCE_S) / LOOK_S) - 1):
            sent.send(None)
            pass_time(clock, publisher, LOOK_S)
        assert told() == ()
        sent.send(None)
        pass_time(clock, publisher, LOOK_S)
        assert len(told()) == 1


def test_process_that_has_told_goes_on_saying_that_it_lives(
    clock: Clock, publisher: Publisher
) -> None:
    pass_time(clock, publisher, SETTLED_S + LOOK_S)
    stores.shared().set_registry(process.this().label, b"")
    pass_time(clock, publisher, publishing.BEAT_S)
    assert len(told()) == 1


def test_store_that_was_away_is_told_when_it_is_back(clock: Clock, publisher: Publisher) -> None:
    away = stores.shared()
    away.close()
    pass_time(clock, publisher, SETTLED_S + LOOK_S)
    stores.close_shared()
    pass_time(clock, publisher, LOOK_S)
    assert len(told()) == 1


def test_what_is_told_names_no_file_and_keeps_nothing_alive(
    clock: Clock, publisher: Publisher
) -> None:
    def local(**_: object) -> None: ...

    sent.connect(receives)
    sent.connect(local)
    reference = weakref.ref(local)
    pass_time(clock, publisher, SETTLED_S + LOOK_S)
    assert receivers() == ["receives", "local"]
    assert not any(each.file for mine in told() for one in mine.signals for each in one.receivers)
    del local
    assert reference() is None


def test_muting_is_nothing_to_tell(clock: Clock, publisher: Publisher) -> None:
    pass_time(clock, publisher, SETTLED_S + 3 * REST_S)
    before = told()
    control.mute(SENT)
    try:
        pass_time(clock, publisher, 3 * REST_S)
        assert told() == before
        assert not any(each.is_muted for mine in told() for each in mine.signals)
    finally:
        control.unmute(SENT)
        control.apply(stores.Control())


def test_registry_that_cannot_be_read_is_passed_over(publisher: Publisher) -> None:
    stores.shared().set_registry("celery 1@there", b"\xc1 no registry")
    assert told() == ()


def test_why_a_receiver_is_not_connected_elsewhere(clock: Clock, publisher: Publisher) -> None:
    def local(**_: object) -> None: ...

    name = f"{__name__}.receives"
    tracer.install()
    sent.connect(receives)
    sent.connect(local)
    sent.disconnect(receives)
    del local
    pass_time(clock, publisher, SETTLED_S + LOOK_S)
    (mine,) = told()
    assert mine.cause(SENT, name, None, None) == "disconnected"
    local_name = (
        f"{__name__}.{test_why_a_receiver_is_not_connected_elsewhere.__name__}.<locals>.local"
    )
    assert mine.cause(SENT, local_name, None, None) == "collected"
    assert mine.cause(SENT, "other.module.receives", None, "other.module") == "unimported"
    assert mine.cause(SENT, "tracer.registry.receives", None, "tracer.registry") == "unknown"


# -- programs of their own ---------------------------------------------------------------------------------------


def store_of(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{programs.store_file(tmp_path)}", 100)


def test_process_tells_and_takes_it_back_at_its_end(tmp_path: Path) -> None:
    printed = programs.run(
        tmp_path,
        FAST,
        """
        wait_for(1)
        (mine,) = registries.read(stores.shared())
        print(mine.find("__main__.signal").receivers[0].short)
        """,
    )
    assert printed.split() == ["receives"]
    assert store_of(tmp_path).registries() == {}


def test_short_command_tells_nothing(tmp_path: Path) -> None:
    printed = programs.run(
        tmp_path,
        """
        for _ in range(100):
            signal.send(None)
        from tracer.recorder import recorder
        recorder.flush()
        from tracer import stores
        print(len(stores.shared().registries()))
        """,
    )
    assert printed.split() == ["0"]


def test_forked_child_tells_of_itself(tmp_path: Path) -> None:
    printed = programs.run(
        tmp_path,
        FAST,
        """
        wait_for(1)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            wait_for(2)
            os.write(write, b"told")
            tracer.uninstall()
            os._exit(0)
        os.read(read, 4)
        os.waitpid(child, 0)
        print(told() == [f"program {os.getpid()}"])
        """,
    )
    assert printed.split() == ["True"]


def test_two_processes_see_each_other(tmp_path: Path, wait_until: WaitUntil) -> None:
    path = programs.write(tmp_path, FAST, "while True: signal.send(None)")
    both = [
        subprocess.Popen([sys.executable, str(path)], env=programs.environment(), cwd=tmp_path)
        for _ in range(2)
    ]
    try:
        store = store_of(tmp_path)
        pids = {f"program {each.pid}" for each in both}
        wait_until(
            lambda: {each.partition("@")[0] for each in store.registries()} == pids, timeout_s=30
        )
        os.kill(both[0].pid, posix.SIGINT)
        wait_until(lambda: len(store.registries()) == 1, timeout_s=30)
        store.close()
    finally:
        for each in both:
            each.kill()
            each.wait()
