"""Why a receiver was not called: each reason, and nearly the same case in which it is not given."""

from __future__ import annotations

import asyncio
import functools
import gc
import re
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db.models.signals import m2m_changed, post_save, pre_save
from django.dispatch import Signal
from factory.django import mute_signals

from dashboard import wording
from demo_site.articles.models import Article, Comment
from demo_site.shop.models import Invoice, Order, Product, RushOrder
from tests.conftest import WaitUntil
from tests.tracer.diagnosis.trial import (
    Clerk,
    Letter,
    Parcel,
    Stamp,
    awaits,
    captured,
    explained,
    only,
    parcel_lost,
    parcel_sent,
    reasons,
    receives,
    receives_too,
)
from tests.tracer.told import gone, registry, signal, tell
from tests.tracer.told import receiver as told_receiver
from tracer.diagnosis import Uncalled, UnknownName, explain, would_run
from tracer.diagnosis.reasons import clock
from tracer.registry import RegisteredSignal

HERE = "tests/tracer/diagnosis/test_uncalled.py"
SENT = "tests.tracer.diagnosis.trial.parcel_sent"
PARCEL = "tests.tracer.diagnosis.trial.Parcel"
POST_SAVE = "django.db.models.signals.post_save"


def save(sender: type) -> Any:
    return captured(lambda: post_save.send(sender, instance=sender(pk=7), created=False))


# -- related ---------------------------------------------------------------------------------------------------


def test_receiver_of_the_proxy_is_related_to_what_the_concrete_class_saves() -> None:
    post_save.connect(receives, sender=RushOrder)
    found = only(explain(save(Order)))
    assert (found.reason, found.sender, found.signal) == ("related", "shop.RushOrder", POST_SAVE)
    assert found.text == (
        "It is connected for shop.RushOrder, a proxy of shop.Order: Django matches the very class."
    )
    assert found.mend == "Connect it for shop.Order as well, or save through shop.RushOrder."
    assert found.connected_at is not None
    assert found.connected_at.startswith(f"{HERE}:")


def test_receiver_of_the_concrete_class_is_related_to_what_the_proxy_saves() -> None:
    post_save.connect(receives, sender=Order)
    assert "the concrete class of the proxy shop.RushOrder" in only(explain(save(RushOrder))).text


def test_receiver_of_the_proxy_is_not_uncalled_when_the_proxy_saves() -> None:
    post_save.connect(receives, sender=RushOrder)
    explanation = explain(save(RushOrder))
    assert reasons(explanation) == []
    assert f"{receives.__module__}.receives" in explanation.called


def test_receiver_of_both_is_called_and_not_uncalled() -> None:
    for sender in (Order, RushOrder):
        post_save.connect(receives, sender=sender)
    assert reasons(explain(save(Order))) == []


def test_parent_and_child_classes_are_related_other_classes_are_not() -> None:
    parcel_sent.connect(receives, sender=Parcel)
    parcel_sent.connect(receives_too, sender=Stamp)
    explanation = explained(parcel_sent, Letter)
    assert "a parent class of tests.tracer.diagnosis.trial.Letter" in only(explanation).text
    assert reasons(explanation, "receives_too") == ["sender"]
    assert [each.short for each in explanation.uncalled] == ["receives", "receives_too"]


def test_instance_that_sends_is_not_the_class_that_is_connected() -> None:
    parcel_sent.connect(receives, sender=Parcel)
    found = only(explained(parcel_sent, Parcel()))
    assert (found.reason, found.mend) == ("related", f"Send with `sender=` the class, {PARCEL}.")
    assert "the sender is an instance of it" in found.text


def test_class_that_sends_is_not_the_instance_that_is_connected() -> None:
    parcel = Parcel()
    parcel_sent.connect(receives, sender=parcel)
    found = only(explained(parcel_sent, Parcel))
    assert found.reason == "related"
    assert f"connected for an instance of {PARCEL}, and the sender is the class" in found.text


