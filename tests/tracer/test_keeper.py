"""What waits for a store that refuses it, what does not fit, and what the feed is told of it."""

from __future__ import annotations

from tests.tracer.stores.conftest import dispatch
from tracer.backlog import Backlog
from tracer.dispatches import Marker, Record
from tracer.keeper import SKEW_US, Keeper
from tracer.showing import marker_text


def ids(backlog: Backlog) -> list[str]:
    return [record.id for record in backlog.first(1000)]


def test_what_does_not_fit_is_counted_once_and_told_with_its_time() -> None:
    backlog = Backlog(3)
    backlog.add([dispatch(number) for number in range(5)])
    assert ids(backlog) == ["t-0", "t-1", "t-2"]
    assert backlog.dropped == 2
    lost, since_us = backlog.take_losses()
    assert lost == 2
    assert since_us > 0
    assert backlog.take_losses()[0] == 0
    backlog.let_go(3)
    backlog.add([dispatch(6)])
    assert ids(backlog) == ["t-6"]
    assert backlog.dropped == 2


def test_markers_always_fit() -> None:
    backlog = Backlog(1)
    marker: Record = Marker(id="m", process="p", kind="started", at_us=1)
    backlog.add([dispatch(1), marker])
    assert ids(backlog) == ["t-1", "m"]
    assert backlog.dropped == 0


def test_dispatch_that_was_taken_is_not_dropped_when_it_comes_again_and_does_not_fit() -> None:
    backlog = Backlog(1)
    backlog.add([dispatch(1, transaction="open", duration_ns=1)])
    backlog.add([dispatch(1, transaction="committed", duration_ns=1)])
    assert (ids(backlog), backlog.dropped) == (["t-1"], 0)


def test_dispatch_that_was_dropped_is_not_taken_when_it_comes_again() -> None:
    backlog = Backlog(1)
    backlog.add([dispatch(0, duration_ns=1), dispatch(1, state="running")])
    backlog.let_go(1)
    backlog.add([dispatch(1, duration_ns=1, transaction="open")])
    backlog.add([dispatch(1, duration_ns=1, transaction="committed")])
    assert (ids(backlog), backlog.dropped) == ([], 1)
    backlog.add([dispatch(2, duration_ns=1)])
    assert ids(backlog) == ["t-2"]


def test_clock_that_does_not_agree_is_told_once_until_it_changes() -> None:
    keeper = Keeper()

    def told(skew_us: int) -> list[str]:
        keeper._tell_skew(skew_us)
        waiting = keeper._backlog.first(9)
        keeper._backlog.let_go(len(waiting))
        return [marker_text(one) for one in waiting if isinstance(one, Marker)]

    assert told(SKEW_US - 1) == []
    (ahead,) = told(3_200_000)
    assert ahead.startswith("the clock of ")
    assert ahead.endswith(" is 3.2 s ahead of the store's")
    assert told(3_300_000) == []
    (behind,) = told(-700_000)
    assert behind.endswith(" is 0.7 s behind the store's")
    (again,) = told(0)
    assert again.endswith(" agrees with the store's")
