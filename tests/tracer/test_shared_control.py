"""One stop for many processes: one row, with what each did not record; and none records at its start."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import WaitUntil
from tests.dashboard.conftest import window_of
from tests.tracer.stores.conftest import STOP
from tests.tracer.stores.test_losses import CAPACITY, Producer
from tracer.dispatches import Dispatch, Marker, Record
from tracer.stores import Control, Store, open_store

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'box.sqlite3'}", CAPACITY)
    yield store
    store.close()


@pytest.fixture
def producers(store: Store, tmp_path: Path) -> Iterator[Callable[[], Producer]]:
    """Return a function that starts a process which writes into the store."""
    begun: list[Producer] = []

    def begin() -> Producer:
        begun.append(Producer(f"sqlite:///{tmp_path / 'box.sqlite3'}"))
        return begun[-1]

    yield begin
    for producer in begun:
        producer.close()


def records(store: Store) -> list[Record]:
    return [record for _, record in store.newest(CAPACITY)]


def dispatches(store: Store) -> list[Dispatch]:
    return [one for one in records(store) if isinstance(one, Dispatch)]


def markers(store: Store) -> list[Marker]:
    return [one for one in records(store) if isinstance(one, Marker)]


def turn(producer: Producer, on: str) -> None:
    producer.tell(f"record {on}")
    assert producer.answer() == "turned"


def await_turn(producer: Producer, on: str) -> None:
    producer.tell(f"await {on}")
    assert producer.answer() == "there"


def test_a_stop_of_several_processes_is_one_row_with_what_none_of_them_recorded(
    store: Store, producers: Callable[[], Producer], wait_until: WaitUntil
) -> None:
    first, second, third, idle = processes = [producers() for _ in range(4)]
    for producer in processes:
        producer.send(1)
    wait_until(lambda: len(dispatches(store)) == 4)
    turn(first, "off")
    for other in (second, third, idle):
        await_turn(other, "off")
    assert len(markers(store)) == 1, "the others have nothing to say"
    first.send(3)
    second.send(5)
    third.send(7)
    # By another one than stopped it.
    turn(second, "on")
    for other in (first, third, idle):
        await_turn(other, "on")
        other.send(1)
    for producer in processes:
        producer.end()
    (row,) = window_of(*markers(store)).markers()
    assert (row.kind, row.count, row.part_of) == ("stopped", 3 + 5 + 7, None)
    assert row.until_us is not None
    assert len(dispatches(store)) == 4 + 3


def test_a_process_that_ends_while_recording_is_stopped_says_what_it_did_not_record(
    store: Store, producers: Callable[[], Producer], wait_until: WaitUntil
) -> None:
    first, second = producers(), producers()
    second.send(1)
    wait_until(lambda: len(dispatches(store)) == 1)
    turn(first, "off")
    await_turn(second, "off")
    second.send(4)
    second.end()
    (row,) = window_of(*markers(store)).markers()
    assert (row.count, row.until_us) == (4, None), "it still is stopped"
    turn(first, "on")
    (row,) = window_of(*markers(store)).markers()
    assert row.count == 4
    assert row.until_us is not None


def test_a_process_that_starts_while_recording_is_stopped_records_nothing(
    store: Store, producers: Callable[[], Producer]
) -> None:
    store.set_control(Control(stopped=STOP))
    producer = producers()
    producer.send(50)
    await_turn(producer, "off")
    producer.send(50)
    store.set_control(Control())
    await_turn(producer, "on")
    producer.send(1)
    producer.end()
    assert len(dispatches(store)) == 1
    (row,) = window_of(*markers(store)).markers()
    assert row.count == 100


LATE = """
import sys, threading
from django.conf import settings
settings.configure(SIGNALBOX={"STORE": sys.argv[1]})
import django; django.setup()
import tracer
from django.dispatch import Signal
from tracer.recorder import recorder
slow = Signal()
started, go_on = threading.Event(), threading.Event()
def hangs(**_):
    started.set()
    go_on.wait()
slow.connect(hangs)
tracer.install()
thread = threading.Thread(target=slow.send, args=(None,))
thread.start()
started.wait()
recorder.flush(even_running=True)
go_on.set()
thread.join()
recorder.flush()
"""


def test_what_began_before_it_was_known_is_not_kept_when_it_ends(
    store: Store, tmp_path: Path
) -> None:
    store.set_control(Control(stopped=STOP))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LATE, f"sqlite:///{tmp_path / 'box.sqlite3'}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert dispatches(store) == []


def test_what_passes_while_the_end_of_a_stop_is_written_is_recorded_or_counted(
    store: Store, producers: Callable[[], Producer], tmp_path: Path
) -> None:
    sender = producers()
    sender.send(1)
    store.set_control(Control(stopped=STOP))
    await_turn(sender, "off")
    sender.tell("rate 400 2")
    store.set_control(Control())
    with closing(sqlite3.connect(tmp_path / "box.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        made = int(sender.answer().removeprefix("made "))
        other.execute("ROLLBACK")
    sender.end()
    told = sum(one.count for one in markers(store) if one.kind == "stopped")
    assert told > 0
    assert len(dispatches(store)) + told == 1 + made
