"""Stop, resume, mute and clear: what is recorded afterwards, and what the feed is told."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models.signals import pre_init
from django.dispatch import Signal

import tracer
from tests.tracer.stores.conftest import STOP
from tracer import control
from tracer.dispatches import Dispatch, Marker
from tracer.recorder import recorder
from tracer.stores import Control, Store

signal = Signal()


def records(store: Store) -> list[str]:
    recorder.flush()
    return [
        record.kind if isinstance(record, Marker) else record.signal.rpartition(".")[2]
        for _, record in store.newest(100)
    ]


def test_nothing_is_recorded_while_stopped_and_the_marker_says_how_many(
    installed_store: Store,
) -> None:
    signal.send("before")
    control.set_recording(False)
    assert not control.recording()
    for _ in range(7):
        signal.send("while")
    assert control.unrecorded() == 7
    assert records(installed_store) == ["signal", "stopped"]
    control.set_recording(True)
    signal.send("after")
    assert records(installed_store) == ["signal", "stopped", "signal"]
    (marker,) = [r for _, r in installed_store.newest(9) if isinstance(r, Marker)]
    assert marker.count == 7
    assert marker.until_us is not None
    assert marker.until_us >= marker.at_us
    assert control.unrecorded() == 0


def test_capture_records_even_while_stopped(installed_store: Store) -> None:
    control.set_recording(False)
    with tracer.capture() as dispatches:
        signal.send("captured")
    assert len(dispatches) == 1
    control.set_recording(True)


def test_init_signals_are_muted_at_first_and_counted(installed_store: Store) -> None:
    before = tracer.stats().muted
    User()
    assert records(installed_store) == []
    assert tracer.stats().muted - before == 2
    control.unmute("django.db.models.signals.pre_init")
    User()
    assert records(installed_store) == ["pre_init"]
    control.mute("django.db.models.signals.pre_init")
    User()
    assert records(installed_store) == ["pre_init"]
    assert pre_init


def test_signal_is_muted_by_name_from_the_next_dispatch_on(installed_store: Store) -> None:
    signal.send("one")
    assert records(installed_store) == ["signal"]
    control.mute(f"{__name__}.signal")
    assert f"{__name__}.signal" in control.muted()
    signal.send("two")
    assert records(installed_store) == ["signal"]


def test_what_another_process_agrees_on_is_followed(installed_store: Store) -> None:
    installed_store.set_control(Control(stopped=STOP))
    control._polled_at = 0.0
    control.poll()
    assert not control.recording()
    installed_store.set_control(Control())
    control._polled_at = 0.0
    control.poll()
    assert control.recording()


def test_clear_forgets_what_was_recorded(installed_store: Store) -> None:
    signal.send("one")
    assert records(installed_store) == ["signal"]
    epoch = installed_store.epoch
    control.clear()
    assert records(installed_store) == []
    assert installed_store.epoch != epoch


def test_capture_takes_a_filter_and_nests() -> None:
    with tracer.capture() as everything, tracer.capture("sender:auth.User") as users:
        signal.send(User)
        signal.send(None)
    assert [len(everything), len(users)] == [2, 1]
    assert all(isinstance(dispatch, Dispatch) for dispatch in everything)