def test_another_instance_sends_but_the_very_one_is_heard() -> None:
    parcel, other = Parcel(), Parcel()
    parcel_sent.connect(receives, sender=parcel)
    found = only(explained(parcel_sent, other))
    assert (found.reason, "another instance" in found.text) == ("related", True)
    assert reasons(explained(parcel_sent, parcel)) == []


def test_sender_none_reaches_only_receivers_of_every_sender() -> None:
    parcel_sent.connect(receives, sender=Parcel)
    parcel_sent.connect(receives_too)
    explanation = explained(parcel_sent, None)
    assert only(explanation).text == (
        f"It is connected for {PARCEL}, and `sender=None` reaches only the receivers of every sender."
    )
    assert explanation.called == (f"{receives.__module__}.receives_too",)


def test_receiver_that_waits_for_a_misspelled_model_is_told_of_under_the_right_one() -> None:
    post_save.connect(receives, sender="shop.Ordr")
    post_save.connect(receives_too, sender="warehouse.Shelf")
    explanation = explain(save(Order))
    for key in (("shop", "ordr"), ("warehouse", "shelf")):
        apps._pending_operations.pop(key)  # type: ignore[attr-defined]
    found = only(explanation)
    assert (found.reason, found.sender) == ("related", "shop.Ordr")
    assert found.text == "It waits for shop.Ordr, a model that never came."
    assert reasons(explanation, "receives_too") == []


# -- later, disconnected, collected ----------------------------------------------------------------------------


def test_receiver_that_is_connected_after_the_dispatch_came_later() -> None:
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.connect(receives, sender=Parcel)
    found = only(explain(dispatch))
    assert found.reason == "later"
    assert re.fullmatch(
        rf"It was connected after this dispatch, at \d\d:\d\d:\d\d\.\d\d\d by {HERE}:\d+ test_\w+\.",
        found.text,
    )


def test_receiver_that_is_connected_before_the_dispatch_did_not_come_later() -> None:
    parcel_sent.connect(receives, sender=Parcel)
    assert explained(parcel_sent, Parcel).uncalled == ()


def test_second_connection_after_the_dispatch_does_not_make_one_uncalled_that_was_called() -> None:
    parcel_sent.connect(receives)
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.disconnect(receives)
    parcel_sent.connect(receives)
    assert explain(dispatch).uncalled == ()


def test_receiver_that_was_disconnected_before_the_dispatch() -> None:
    parcel_sent.connect(receives, sender=Parcel)
    parcel_sent.disconnect(receives, sender=Parcel)
    found = only(explained(parcel_sent, Parcel))
    assert found.reason == "disconnected"
    assert f" by {HERE}:" in found.text
    assert reasons(explained(parcel_sent, Stamp)) == []


def test_of_several_connections_that_are_over_the_one_before_the_dispatch_counts() -> None:
    parcel_sent.connect(receives)
    parcel_sent.disconnect(receives)
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.connect(receives)
    parcel_sent.disconnect(receives)
    assert only(explain(dispatch)).reason == "disconnected"


def test_receiver_that_was_connected_after_the_dispatch_and_is_gone_came_later() -> None:
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.connect(receives)
    parcel_sent.disconnect(receives)
    assert only(explain(dispatch)).reason == "later"


def test_receiver_that_is_disconnected_after_the_dispatch_is_called() -> None:
    parcel_sent.connect(receives)
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.disconnect(receives)
    explanation = explain(dispatch)
    assert (len(explanation.called), explanation.uncalled) == (1, ())


def a_lambda() -> Any:
    return lambda **_: None


def a_local_function() -> Any:
    def local(**_: object) -> None: ...

    return local


