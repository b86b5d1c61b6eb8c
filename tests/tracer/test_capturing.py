"""What a test may ask of the signals that it captured, and what it is told."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db.models.signals import post_save, pre_init
from django.dispatch import Signal

import tracer
from demo_site.profiles.models import Profile
from demo_site.profiles.receivers import create_user_profile, save_user_profile
from tracer.exceptions import FilterError

crate_sent = Signal()
crate_lost = Signal()


class Parcel:
    pass


class Letter:
    pass


def weigh(sender: object, **kwargs: object) -> None:
    pass


def stamp(sender: object, **kwargs: object) -> None:
    pass


def refuse(sender: object, **kwargs: object) -> None:
    raise ValueError


@pytest.fixture(autouse=True)
def _connected() -> Iterator[None]:
    for receiver in (weigh, stamp):
        crate_sent.connect(receiver)
    crate_lost.connect(refuse)
    crate_lost.connect(stamp)
    yield
    for receiver in (weigh, stamp):
        crate_sent.disconnect(receiver)
    crate_lost.disconnect(refuse)
    crate_lost.disconnect(stamp)


def test_signal_and_sender_and_receiver_are_meant_by_object_or_by_name() -> None:
    with tracer.capture() as signals:
        crate_sent.send(Parcel, weight=3)
    for signal in (
        crate_sent,
        "crate_sent",
        f"{__name__}.crate_sent",
        "test_capturing.crate_sent",
    ):
        for sender in (None, Parcel, f"{__name__}.Parcel"):
            for receivers in (None, [weigh], ["stamp"], [weigh, f"{__name__}.stamp"]):
                found = signals.dispatched(signal, sender=sender, receivers=receivers)
                assert [one.signal for one in found] == [f"{__name__}.crate_sent"]
    assert not signals.dispatched(crate_sent, sender=Letter)
    assert not signals.dispatched(crate_lost)


@pytest.mark.django_db
def test_saving_a_user_makes_a_profile() -> None:
    with tracer.capture() as signals:
        User.objects.create(username="ada")
    (saved,) = signals.dispatched("post_save", sender=User, receivers=[create_user_profile])
    profiles = signals.dispatched(post_save, sender="profiles.profile")
    assert {one.root_id for one in profiles} == {saved.id}
    assert signals.dispatched("post_save", receivers=[create_user_profile, save_user_profile])


def test_receivers_are_meant_in_their_order_with_others_among_them() -> None:
    crate_sent.connect(refuse)
    try:
        with tracer.capture() as signals:
            crate_sent.send_robust(Parcel)
    finally:
        crate_sent.disconnect(refuse)
    assert signals.dispatched(crate_sent, receivers=[weigh, refuse])
    assert not signals.dispatched(crate_sent, receivers=[refuse, weigh])
    assert not signals.dispatched(crate_sent, receivers=[weigh, weigh])
    assert not signals.dispatched(crate_sent, receivers=[])


def test_no_receivers_means_that_nobody_received() -> None:
    crate_sent.disconnect(weigh)
    crate_sent.disconnect(stamp)
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
    assert signals.dispatched(crate_sent, receivers=[])
    assert not signals.dispatched(crate_sent, receivers=[weigh])


def test_mock_is_a_receiver_like_another() -> None:
    called = Mock()
    crate_sent.connect(called)
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
    crate_sent.disconnect(called)
    assert signals.dispatched(crate_sent, receivers=[weigh, called])


def test_receiver_that_was_never_reached_was_not_called() -> None:
    with tracer.capture() as signals, pytest.raises(ValueError, match=r"^$"):
        crate_lost.send(Parcel)
    assert signals.dispatched(crate_lost, receivers=[refuse])
    asked = signals.dispatched(crate_lost, receivers=[stamp])
    assert not asked
    assert "stamp: never reached." in str(asked)


def test_arguments_are_meant_among_others() -> None:
    ada = User(pk=3)
    with tracer.capture() as signals:
        crate_sent.send(Parcel, to=ada, weight=3, is_express=False)
    for arguments in ({"weight": 3}, {"to": User(pk=3)}, {"weight": 3, "is_express": False}):
        assert signals.dispatched(crate_sent, arguments=arguments)
    for arguments in ({"weight": 4}, {"to": User(pk=4)}, {"weight": 3, "height": 3}):
        assert not signals.dispatched(crate_sent, arguments=arguments)
    asked = signals.dispatched(crate_sent, arguments={"weight": 4, "height": 1})
    assert "It was dispatched once, last with weight=3, height=(none)." in str(asked)


def test_what_was_dispatched_up_to_now_is_seen_while_the_block_runs() -> None:
    with tracer.capture() as signals:
        assert len(signals) == 0
        crate_sent.send(Parcel)
        assert signals.dispatched(crate_sent)
        assert [one.sender for one in signals] == [f"{__name__}.Parcel"]
        crate_sent.send(Letter)
        assert [one.sender for one in signals] == [f"{__name__}.Parcel", f"{__name__}.Letter"]
    crate_sent.send(Parcel)
    assert len(signals) == 2
    assert signals == list(signals)
    assert signals[:1] == [signals[0]]


def test_dispatch_that_runs_is_seen_by_its_receiver() -> None:
    seen: list[tuple[str, int]] = []

    def look(sender: object, **kwargs: object) -> None:
        seen.extend((one.state, len(one.calls)) for one in signals)

    crate_sent.connect(look)
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
        crate_sent.disconnect(look)
    assert seen == [("running", 3)]
    assert [one.state for one in signals] == ["ok"]


def test_other_threads_are_captured_and_may_look() -> None:
    def send() -> None:
        for _ in range(200):
            crate_sent.send(Parcel)
            assert signals.dispatched(crate_sent)

    with tracer.capture() as signals:
        threads = [threading.Thread(target=send) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(signals) == 600


def test_clear_forgets_what_began_before() -> None:
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
        signals.clear()
        assert signals == []
        crate_sent.send(Letter)
    assert [one.sender for one in signals] == [f"{__name__}.Letter"]
    signals.clear()
    assert signals == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("post_sav",), "post_sav.*Nearest: django.db.models.signals.post_save"),
        (("post_save", "auth.Usr"), "auth.Usr.*Nearest: auth.User"),
    ],
)
def test_name_that_nobody_has_is_an_error(asked: tuple[str, ...], said: str) -> None:
    signal, *sender = asked
    with tracer.capture() as signals, pytest.raises(LookupError, match=said):
        signals.dispatched(signal, sender=sender[0] if sender else None)


def test_filter_that_does_not_parse_is_an_error_at_once() -> None:
    with pytest.raises(FilterError), tracer.capture("took:>"):
        pytest.fail("the block was entered")


def test_only_what_the_filter_lets_through_is_captured() -> None:
    with tracer.capture("sender:*Letter") as signals:
        crate_sent.send(Parcel)
        crate_sent.send(Letter)
        assert len(signals) == 1
    asked = signals.dispatched(crate_sent, sender=Parcel)
    assert not asked
    assert "Captured: 1 dispatch, of those that match sender:*Letter" in str(asked)


def test_captured_can_be_pickled_as_parallel_runners_do() -> None:
    with tracer.capture("-sender:nobody") as signals:
        crate_sent.send(Parcel)
        sent_on = pickle.loads(pickle.dumps(signals))
        crate_sent.send(Parcel)
    assert sent_on == signals[:1]


def test_answer_says_in_a_line_what_was_asked() -> None:
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
    asked = signals.dispatched(crate_sent, sender=Letter, receivers=[weigh])
    name = f"{__name__}."
    assert repr(asked) == (
        f"<none of 1 captured: {name}crate_sent from {name}Letter, received by {name}weigh>"
    )
    assert repr(signals) == "<1 dispatch captured>"


@pytest.mark.django_db
def test_failure_says_what_happened_instead_with_the_tree() -> None:
    with tracer.capture() as signals:
        User.objects.create(username="ada")
    with pytest.raises(AssertionError) as raised:
        signals.assert_dispatched("post_save", sender=Profile, receivers=[create_user_profile])
    lines = str(raised.value).splitlines()
    assert lines[0] == (
        "Not dispatched: django.db.models.signals.post_save from profiles.Profile, "
        "received by demo_site.profiles.receivers.create_user_profile"
    )
    assert lines[1].startswith("It was dispatched twice, and called ")
    assert lines[2].startswith("create_user_profile: It is connected for auth.User")
    # Each stands below the one that set it off, and further to the right.
    indents = [line.index("post_save") for line in lines[4:] if " post_save" in line]
    assert indents[0] < indents[1]


def test_failure_of_not_says_that_it_was_dispatched() -> None:
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
        crate_sent.send(Parcel)
        signals.assert_not_dispatched(crate_lost)
        assert len(signals.assert_dispatched(crate_sent)) == 2
        with pytest.raises(
            AssertionError, match=r"^Dispatched twice: .*crate_sent from .*Parcel\n"
        ):
            signals.assert_not_dispatched(crate_sent, sender=Parcel)


def test_failure_names_the_senders_that_did_send() -> None:
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
        crate_sent.send(None)
    said = str(signals.dispatched(crate_sent, sender=Letter))
    assert f"crate_sent was dispatched from {__name__}.Parcel, None." in said


def test_failure_says_that_a_signal_is_muted() -> None:
    with tracer.capture() as signals:
        User(pk=1)
    said = str(signals.dispatched(pre_init, sender=User))
    assert "pre_init is muted, and so not recorded" in said
    assert said.endswith("Captured: nothing")


def test_failure_says_what_sends_no_such_signal() -> None:
    with tracer.capture() as signals:
        pass
    assert "bulk_create" in str(signals.dispatched("post_save", sender=User))


def test_receivers_in_another_order_are_told_as_such() -> None:
    with tracer.capture() as signals:
        crate_sent.send(Parcel)
    asked = signals.dispatched(crate_sent, receivers=[stamp, weigh])
    assert "All of the receivers were called, but in another order" in str(asked)


def test_long_tree_is_cut_and_says_so() -> None:
    with tracer.capture() as signals:
        for _ in range(150):
            crate_sent.send(Parcel)
    lines = signals.tree().splitlines()
    assert (len(lines), lines[-1]) == (102, "… and 50 dispatches more")
