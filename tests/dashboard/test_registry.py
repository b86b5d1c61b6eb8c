"""What the registry column has rows and marks for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.dispatch import Signal

from dashboard import registered, registry
from dashboard.counters import Counters
from dashboard.entries import MOST_GONE, ReceiverEntry
from dashboard.registered import Registered
from dashboard.registry import SignalEntry
from tests.dashboard.conftest import Clock, make_call, make_dispatch
from tracer import connections
from tracer.rules import Finding

sent = Signal()
SENT = f"{__name__}.sent"


def receives(**_: object) -> None:
    raise AssertionError("called")


async def receives_later(**_: object) -> None:
    raise AssertionError("called")


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    connections.watch()
    yield
    sent.receivers = []
    sent.sender_receivers_cache.clear()
    connections.unwatch()


def make_finding(**given: Any) -> Finding:
    values: dict[str, Any] = {
        "id": "W006",
        "signal": SENT,
        "receiver": f"{__name__}.receives",
        "place": "a.py:1",
        "text": "It costs.",
        "hint": "Do not.",
        "tag": "fast delete off",
    }
    return Finding(**values | given)


def entry(*findings: Finding, counters: Counters | None = None) -> SignalEntry:
    look = Registered()
    look.look()
    counters = counters or Counters()
    for _, signals in registry.groups(look.signals, counters, frozenset(), findings):
        for signal in signals:
            if signal.name == SENT:
                return signal
    raise AssertionError(f"{SENT} has no row")


def names(signal: SignalEntry) -> list[str]:
    return [receiver.short for receiver in signal.receivers]


def test_receivers_stand_in_calling_order_with_what_tells_them_apart() -> None:
    sent.connect(receives_later, sender=User, weak=False)
    sent.connect(receives, dispatch_uid="once")
    signal = entry()
    assert names(signal) == ["receives", "receives_later"]
    assert [receiver.tags for receiver in signal.receivers] == [
        ("uid",),
        ("async", "User", "strong"),
    ]
    assert "for auth.User · held by the signal · async" in signal.receivers[1].title
    assert "for every sender · held weakly · dispatch_uid once" in signal.receivers[0].title


def test_counts_belong_to_the_receiver_of_the_signal() -> None:
    sent.connect(receives)
    counters = Counters()
    calls = (make_call(receiver=f"{__name__}.receives"), make_call(receiver="other.process"))
    counters.replace(None, make_dispatch(signal=SENT, calls=calls))
    here, elsewhere = entry(counters=counters).receivers
    assert (here.is_here, here.count.calls) == (True, 1)
    assert (elsewhere.name, elsewhere.is_here, elsewhere.count.calls) == ("other.process", False, 1)


def gone(signal: SignalEntry) -> list[ReceiverEntry]:
    return [receiver for receiver in signal.receivers if receiver.gone]


def test_receivers_that_are_gone_have_rows_the_same_ones_together() -> None:
    def local(**_: object) -> None: ...

    sent.connect(receives)
    sent.disconnect(receives)
    sent.connect(local)
    del local
    gc.collect()
    assert [(one.short, one.gone, one.times) for one in gone(entry())] == [
        ("receives", "disconnected", 1), ("local", "collected", 1),
    ]  # fmt: skip
    sent.connect(receives)
    sent.disconnect(receives)
    assert [one.times for one in gone(entry()) if one.gone == "disconnected"] == [2]


def test_receiver_that_is_connected_again_is_not_gone() -> None:
    for _ in range(3):
        sent.connect(receives)
        sent.disconnect(receives)
    sent.connect(receives)
    assert gone(entry()) == []


def test_many_that_are_gone_are_counted() -> None:
    for number in range(MOST_GONE + 3):
        exec(f"def local{number}(**_): ...\nsent.connect(local{number}, weak=False)", globals())
        exec(f"sent.disconnect(local{number}); del local{number}", globals())
    signal = entry()
    assert (len(gone(signal)), signal.gone_more) == (MOST_GONE, 3)


def test_mark_stands_on_the_connection_that_it_is_about() -> None:
    sent.connect(receives, sender=User)
    sent.connect(receives, sender=Group)
    signal = entry(make_finding(sender="auth.Group"), make_finding(id="W009", level="info"))
    assert [[mark.id for mark in receiver.marks] for receiver in signal.receivers] == [
        ["W009"], ["W006", "W009"],
    ]  # fmt: skip


def test_receiver_whose_sender_never_came_has_a_row_of_its_own() -> None:
    (receiver,) = entry(make_finding(id="W001", sender="shop.Ordr")).receivers
    assert (receiver.short, [mark.id for mark in receiver.marks]) == ("receives", ["W001"])
    assert "for shop.Ordr" in receiver.title


def test_finding_about_a_signal_stands_on_it() -> None:
    assert [mark.id for mark in entry(make_finding(receiver=None)).marks] == ["W006"]


def test_findings_about_no_signal_stand_above() -> None:
    module = make_finding(id="W003", signal=None, receiver=None)
    above = registry.elsewhere([module, make_finding(), make_finding(level="info")])
    assert (above.rows, above.total) == ((module,), 3)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(registered, "time", clock)
    # Signals that other tests left behind must not go between two looks.
    gc.collect()
    return clock


def test_look_sees_what_has_changed_and_nothing_else(clock: Clock) -> None:
    look = Registered()
    look.look()
    before = look.signals
    clock.now += registered.SNAPSHOT_S
    look.look()
    assert look.signals is before
    sent.connect(receives)
    look.look()
    assert look.signals is before
    clock.now += registered.CHANGED_S
    look.look()
    found = look.find(SENT)
    assert found is not None
    assert found.receivers
    now = look.signals
    clock.now += registered.SNAPSHOT_S
    look.look()
    assert look.signals is now


def test_signal_that_is_made_while_somebody_looks_is_seen_when_it_is_connected(
    clock: Clock,
) -> None:
    look = Registered()
    look.look()
    made = Signal()
    globals()["made"] = made
    made.connect(receives)
    clock.now += registered.CHANGED_S
    try:
        look.look()
        assert look.find(f"{__name__}.made") is not None
    finally:
        del globals()["made"]


def test_findings_are_looked_for_again_when_something_was_connected(clock: Clock) -> None:
    look = Registered()
    look.look()
    assert not any(each.signal == SENT for each in look.findings)
    sent.connect(lambda **_: None)
    clock.now += registered.FINDINGS_S
    look.look()
    assert any(each.signal == SENT for each in look.findings)