@pytest.mark.parametrize(
    ("make", "mend"),
    [
        (a_lambda, "A lambda needs `weak=False`"),
        (a_local_function, "A function that is made inside another one needs `weak=False`"),
        (lambda: Clerk().note, "A bound method lives as long as its object"),
        (lambda: functools.partial(receives), "A partial needs `weak=False`"),
    ],
)
@pytest.mark.parametrize("is_cleared", [False, True])
def test_receiver_that_nothing_holds_is_collected(
    make: Callable[[], Any], mend: str, is_cleared: bool
) -> None:
    parcel_sent.connect(make(), sender=Parcel)
    gc.collect()
    if is_cleared:  # Django forgets the dead at the next connect.
        parcel_sent.connect(receives)
    explanation = explained(parcel_sent, Parcel)
    (found,) = explanation.uncalled
    assert found.reason == "collected"
    assert found.mend.startswith(mend)
    assert "It was connected weakly by " in found.text
    assert found.connected_at is not None


@pytest.mark.parametrize("is_weak", [True, False])
def test_receiver_that_something_holds_is_not_collected(is_weak: bool) -> None:
    clerk = Clerk()
    parcel_sent.connect(clerk.note if is_weak else a_lambda(), sender=Parcel, weak=is_weak)
    gc.collect()
    explanation = explained(parcel_sent, Parcel)
    assert (len(explanation.called), explanation.uncalled) == (1, ())


def test_receiver_that_was_called_and_collected_afterwards_is_not_uncalled() -> None:
    clerk = Clerk()
    parcel_sent.connect(clerk.note)
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    del clerk
    gc.collect()
    assert explain(dispatch).uncalled == ()


# -- family, sender, unknown -----------------------------------------------------------------------------------


def test_receiver_of_the_other_signal_of_the_family_is_told_of() -> None:
    pre_save.connect(receives, sender=Product)
    found = only(explain(save(Product)))
    assert (found.reason, found.signal) == ("family", "django.db.models.signals.pre_save")
    assert found.text == "It receives pre_save of shop.Product, not post_save."


def test_receiver_of_both_signals_of_every_sender_or_of_another_is_no_family() -> None:
    pre_save.connect(receives, sender=Product)
    post_save.connect(receives, sender=Product)
    pre_save.connect(receives_too)
    pre_save.connect(Clerk.note, sender=Order)
    assert explain(save(Product)).uncalled[0].reason == "sender"
    assert "family" not in {each.reason for each in explain(save(Product)).uncalled}


def numbered(number: int) -> Any:
    """Return a receiver with a name of its own."""

    def local(**_: object) -> None: ...

    local.__qualname__ = f"receiver_{number}"
    return local


def test_unrelated_senders_come_last_the_nearest_first_and_no_more_than_twelve() -> None:
    held = [numbered(number) for number in range(9)]
    for receiver, sender in zip(held, [Comment, Invoice, Article] * 3, strict=True):
        post_save.connect(receiver, sender=sender)
    pre_save.connect(receives, sender=Product)
    explanation = explain(save(Product))
    found = [(each.reason, each.sender) for each in explanation.uncalled]
    assert found[0] == ("family", "shop.Product")
    assert [reason for reason, _ in found[1:]] == ["sender"] * 12
    labels = [str(sender).split(".")[0] for _, sender in found[1:]]
    assert labels == sorted(labels, key=lambda label: label != "shop")
    (note,) = [note for note in explanation.notes if "more receiver" in note]
    assert re.fullmatch(r"\d+ more receivers? (is|are) connected for other senders\.", note)


def test_receiver_of_several_other_senders_is_told_of_once() -> None:
    parcel_sent.connect(receives, sender=Stamp)
    parcel_sent.connect(receives, sender=Clerk)
    found = only(explained(parcel_sent, Parcel))
    module = Stamp.__module__
    assert found.text == f"It is connected for {module}.Stamp and {module}.Clerk, not for {PARCEL}."


