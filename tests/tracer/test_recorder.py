"""What reaches a sink, when, and what is lost."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from django.dispatch import Signal

import tracer
from tests.conftest import WaitUntil
from tests.tracer.programs import run_program
from tracer import faults, naming
from tracer.dispatches import Dispatch, Marker
from tracer.recorder import BUSY
from tracer.recorder import recorder as the_recorder
from tracer.stores import Store

outer, inner = Signal(), Signal()


@pytest.fixture(autouse=True)
def _disconnected():
    yield
    for signal in (outer, inner):
        signal.receivers = []


def dispatches_in(store: Store) -> list[Dispatch]:
    return [record for _, record in store.newest(1000) if isinstance(record, Dispatch)]


def test_dispatch_reaches_the_store_by_itself(
    installed_store: Store, wait_until: WaitUntil
) -> None:
    inner.send("i")
    (dispatch,) = wait_until(lambda: dispatches_in(installed_store))
    assert dispatch.signal == f"{__name__}.inner"


def test_batch_of_a_busy_site_waits_for_a_period_and_no_longer(
    installed_store: Store, wait_until: WaitUntil
) -> None:
    for _ in range(BUSY.start):
        inner.send("i")
    wait_until(lambda: len(dispatches_in(installed_store)) == BUSY.start)


def test_tree_is_handed_on_whole_with_parents_before_children(installed_store: Store) -> None:
    def receives(**_: object) -> None:
        inner.send("i")
        the_recorder.flush()
        assert dispatches_in(installed_store) == []

    outer.connect(receives)
    outer.send("o")
    the_recorder.flush()
    assert [d.depth for d in dispatches_in(installed_store)] == [0, 1]


def test_receiver_that_hangs_is_seen_while_it_hangs_and_ends_in_place(
    installed_store: Store, wait_until: WaitUntil
) -> None:
    let_go = threading.Event()

    def hangs(**_: object) -> None:
        inner.send("i")
        let_go.wait(10)

    outer.connect(hangs)
    thread = threading.Thread(target=outer.send, args=("o",))
    thread.start()
    try:
        root, child = wait_until(lambda: dispatches_in(installed_store))
        assert (root.state, child.state) == ("running", "ok")
        assert root.duration_ns is None
        assert root.calls[0].started_ns is not None
        assert root.calls[0].duration_ns is None
    finally:
        let_go.set()
        thread.join()
    wait_until(lambda: [d.state for d in dispatches_in(installed_store)] == ["ok", "ok"])
    assert {d.id for d in dispatches_in(installed_store)} == {root.id, child.id}


def test_full_ring_drops_and_counts_and_tells(
    installed_store: Store, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    monkeypatch.setattr(the_recorder, "capacity", 10)
    before = tracer.stats()
    with the_recorder._lock:
        for _ in range(25):
            inner.send("i")
    after = tracer.stats()
    assert after.recorded - before.recorded == 10
    assert after.dropped - before.dropped == 15
    wait_until(
        lambda: sum(m.count for _, m in installed_store.newest(99) if isinstance(m, Marker)) == 15
    )


def test_counts_are_exact_from_many_threads() -> None:
    before = tracer.stats()
    with tracer.capture() as dispatches:
        threads = [
            threading.Thread(target=lambda: [inner.send("t") for _ in range(200)])
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(dispatches) == 3200
    assert tracer.stats().recorded - before.recorded == 3200
    assert len({dispatch.id for dispatch in dispatches}) == 3200


def test_fault_of_ours_on_the_way_is_counted_and_the_host_unharmed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise MemoryError

    before = tracer.stats().faults
    inner.connect(answer)
    with tracer.capture() as dispatches:
        monkeypatch.setattr(naming, "sender_key", breaks)
        assert inner.send("i") == [(answer, 1)]
        assert inner.send("i") == [(answer, 1)]
        monkeypatch.undo()
        monkeypatch.setattr(naming, "receiver_key", breaks)
        monkeypatch.delitem(naming.receivers, id(answer), raising=False)
        assert inner.send("i") == [(answer, 1)]
        monkeypatch.undo()
    assert tracer.stats().faults - before == 3
    assert [call.receiver for call in dispatches[0].calls] == ["?"]
    assert len([r for r in caplog.records if r.name == "signalbox.tracer"]) == 2


def test_tracer_takes_itself_off_after_repeated_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise MemoryError

    original = Signal.send
    with tracer.capture():
        assert Signal.send is not original
        monkeypatch.setattr(naming, "sender_key", breaks)
        for _ in range(faults.LIMIT):
            inner.send("i")
        assert Signal.send is original
        monkeypatch.undo()


def run(tmp_path: Path, body: str) -> list[Dispatch]:
    """Run a program of its own with an SQLite store, and return what it left there."""
    store = tmp_path / "store.sqlite3"
    program = f"""
        import os, sys
        from django.conf import settings
        settings.configure(SIGNALBOX={{"STORE": "sqlite:///{store}"}})
        import django; django.setup()
        import tracer
        from django.dispatch import Signal
        signal = Signal()
        tracer.install()
    """
    run_program(program, body)
    from tracer.stores import open_store

    opened = open_store(f"sqlite:///{store}", 1000)
    try:
        return dispatches_in(opened)
    finally:
        opened.close()


@pytest.mark.slow
def test_tail_before_a_normal_exit_is_in_the_store(tmp_path: Path) -> None:
    assert len(run(tmp_path, "for _ in range(500): signal.send('s')")) == 500


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_child_after_a_fork_records_on_its_own(tmp_path: Path) -> None:
    body = """
        import warnings; warnings.simplefilter("ignore", DeprecationWarning)
        signal.send("parent")
        child = os.fork()
        if child == 0:
            signal.send("child")
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        signal.send("parent again")
    """
    dispatches = run(tmp_path, body)
    assert len(dispatches) == 3
    assert len({d.process for d in dispatches}) == 2


def answer(**_: object) -> int:
    return 1
