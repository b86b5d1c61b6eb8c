"""What is known of a signal's receivers and arguments holds for as long as it is so, and keeps nothing alive."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.dispatch import Signal
from django.utils.functional import SimpleLazyObject
from hypothesis import given
from hypothesis import strategies as st

import tracer
from tracer import arguments, naming, signal_names
from tracer.dispatches import Dispatch
from tracer.recorder import recorder
from tracer.shapes import shape_of

heard = Signal(use_caching=True)
called: list[str] = []


class Sender: ...


class Other: ...


class OwnWay(Signal):
    def _live_receivers(self, sender: Any) -> Any:
        called.append("own way")
        return super()._live_receivers(sender)


own_way = OwnWay(use_caching=True)


def one(**named: Any) -> str:
    called.append("one")
    return "one"


def two(**named: Any) -> str:
    called.append("two")
    return "two"


@pytest.fixture
def dispatches() -> Iterator[list[Dispatch]]:
    called.clear()
    with tracer.capture() as found:
        yield found
    for signal in (heard, own_way):
        signal.receivers.clear()
        signal.sender_receivers_cache.clear()


def send(signal: Signal = heard, sender: Any = Sender, **named: Any) -> list[Any]:
    called.clear()
    return signal.send(sender, **named)


def has_route(signal: Signal = heard, sender: Any = Sender) -> bool:
    """Tell whether the next dispatch goes by Django's list."""
    route = naming.signals[id(signal)].routes_by_id.get(id(sender))
    return route is not None and route.cached is signal.sender_receivers_cache.get(sender)


def send_often(signal: Signal = heard, sender: Any = Sender) -> None:
    send(signal, sender)
    # Other tests may have used up the time for looking.
    signal_names.scan(force=True)
    recorder.flush()
    for _ in range(3):
        send(signal, sender)


def names_of_last(dispatches: list[Dispatch]) -> list[str]:
    return [call.receiver.rpartition(".")[2] for call in dispatches[-1].calls]


@pytest.mark.parametrize("sender", [Sender, User])
def test_receivers_that_stay_are_not_looked_for_again(sender: Any) -> None:
    with tracer.capture() as dispatches:
        heard.connect(one)
        heard.connect(two, sender=sender)
        send_often(sender=sender)
        assert has_route(sender=sender)
        assert send(sender=sender) == [(one, "one"), (two, "two")]
        assert called == ["one", "two"]
        heard.disconnect(one)
        heard.disconnect(two, sender=sender)
    assert [len(dispatch.calls) for dispatch in dispatches] == [2] * 5
    assert names_of_last(dispatches) == ["one", "two"]


def change_by_connecting() -> list[str]:
    heard.connect(two)
    return ["one", "two"]


def change_by_disconnecting() -> list[str]:
    heard.disconnect(one)
    return []


def change_for_another() -> list[str]:
    heard.disconnect(one)
    heard.connect(two)
    return ["two"]


def change_to_strong() -> list[str]:
    heard.disconnect(one)
    heard.connect(two, weak=False)
    return ["two"]


def change_by_emptying() -> list[str]:
    heard.receivers = []
    return []


def change_by_coming_back() -> list[str]:
    heard.disconnect(one)
    send()
    heard.connect(one)
    return ["one"]


@pytest.mark.parametrize(
    "change",
    [
        change_by_connecting,
        change_by_disconnecting,
        change_for_another,
        change_to_strong,
        change_by_emptying,
        change_by_coming_back,
    ],
)
def test_receivers_that_come_and_go_are_noticed_at_once(
    change: Callable[[], list[str]], dispatches: list[Dispatch]
) -> None:
    heard.connect(one)
    send_often()
    assert has_route()
    expected = change()
    assert [answer for _, answer in send()] == called == expected


def test_async_receiver_beside_is_left_to_django(dispatches: list[Dispatch]) -> None:
    async def later(**named: Any) -> str:
        return "later"

    heard.connect(one)
    heard.connect(later)
    send_often()
    assert not has_route()
    assert send() == [(one, "one"), (later, "later")]


def test_receiver_that_dies_is_neither_called_nor_kept() -> None:
    def short_lived(**named: Any) -> str:
        called.append("short-lived")
        return "short-lived"

    with tracer.capture() as dispatches:
        heard.connect(one)
        heard.connect(short_lived)
        send_often()
        assert has_route()
        reference = weakref.ref(short_lived)
        del short_lived
        gc.collect()
        assert reference() is None
        assert send() == [(one, "one")]
        heard.disconnect(one)
    assert names_of_last(dispatches) == ["one"]


def test_receiver_that_is_held_strongly_dies_when_it_is_disconnected(
    dispatches: list[Dispatch],
) -> None:
    def strong(**named: Any) -> None: ...

    heard.connect(strong, weak=False)
    send_often()
    assert not has_route()
    reference = weakref.ref(strong)
    heard.disconnect(strong)
    del strong
    gc.collect()
    assert reference() is None


def test_sender_and_its_instance_die(dispatches: list[Dispatch]) -> None:
    kind = type("Passing", (), {})
    heard.connect(one)
    send_often(sender=kind)
    assert has_route(sender=kind)
    heard.send(kind, instance=kind())
    reference = weakref.ref(kind)
    del kind
    gc.collect()
    assert reference() is None


def test_signal_that_leaves_its_module_is_let_go(dispatches: list[Dispatch]) -> None:
    module = sys.modules[__name__]
    passing = Signal(use_caching=True)
    module.passing = passing  # type: ignore[attr-defined]

    def receive(**named: Any) -> None: ...

    # Before 6.1, Django itself keeps a signal alive for as long as its receivers are.
    passing.connect(receive)
    send_often(passing)
    assert has_route(passing)
    reference = weakref.ref(passing)
    del module.passing, passing, receive  # type: ignore[attr-defined]
    recorder.flush()
    gc.collect()
    assert reference() is None