def test_receiver_that_was_muted_meanwhile_matches_and_nobody_knows(wait_until: WaitUntil) -> None:
    post_save.connect(receives, sender=Product)
    connected_ns = time.time_ns()
    wait_until(lambda: time.time_ns() > connected_ns + 20_000_000)
    with mute_signals(post_save):
        dispatch = save(Product)
        while_muted = only(explain(dispatch))
    assert while_muted.reason == "unknown"
    assert "was taken off without `disconnect()`" in while_muted.text
    found = only(explain(dispatch))
    assert (found.reason, "`mute_signals`" in found.text) == ("unknown", True)


def test_dispatch_of_another_process_is_not_compared_with_connects_here() -> None:
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.connect(receives, sender=Parcel)
    parcel_sent.connect(receives_too)
    parcel_sent.disconnect(receives_too)
    elsewhere = msgspec.structs.replace(dispatch, process="migrate 1@elsewhere")
    (found,) = explain(elsewhere).uncalled
    assert (found.short, found.reason) == ("receives", "unknown")
    assert "another process, migrate 1@elsewhere" in found.text


ELSEWHERE = "celery 7@elsewhere"


def explained_elsewhere(*there: RegisteredSignal, modules: Sequence[str] = ()) -> Uncalled:
    """Return why `receives`, connected here, did not run for a dispatch of a process that has told this of itself."""
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    parcel_sent.connect(receives, sender=Parcel)
    tell(registry(ELSEWHERE, *there, modules=modules))
    return only(explain(msgspec.structs.replace(dispatch, process=ELSEWHERE)))


def test_receiver_whose_module_the_other_process_did_not_import() -> None:
    found = explained_elsewhere(signal(SENT))
    assert found.reason == "elsewhere"
    assert found.text == (
        "In the process that dispatched, celery (pid 7 on elsewhere), it is not connected: its module, "
        f"{receives.__module__}, was not imported there."
    )
    assert found.mend.startswith(f"Import {receives.__module__} in the `ready()` of its app")


def test_receiver_that_was_disconnected_in_the_other_process() -> None:
    name = f"{receives.__module__}.receives"
    found = explained_elsewhere(signal(SENT, gone=[gone(name, sender=PARCEL)]))
    assert (found.reason, found.mend) == ("elsewhere", "")
    assert found.text.endswith("it is not connected: there it was disconnected.")


def test_receiver_that_was_connected_too_late_in_the_other_process() -> None:
    later_us = time.time_ns() // 1000 + 60_000_000
    late = told_receiver(
        f"{receives.__module__}.receives",
        connected_us=later_us,
        connected_at="shop/apps.py:3 ready",
    )
    found = explained_elsewhere(signal(SENT, late))
    assert found.reason == "later"
    assert "by shop/apps.py:3 ready, in celery (pid 7 on elsewhere)." in found.text


def test_receiver_that_the_other_process_has_is_not_said_to_be_missing_there() -> None:
    name = f"{receives.__module__}.receives"
    found = explained_elsewhere(signal(SENT, told_receiver(name, sender=PARCEL)))
    assert found.reason == "unknown"
    assert "here and in the process that dispatched" in found.text


@pytest.mark.parametrize(
    ("told", "is_historical"),
    [
        ({"origin": "manage.py migrate"}, True),
        ({"call_site": "shop/migrations/0002_prices.py:12 forwards"}, True),
        ({"origin": "manage.py loaddata"}, False),
    ],
)
def test_dispatch_of_a_migration_was_its_historical_models(
    told: dict[str, Any], is_historical: bool
) -> None:
    post_save.connect(receives, sender=Product)
    heard = captured(lambda: post_save.send(Product, instance=Product(pk=7)))
    unheard = msgspec.structs.replace(heard, calls=(), process="migrate 1@elsewhere", **told)
    found = only(explain(unheard))
    assert found.reason == ("related" if is_historical else "unknown")
    assert ("the historical model" in found.text) is is_historical
    # It was the real model where a receiver of that very class was called.
    assert reasons(explain(msgspec.structs.replace(heard, **told))) == []


