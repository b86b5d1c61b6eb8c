"""The lists of a detail: called, not reached, not called."""

from __future__ import annotations

from typing import Any

from dashboard.why import MOST_CALLS, MOST_PLAIN, why
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch
from tracer.diagnosis import Explanation, Repeat, RepeatedCall, Uncalled

NOTHING = Explanation(called=(), uncalled=(), notes=())


def make_uncalled(name: str, **given: Any) -> Uncalled:
    values: dict[str, Any] = {
        "receiver": f"app.{name}",
        "short": name,
        "place": "app.py:1",
        "sender": "shop.Order",
        "signal": "django.db.models.signals.post_save",
        "reason": "sender",
        "text": "It is connected for shop.Order.",
    }
    return Uncalled(**values | given)


def make_repeat(receiver: str, times: int, **given: Any) -> Repeat:
    calls = tuple(
        RepeatedCall(dispatch_id=f"a-{number}", call_site="a.py:1 f", started_us=NOON_US)
        for number in range(times)
    )
    values: dict[str, Any] = {
        "receiver": receiver,
        "short": "one",
        "place": None,
        "kind": "dispatched",
        "calls": calls,
        "text": "Twice.",
    }
    return Repeat(**values | given)


def test_calls_are_parted_at_the_one_that_raised() -> None:
    dispatch = make_dispatch(
        calls=(
            make_call(receiver="a.first"),
            make_call(receiver="a.second", error="shop.Declined"),
            make_call(receiver="a.third", started_ns=None, duration_ns=None, skipped="second raised"),
        )
    )  # fmt: skip
    lists = why(dispatch, NOTHING, ())
    assert [(one.number, one.call.receiver) for one in lists.called] == [
        (1, "a.first"), (2, "a.second"),
    ]  # fmt: skip
    assert [(one.index, one.number) for one in lists.unreached] == [(2, 3)]
    assert lists.stopped == "second raised Declined, and send() ends there."
    assert why(make_dispatch(), NOTHING, ()).stopped == ""


def test_call_that_never_began_waits_or_was_not_reached() -> None:
    calls = (make_call(receiver="a.later", started_ns=None, duration_ns=None),)
    running = why(make_dispatch(calls=calls, state="running", duration_ns=None), NOTHING, ())
    assert (len(running.called), len(running.unreached)) == (1, 0)
    failed = why(make_dispatch(calls=calls, error="RuntimeError"), NOTHING, ())
    assert (len(failed.called), len(failed.unreached)) == (0, 1)
    assert failed.stopped == "send() itself raised RuntimeError."


def test_telling_reasons_stay_and_plain_ones_fold() -> None:
    uncalled = [
        make_uncalled("kin", reason="related"),
        *(make_uncalled(f"other{number}") for number in range(10)),
        make_uncalled("gone", reason="collected"),
    ]
    lists = why(
        make_dispatch(), Explanation(called=(), uncalled=tuple(uncalled), notes=("N.",)), ()
    )
    assert [one.short for one in lists.uncalled][:2] == ["kin", "gone"]
    assert len(lists.uncalled) == 2 + MOST_PLAIN
    assert lists.uncalled_count == 12
    assert lists.notes == ("N.",)


def test_one_receiver_is_not_folded_by_itself() -> None:
    uncalled = tuple(make_uncalled(f"other{number}") for number in range(MOST_PLAIN + 1))
    lists = why(make_dispatch(), Explanation(called=(), uncalled=uncalled, notes=()), ())
    assert (len(lists.uncalled), lists.folded) == (MOST_PLAIN + 1, ())


def test_repeat_stands_at_the_receiver_and_knows_its_own_call() -> None:
    dispatch = make_dispatch(
        id="a-1", calls=(make_call(receiver="a.x"), make_call(receiver="a.one"))
    )
    lists = why(dispatch, NOTHING, [make_repeat("a.one", MOST_CALLS + 3)])
    assert lists.called[0].repeats == ()
    (repeat,) = lists.called[1].repeats
    assert [is_this for _, is_this in repeat.calls] == [False, True] + [False] * (MOST_CALLS - 2)
    assert repeat.more == 3


def test_receiver_that_is_connected_twice_is_explained_once() -> None:
    dispatch = make_dispatch(calls=(make_call(receiver="a.one"), make_call(receiver="a.one")))
    lists = why(dispatch, NOTHING, [make_repeat("a.one", 2, kind="connected")])
    assert [len(one.repeats) for one in lists.called] == [1, 0]


def test_loop_is_drawn_once_around() -> None:
    dispatch = make_dispatch(calls=(make_call(receiver="a.one"),))
    loop = ("a.one", "django.db.models.signals.post_save", "a.one")
    (view,) = why(dispatch, NOTHING, [make_repeat("a.one", 2, kind="re-entered", loop=loop)]).called
    assert [short for short, _ in view.repeats[0].loop] == ["one", "post_save"]