def test_signal_that_no_module_holds_gets_no_route_of_its_own(dispatches: list[Dispatch]) -> None:
    unnamed = Signal(use_caching=True)
    unnamed.connect(one)
    send_often(unnamed)
    assert not has_route(unnamed)


def test_another_way_to_find_receivers_is_gone_by(
    monkeypatch: pytest.MonkeyPatch, dispatches: list[Dispatch]
) -> None:
    heard.connect(one)
    send_often()
    assert has_route()
    djangos = Signal._live_receivers

    def looked_at(self: Signal, sender: Any) -> Any:
        called.append("looked at")
        return djangos(self, sender)

    monkeypatch.setattr(Signal, "_live_receivers", looked_at)
    send()
    assert called == ["looked at", "one"]
    monkeypatch.undo()
    send()
    assert called == ["one"]


def test_subclass_with_a_way_of_its_own_keeps_it(dispatches: list[Dispatch]) -> None:
    own_way.connect(one)
    send_often(own_way)
    assert called == ["own way", "one"]


def test_senders_that_are_instances_do_not_pile_up(dispatches: list[Dispatch]) -> None:
    heard.connect(one)
    for _ in range(3):
        sender = Sender()
        send_often(sender=sender)
        assert not has_route(sender=sender)
    known = naming.signals[id(heard)]
    assert (len(known.routes), len(known.routes_by_id)) == (1, 0)


def test_senders_may_alternate(dispatches: list[Dispatch]) -> None:
    heard.connect(one, sender=Sender)
    heard.connect(two, sender=Other)
    send_often()
    send_often(sender=Other)
    for _ in range(2):
        assert send() == [(one, "one")]
        assert send(sender=Other) == [(two, "two")]


# -- call sites ------------------------------------------------------------------------------------------------


def directly() -> None:
    heard.send(Sender)


def through_django() -> None:
    bool(SimpleLazyObject(partial(heard.send, Sender)))


def through_django_elsewhere() -> None:
    bool(SimpleLazyObject(partial(heard.send, Sender)))


def through_more_of_django() -> None:
    bool(SimpleLazyObject(SimpleLazyObject(partial(heard.send, Sender)).copy))


def through_another() -> None:
    bool(SimpleLazyObject(through_django))


@given(
    st.lists(
        st.sampled_from(
            [
                directly,
                through_django,
                through_django_elsewhere,
                through_more_of_django,
                through_another,
            ]
        ),
        max_size=30,
    )
)
def test_call_site_is_the_innermost_of_the_users_own_wherever_the_last_one_was(
    ways: list[Callable[[], None]],
) -> None:
    with tracer.capture() as dispatches:
        for way in ways:
            way()
    expected = [way.__name__ if way is not through_another else "through_django" for way in ways]
    assert [str(dispatch.call_site).split()[-1] for dispatch in dispatches] == expected


# -- arguments -------------------------------------------------------------------------------------------------


class Talkative:
    """A model's instance is not read through what its class says of itself."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=4),
    st.sampled_from(["default", "x" * 120, "x" * 121, User, Sender, st]),
    st.builds(Talkative),
    st.builds(User, pk=st.one_of(st.none(), st.integers(), st.text(max_size=4))),
    st.builds(Group, pk=st.integers()),
    st.lists(st.integers(), max_size=1),
)
names = st.sampled_from(
    ["instance", "created", "password", "using", "named", "sender's", "ä\n'\"\\"]
)
shapes = st.dictionaries(names, values, max_size=5)


def shown(taken: Sequence[Any]) -> list[Any]:
    return [
        repr(value) if type(value) is not arguments.Shown else (value.kind, value.key)
        for value in taken
    ]


@given(
    shapes,
    st.lists(st.tuples(shapes, st.sampled_from([User, Group, Sender, None])), max_size=5),
    st.data(),
)
def test_arguments_are_taken_as_they_are_one_by_one(
    first: dict[str, Any], later: list[tuple[dict[str, Any], Any]], data: st.DataObject
) -> None:
    for sender in (User, Group, Sender, None):
        shape = shape_of(first, sender, naming.sender_key(sender))
        alike = {name: data.draw(values) for name in first}
        for named in (first, alike, *(named for named, _ in later)):
            try:
                taken = shape.take(named, sender)
            except KeyError:
                taken = None
            if taken is None:
                assert set(named) != set(first)
                continue
            names, expected = arguments.take({name: named[name] for name in first})
            assert shape.names == names
            assert shown(taken) == shown(expected)
            assert shape.words(taken) == arguments.words(names, expected)


def test_arguments_may_change_from_dispatch_to_dispatch() -> None:
    sent: list[dict[str, Any]] = [
        {"a": 1}, {"a": "x"}, {"b": 1}, {}, {"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": None, "token": "t"},
        {"a": "y" * 200}, *({f"name {number}": number} for number in range(20)), {"a": 1},
    ]  # fmt: skip
    heard.connect(one)
    with tracer.capture() as dispatches:
        for named in sent:
            heard.send(Sender, **named)
    heard.disconnect(one)
    shown_as = {"t": arguments.MASK, "y" * 200: "y" * 120 + "…"}
    assert [dispatch.arguments for dispatch in dispatches] == [
        {name: shown_as.get(value, value) for name, value in named.items()} for named in sent
    ]