def test_moments_are_written_as_the_page_writes_them() -> None:
    for moment_us in (0, 1_795_639_719_408_173):
        assert clock(moment_us) == wording.clock(moment_us)


def test_signal_that_nobody_has_here_is_said_to_be_unseen() -> None:
    dispatch = captured(lambda: Signal().send(Parcel))
    assert explain(dispatch).notes == (
        "Nothing here is a signal named unnamed Signal: what is connected to it cannot be seen.",
    )


# -- what was called -------------------------------------------------------------------------------------------


def test_receivers_after_one_that_raised_are_neither_called_nor_uncalled() -> None:
    def fails(**_: object) -> None:
        raise KeyError

    parcel_sent.connect(receives)
    parcel_sent.connect(fails)
    parcel_sent.connect(receives_too)
    with pytest.raises(KeyError):
        parcel_sent.send(Parcel)

    def send() -> None:
        with pytest.raises(KeyError):
            parcel_sent.send(Parcel)

    explanation = explain(captured(send))
    assert [name.rpartition(".")[2] for name in explanation.called] == ["receives", "fails"]
    assert explanation.uncalled == ()


@pytest.mark.parametrize("method", ["send", "send_robust"])
def test_send_inside_a_running_loop_says_what_to_use_instead(method: str) -> None:
    parcel_sent.connect(awaits)

    async def run() -> None:
        with pytest.raises(RuntimeError):
            getattr(parcel_sent, method)(Parcel)

    explanation = explain(captured(lambda: asyncio.run(run())))
    assert explanation.called == ()
    assert explanation.uncalled == ()
    (note,) = explanation.notes
    assert note.endswith(f"use `await signal.a{method}(...)`.")


def test_relations_that_nobody_hears_change_say_that_adding_sends_nothing() -> None:
    through = Article.tags.through
    m2m_changed.receivers = []

    def change() -> None:
        m2m_changed.send(through, instance=Article(pk=7), action="pre_remove")

    assert "`add()` sends no m2m_changed" in explain(captured(change)).notes[0]
    m2m_changed.connect(receives)
    assert explain(captured(change)).notes == ()


def test_runtime_error_of_a_receiver_is_no_matter_of_the_loop() -> None:
    def fails(**_: object) -> None:
        raise RuntimeError

    parcel_sent.connect(fails)
    parcel_sent.connect(awaits)

    def send() -> None:
        with pytest.raises(RuntimeError):
            parcel_sent.send(Parcel)

    assert explain(captured(send)).notes == ()


def test_looking_costs_no_receiver_its_life_and_calls_none() -> None:
    class Key:
        pass

    key = Key()

    def fails(**_: object) -> None:
        raise AssertionError(key)

    parcel_sent.connect(fails, sender=Stamp)
    before = list(parcel_sent.receivers)
    explained(parcel_sent, Parcel)
    assert parcel_sent.receivers == before


# -- what would run --------------------------------------------------------------------------------------------


def test_what_would_run_is_told_sync_first_in_order() -> None:
    parcel_sent.connect(awaits)
    parcel_sent.connect(receives_too, sender=Parcel)
    parcel_sent.connect(receives)
    parcel_lost.connect(receives, sender=Parcel)
    explanation = would_run(SENT, PARCEL)
    shorts = [name.rpartition(".")[2] for name in explanation.called]
    assert shorts == ["receives_too", "receives", "awaits"]
    assert explanation.uncalled == ()


def test_what_would_not_run_has_its_reason() -> None:
    parcel_sent.connect(receives, sender=Letter)
    parcel_sent.connect(receives_too, sender=Parcel)
    parcel_sent.disconnect(receives_too, sender=Parcel)
    parcel_sent.connect(a_lambda(), sender=Parcel)
    gc.collect()
    explanation = would_run(SENT, PARCEL)
    assert explanation.called == ()
    assert [each.reason for each in explanation.uncalled] == [
        "related",
        "disconnected",
        "collected",
    ]


