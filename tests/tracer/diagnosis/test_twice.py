"""Why a receiver ran more than once: each kind, and nearly the same case that is no repeat."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import msgspec
import pytest
from django.core.signals import request_finished, request_started
from django.db.models.signals import m2m_changed, post_save, pre_save

import tracer
from demo_site.articles.models import Article
from demo_site.shop.models import Order, Product
from tests.tracer.diagnosis.trial import (
    Clerk,
    Parcel,
    parcel_lost,
    parcel_sent,
    receives,
    receives_too,
)
from tracer.diagnosis import Repeat, repeats
from tracer.dispatches import Dispatch

HERE = "tests/tracer/diagnosis/test_twice.py"
RECEIVES = f"{receives.__module__}.receives"


def save(pk: int = 7, sender: type = Product) -> None:
    post_save.send(sender, instance=sender(pk=pk), created=False, using="default")


def captured(*sends: Callable[[], object]) -> list[Dispatch]:
    with tracer.capture() as dispatches:
        for send in sends:
            send()
    return dispatches


def of(dispatch: Dispatch, origin: list[Dispatch], short: str = "receives") -> list[Repeat]:
    return [repeat for repeat in repeats(dispatch, origin) if repeat.short == short]


# -- dispatched twice ------------------------------------------------------------------------------------------


def test_two_saves_of_one_row_are_dispatched_twice_with_both_places() -> None:
    post_save.connect(receives, sender=Product)

    def elsewhere() -> None:
        save()

    dispatches = captured(save, elsewhere, lambda: post_save.send(Product, instance=Product(pk=7)))
    first, second, _ = dispatches
    (found,) = of(first, [first, second])
    assert (found.receiver, found.kind, found.loop) == (RECEIVES, "dispatched", ())
    assert [call.dispatch_id for call in found.calls] == [first.id, second.id]
    assert found.calls[0].started_us <= found.calls[1].started_us
    assert found.text.startswith("It ran twice for shop.Product #7 in this test: saved at ")
    assert f"{HERE}:" in found.text
    assert [call.call_site for call in found.calls] == [first.call_site, second.call_site]
    assert of(second, [first, second]) == [found]


def test_places_are_counted_and_the_origin_is_named() -> None:
    post_save.connect(receives, sender=Product)

    def request() -> None:
        request_started.send(Parcel, environ={"REQUEST_METHOD": "POST", "PATH_INFO": "/buy/"})
        for _ in range(3):
            post_save.send(Product, instance=Product(pk=7))
        post_save.send(Product, instance=Product(pk=7))
        request_finished.send(Parcel)

    request_finished.receivers = []
    dispatches = [each for each in captured(request) if each.signal.endswith("post_save")]
    (found,) = of(dispatches[0], dispatches)
    line = request.__code__.co_firstlineno
    assert found.text == (
        "It ran 4 times for shop.Product #7 in this request: "
        f"saved at {HERE}:{line + 3} (3 times) and {HERE}:{line + 4}."
    )


@pytest.mark.parametrize(
    "others",
    [
        [lambda: save(pk=8)],
        [lambda: save(sender=Order)],
        [lambda: pre_save.send(Product, instance=Product(pk=7))],
        [lambda: post_save.send(Product, instance=Product(pk=7), using="other")],
        [],
    ],
)
def test_another_row_sender_signal_or_database_is_no_repeat(others: list[Any]) -> None:
    for signal in (post_save, pre_save):
        signal.connect(receives)
    dispatches = captured(save, *others)
    assert of(dispatches[0], dispatches) == []


def test_row_without_a_key_and_dispatch_about_no_row_are_no_repeat() -> None:
    pre_save.connect(receives)
    parcel_sent.connect(receives)

    def unsaved() -> None:
        pre_save.send(Product, instance=Product())

    def rowless() -> None:
        parcel_sent.send(Parcel, price=3, text="twice")

    dispatches = captured(unsaved, unsaved, rowless, rowless)
    assert [found for each in dispatches for found in of(each, dispatches)] == []


def test_before_and_after_of_one_change_of_relations_are_no_repeat_two_changes_are() -> None:
    through = Article.tags.through
    m2m_changed.receivers = []
    m2m_changed.connect(receives, sender=through)

    def add() -> None:
        for action in ("pre_add", "post_add"):
            m2m_changed.send(through, instance=Article(pk=7), action=action)

    dispatches = captured(add, add)
    assert of(dispatches[0], dispatches[:2]) == []
    (found,) = of(dispatches[0], dispatches)
    assert [call.dispatch_id for call in found.calls] == [dispatches[0].id, dispatches[2].id]
    assert "changed at" in found.text


def test_signals_of_the_users_own_go_by_the_rows_among_their_arguments() -> None:
    parcel_sent.connect(receives)

    def sent() -> None:
        parcel_sent.send(Parcel, order=Order(pk=5), price=3)

    def other() -> None:
        parcel_sent.send(Parcel, order=Order(pk=6), price=3)

    dispatches = captured(sent, other, sent)
    (found,) = of(dispatches[0], dispatches)
    assert found.text.startswith("It ran twice for shop.Order #5 in this test: sent at ")
    assert of(dispatches[1], dispatches) == []


def test_dispatch_that_is_recorded_twice_is_one() -> None:
    post_save.connect(receives, sender=Product)
    (dispatch,) = captured(save)
    running = msgspec.structs.replace(dispatch, state="running", duration_ns=None)
    assert of(dispatch, [running, dispatch]) == []


def test_receiver_that_was_not_reached_did_not_run() -> None:
    def fails(**_: object) -> None:
        raise KeyError

    post_save.connect(fails, sender=Product)
    post_save.connect(receives, sender=Product)

    def send() -> None:
        with pytest.raises(KeyError):
            save()

    dispatches = captured(send, send)
    assert of(dispatches[0], dispatches) == []
    assert [repeat.kind for repeat in repeats(dispatches[0], dispatches)] == ["dispatched"]


# -- connected twice -------------------------------------------------------------------------------------------


def connected_repeat(send: Callable[[], object] = save) -> list[Repeat]:
    (dispatch,) = captured(send)
    found = repeats(dispatch, [dispatch])
    assert all(repeat.kind == "connected" for repeat in found)
    return [*found]


def test_function_under_two_module_names_is_connected_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = compile("def noted(**_): ...", f"{sys.path[0]}/twice_imported.py", "exec")
    modules = [ModuleType("twice_imported"), ModuleType("shop.twice_imported")]
    for module in modules:
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(source, vars(module))
        post_save.connect(module.noted, sender=Product)
    (found,) = connected_repeat()
    assert "under 2 names, twice_imported.noted and shop.twice_imported.noted, by " in found.text
    assert found.mend.startswith("Import its module under one name only")
    assert len({call.dispatch_id for call in found.calls}) == 1
    assert len(found.calls) == 2


def test_receiver_that_is_connected_twice_runs_twice_for_what_has_no_key_too() -> None:
    for uid in "ab":
        pre_save.connect(receives, sender=Product, dispatch_uid=uid)
    (found,) = connected_repeat(lambda: pre_save.send(Product, instance=Product()))
    assert len(found.calls) == 2


def test_two_functions_of_one_module_are_not_connected_twice() -> None:
    def first(**_: object) -> None: ...

    def second(**_: object) -> None: ...

    post_save.connect(first, sender=Product)
    post_save.connect(second, sender=Product)
    assert connected_repeat() == []


def test_function_that_is_made_anew_at_each_connect() -> None:
    def connect() -> Any:
        def local(**_: object) -> None: ...

        post_save.connect(local, sender=Product)
        return local

    held = [connect(), connect()]
    (found,) = connected_repeat()
    assert "a new one is made and connected each time" in found.text
    assert f"by {HERE}:" in found.text
    assert "(twice)" in found.text
    assert len(held) == 2


def test_one_decorators_functions_around_two_others_are_not_one_receiver() -> None:
    def decorated(function: Callable[..., None]) -> Callable[..., None]:
        def wrapper(**named: object) -> None:
            function(**named)

        return wrapper

    held = [decorated(function) for function in (receives, receives_too)]
    for each in held:
        post_save.connect(each, sender=Product)
    dispatches = captured(save, save)
    (found,) = repeats(dispatches[0], dispatches)
    assert found.kind == "dispatched"
    assert found.text.startswith("It ran twice ")


@pytest.mark.parametrize(
    ("connect", "said"),
    [
        (
            lambda: [
                post_save.connect(receives),
                post_save.connect(receives, sender=Product),
            ],
            "it is connected for every sender, and for shop.Product besides",
        ),
        (
            lambda: [post_save.connect(receives, sender=Product, dispatch_uid=uid) for uid in "ab"],
            "it is connected with different `dispatch_uid`s",
        ),
        (
            lambda: [post_save.connect(Clerk().note, sender=Product, weak=False) for _ in range(2)],
            "it is connected as the method of several objects",
        ),
        (
            lambda: [
                post_save.connect(functools.partial(receives), sender=Product, weak=False)
                for _ in range(2)
            ],
            "it is connected as several objects",
        ),
    ],
)
def test_how_it_is_connected_twice_is_said(connect: Callable[[], object], said: str) -> None:
    connect()
    (found,) = connected_repeat()
    assert f"It ran twice in this one dispatch: {said}" in found.text
    assert found.mend


@pytest.mark.parametrize(
    "connect",
    [
        lambda: [post_save.connect(receives, sender=sender) for sender in (Product, Order)],
        lambda: [post_save.connect(receives, sender=Product, dispatch_uid="one") for _ in range(2)],
        lambda: [post_save.connect(receives, sender=Product) for _ in range(2)],
    ],
)
def test_what_is_one_connection_for_this_sender_is_no_repeat(
    connect: Callable[[], object],
) -> None:
    connect()
    assert connected_repeat() == []


def test_of_another_process_it_is_said_without_what_is_connected_here() -> None:
    post_save.connect(receives)
    post_save.connect(receives, sender=Product)
    (dispatch,) = captured(save)
    elsewhere = msgspec.structs.replace(dispatch, process="migrate 1@elsewhere")
    (found,) = repeats(elsewhere, [elsewhere])
    assert "without a common `dispatch_uid`" in found.text


# -- re-entered ------------------------------------------------------------------------------------------------


class Repeats:
    """A receiver that sends again what it receives, a number of times."""

    def __init__(self, left: int, send: Callable[[], object] = save) -> None:
        self.left = left
        self.send = send

    def again(self, **_: object) -> None:
        if self.left:
            self.left -= 1
            self.send()


def test_receiver_that_saves_what_it_receives_is_set_off_again_by_itself() -> None:
    receiver = Repeats(2)
    post_save.connect(receiver.again, sender=Product)
    dispatches = captured(save)
    assert [dispatch.depth for dispatch in dispatches] == [0, 1, 2]
    for dispatch in dispatches:
        (found,) = repeats(dispatch, dispatches)
        name, signal = f"{__name__}.Repeats.again", "django.db.models.signals.post_save"
        assert (found.kind, found.loop) == ("re-entered", (signal, name, signal))
        assert [call.dispatch_id for call in found.calls] == [each.id for each in dispatches]
        assert "It ran 3 times for shop.Product #7" in found.text
        assert "what Repeats.again does set it off again" in found.text
        assert found.mend == (
            "Have it return early when there is nothing left to do, "
            "or write with `QuerySet.update()`, which sends nothing."
        )


def test_loop_names_what_lies_between() -> None:
    receiver = Repeats(1, lambda: parcel_lost.send(Parcel))

    def loses(**_: object) -> None:
        save()

    post_save.connect(receiver.again, sender=Product)
    parcel_lost.connect(loses)
    dispatches = captured(save)
    (found,) = repeats(dispatches[-1], dispatches)
    assert [name.rpartition(".")[2] for name in found.loop] == [
        "post_save",
        "again",
        "parcel_lost",
        "loses",
        "post_save",
    ]


def test_receiver_that_another_one_sets_off_again_is_dispatched_twice() -> None:
    other = Repeats(1)
    post_save.connect(other.again, sender=Product)
    post_save.connect(receives, sender=Product)
    dispatches = captured(save)
    (found,) = of(dispatches[0], dispatches)
    assert (found.kind, found.loop) == ("dispatched", ())
    (again,) = of(dispatches[0], dispatches, "Repeats.again")
    assert again.kind == "re-entered"


def test_receiver_that_saves_another_row_is_not_set_off_again() -> None:
    receiver = Repeats(1, lambda: save(pk=8))
    post_save.connect(receiver.again, sender=Product)
    dispatches = captured(save)
    assert len(dispatches) == 2
    assert repeats(dispatches[0], dispatches) == ()


def test_two_saves_each_of_which_comes_back_are_both() -> None:
    receiver = Repeats(1)
    post_save.connect(receiver.again, sender=Product)

    def once_more() -> None:
        receiver.left = 1
        save()

    dispatches = captured(save, once_more)
    kinds = {repeat.kind: repeat for repeat in repeats(dispatches[0], dispatches)}
    assert list(kinds) == ["dispatched", "re-entered"]
    ids = [dispatch.id for dispatch in dispatches]
    assert [call.dispatch_id for call in kinds["dispatched"].calls] == ids[::2]
    assert [call.dispatch_id for call in kinds["re-entered"].calls] == ids[:2]


def test_part_of_the_way_up_that_is_not_kept_breaks_the_loop() -> None:
    receiver = Repeats(2)
    post_save.connect(receiver.again, sender=Product)
    outer, _, inner = captured(save)
    (found,) = repeats(outer, [outer, inner])
    assert found.kind == "dispatched"
