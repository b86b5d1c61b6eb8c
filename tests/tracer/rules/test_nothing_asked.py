"""The rules ask the host's objects nothing, call nothing, and keep nothing alive."""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models.signals import post_delete, post_init, post_save
from django.dispatch import Signal

from tracer import connections, faults, rules

signal = Signal()
touches: list[str] = []
is_armed = False


def touched(name: str) -> Callable[..., Any]:
    original = getattr(object, name, None)

    def method(self: Any, *args: Any) -> Any:
        if is_armed:
            touches.append(f"{name} {args}")
        return NotImplemented if original is None else original(self, *args)

    return method


class ArmedType(type):
    """A class that notes when it is asked for anything."""

    def __getattribute__(cls, name: str) -> Any:
        if is_armed:
            touches.append(f"class's {name}")
        return super().__getattribute__(name)

    __eq__ = touched("__eq__")
    __hash__ = touched("__hash__")
    __repr__ = touched("__repr__")


class Armed(metaclass=ArmedType):
    """Notes when it is asked for anything."""

    for _name in ("__getattribute__", "__eq__", "__hash__", "__repr__", "__str__", "__bool__"):
        locals()[_name] = touched(_name)

    def __call__(self, **_: object) -> None:
        touches.append("called")

    def method(self, **_: object) -> None:
        touches.append("called")


# bool() of what answers NotImplemented fails.
Armed.__bool__ = lambda self: bool(touches.append("bool")) if is_armed else True  # type: ignore[attr-defined]


def closing_over(thing: object, preset: object = None) -> Callable[..., None]:
    def receives(default: object = preset, **_: object) -> object:
        touches.append("called")
        return thing

    return receives  # type: ignore[return-value]


@pytest.fixture
def _armed() -> Iterator[None]:
    global is_armed
    signals = (signal, post_save, post_delete, post_init)
    before = [list(each.receivers) for each in signals]
    connections.watch()
    try:
        kept = [Armed(), Armed(), Armed()]
        for each in signals:
            each.connect(kept[0], sender=Armed)
            each.connect(kept[0].method)
            each.connect(Armed().method)
            each.connect(kept[1], weak=False, dispatch_uid="one")
            each.connect(kept[1], weak=False, dispatch_uid="other")
            for sender in (Armed, kept[2], None):
                each.connect(closing_over(Armed(), Armed()), sender=sender, weak=False)
                each.connect(functools.partial(closing_over(1), Armed(), key=Armed()), weak=False)
                each.connect(closing_over(Armed()), sender=sender)
        is_armed = True
        touches.clear()
        yield
    finally:
        is_armed = False
        connections.unwatch()
        for each, receivers in zip(signals, before, strict=True):
            each.receivers = receivers
            each.sender_receivers_cache.clear()


@pytest.mark.usefixtures("_armed")
def test_objects_and_classes_of_the_host_are_asked_nothing() -> None:
    before = faults.count
    found = rules.findings()
    assert touches == []
    assert faults.count == before, faults.last
    assert {"W004", "W006"} <= {each.id for each in found}


def test_nothing_lives_longer_for_having_been_looked_at() -> None:
    class Ledger:
        def note(self, **_: object) -> None: ...

    mine = Signal()
    ledger, local = Ledger(), closing_over(1)
    globals()["mine"] = mine
    mine.connect(ledger.note)
    mine.connect(local)
    rules.findings()
    dead = [weakref.ref(ledger), weakref.ref(local), weakref.ref(mine)]
    del globals()["mine"], mine, ledger, local
    gc.collect()
    assert [reference() for reference in dead] == [None, None, None]
