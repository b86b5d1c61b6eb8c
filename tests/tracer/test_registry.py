"""The registry as a snapshot: everything that is connected, nothing asked of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.dispatch import Signal

from tests.tracer.invisible import programs
from tracer import registry
from tracer.registry import RegisteredSignal

signal = Signal()


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    signal.receivers = []


def registered() -> RegisteredSignal:
    (found,) = [each for each in registry.snapshot() if each.name == f"{__name__}.signal"]
    return found


def receives(**_: object) -> None:
    raise AssertionError("called")


async def receives_later(**_: object) -> None:
    raise AssertionError("called")


def test_every_connection_is_shown_with_what_it_is() -> None:
    signal.connect(receives_later)
    signal.connect(receives, sender=User, dispatch_uid="once")
    signal.connect(receives, sender="text", weak=False)
    first, second, third = registered().receivers
    assert (first.name, first.short) == (f"{__name__}.receives", "receives")
    assert (first.sender, first.dispatch_uid, first.is_weak) == ("auth.User", "once", True)
    assert (second.dispatch_uid, second.is_weak) == (None, False)
    assert (third.is_async, third.sender) == (True, None)
    assert first.place is not None
    assert first.place.startswith("tests/tracer/test_registry.py:")


class Shop:
    opened = Signal()


def test_signals_are_found_wherever_they_live() -> None:
    def mine(**_: object) -> None:
        raise AssertionError("called")

    at_run_time = [Signal(), Signal()]
    for each in at_run_time:
        each.connect(mine)
    found = {each.name: each for each in registry.snapshot()}
    assert f"{__name__}.Shop.opened" in found
    receivers = [each.name for each in found["unnamed Signal"].receivers]
    assert len([name for name in receivers if name.endswith("<locals>.mine")]) == len(at_run_time)
    assert "unnamed Signal" not in [each.name for each in registry.live_signals()]


def test_what_is_frozen_is_found() -> None:
    """As servers call it before they fork; the garbage collector names nothing then that was made before."""
    signal.connect(receives, sender=Shop)
    gc.freeze()
    try:
        assert [each.sender for each in registered().receivers] == [f"{__name__}.Shop"]
        assert f"{__name__}.Shop.opened" in [each.name for each in registry.snapshot()]
    finally:
        gc.unfreeze()


def test_looking_changes_nothing() -> None:
    signal.connect(receives, sender=User)
    before = list(signal.receivers)
    registry.snapshot()
    assert signal.receivers == before
    assert all(mine is theirs for mine, theirs in zip(signal.receivers, before, strict=True))


def test_signal_that_was_looked_at_before_its_first_dispatch_is_muted_and_recorded_as_ever(
    tmp_path: Path,
) -> None:
    printed = programs.run(
        tmp_path,
        """
        from tracer import registry
        registry.snapshot()
        from django.contrib.auth.models import Group
        Group(name="none")
        signal.send(sender=None)
        print(tracer.stats().recorded, tracer.stats().muted)
        from tracer.recorder import recorder
        print(recorder.thread is not None)
        """,
    )
    assert printed.split() == ["1", "2", "True"]


def test_django_signals_are_there_under_their_own_names() -> None:
    names = [each.name for each in registry.snapshot()]
    assert names == sorted(names)
    for name in ("django.db.models.signals.m2m_changed", "django.core.signals.request_started"):
        assert name in names


def test_fingerprint_changes_when_a_receiver_comes_or_goes() -> None:
    registry.snapshot()
    before = registry.fingerprint()
    signal.connect(receives)
    connected = registry.fingerprint()
    signal.disconnect(receives)
    assert connected != before
    assert registry.fingerprint() != connected


def test_nothing_of_ours_is_connected_to_anything() -> None:
    ours = [
        receiver.name
        for each in registry.snapshot()
        for receiver in each.receivers
        if receiver.name.startswith(("tracer.", "dashboard."))
    ]
    assert ours == []