def test_what_would_run_without_a_sender_and_for_an_instance() -> None:
    parcel = Parcel()
    parcel_sent.connect(receives, sender=parcel)
    parcel_sent.connect(receives_too)
    assert len(would_run(SENT, None).called) == 1
    assert len(would_run(SENT, f"instance of {PARCEL}").called) == 2


def test_what_would_run_of_a_model_says_what_sends_nothing() -> None:
    explanation = would_run(POST_SAVE, "shop.Order")
    assert "demo_site.shop.receivers.remember_order" in explanation.called
    assert only(explanation, "hurry_up").reason == "related"
    assert any("`bulk_create`" in note for note in explanation.notes)


def test_what_nobody_knows_is_told_with_the_nearest_names() -> None:
    with pytest.raises(UnknownName) as found:
        would_run(POST_SAVE, "shop.Ordr")
    assert (found.value.kind, found.value.name) == ("sender", "shop.Ordr")
    assert found.value.nearest[0] == "shop.Order"
    with pytest.raises(UnknownName) as found:
        would_run("django.db.models.signals.post_safe", None)
    assert found.value.kind == "signal"
    assert found.value.nearest[0] == POST_SAVE


def test_request_signals_are_a_family_too() -> None:
    request_started.connect(receives, sender=Parcel)
    dispatch = captured(lambda: request_finished.send(Parcel))
    assert only(explain(dispatch)).reason == "family"


# -- the host is asked nothing ---------------------------------------------------------------------------------


looking: list[bool] = []
"""Not empty while nobody may be asked anything; Django asks for an attribute as it connects."""


class Prickly(type):
    """Makes classes that fail when anybody asks them anything."""

    def __eq__(cls, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(cls) -> int:
        return 7

    def __getattribute__(cls, name: str) -> Any:
        if looking:
            raise AssertionError(f"asked for {name}")
        return super().__getattribute__(name)

    def __bool__(cls) -> bool:
        raise AssertionError("asked whether it is true")


class Cactus(metaclass=Prickly):
    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(self) -> int:
        return 7

    def __getattribute__(self, name: str) -> Any:
        if looking:
            raise AssertionError(f"asked for {name}")
        return super().__getattribute__(name)


class Shoot(Cactus):
    pass


def test_senders_and_receivers_are_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Receiver:
        def __call__(self, **_: object) -> None: ...

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(self) -> int:
            return 7

        def __bool__(self) -> bool:
            raise AssertionError("asked whether it is true")

    held, cactus = Receiver(), Cactus()
    parcel_sent.connect(receives, sender=Shoot)
    parcel_sent.connect(held, sender=cactus)
    parcel_sent.connect(receives_too, sender=Cactus)
    dispatch = captured(lambda: parcel_sent.send(Parcel))
    monkeypatch.setattr(f"{__name__}.looking", [True])
    for sender in (f"{__name__}.Cactus", f"instance of {__name__}.Cactus", f"{__name__}.Shoot"):
        asked = msgspec.structs.replace(dispatch, sender=sender)
        assert len(explain(asked).uncalled) == 3
        assert len(would_run(SENT, sender).called) == 1


def test_nothing_that_was_looked_at_is_kept_alive() -> None:
    clerk, parcel, mine = Clerk(), Parcel(), type("Mine", (), {})
    dead = [weakref.ref(clerk), weakref.ref(parcel), weakref.ref(mine)]
    parcel_sent.connect(clerk.note, sender=parcel)
    parcel_sent.connect(receives, sender=mine)
    explanation = explained(parcel_sent, Parcel)
    assert len(explanation.uncalled) == 2
    parcel_sent.receivers = []
    parcel_sent.sender_receivers_cache.clear()
    del clerk, parcel, mine
    gc.collect()
    assert [reference() for reference in dead] == [None, None, None]
