"""Names of signals and receivers, wherever they live."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.signals import pre_delete as imported_here
from django.dispatch import Signal

import tracer
from tracer import signal_names
from tracer.naming import Tally

placed = Signal()
alias = placed


class Shelf:
    emptied = Signal()

    def receive(self, **_: object) -> None:
        pass

    @classmethod
    def receive_all(cls, **_: object) -> None:
        pass

    @staticmethod
    def receive_any(**_: object) -> None:
        pass


class Callable_:
    def __call__(self, **_: object) -> None:
        pass


armed: list[bool] = []


class Touchy:
    def __call__(self, **_: object) -> None:
        pass

    def __getattribute__(self, name: str) -> Any:
        if armed and name != "__class__":  # Django's own isinstance() asks for that
            raise AssertionError(f"asked for {name}")
        return object.__getattribute__(self, name)

    def __repr__(self) -> str:
        raise AssertionError("asked")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("asked")

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        raise AssertionError("asked")


def plain(**_: object) -> None:
    pass


def decorated(function: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(function)
    def wrapper(**named: object) -> None:
        function(**named)

    return wrapper


@decorated
def wrapped(**_: object) -> None:
    pass


@pytest.fixture(autouse=True)
def _full_credit(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests make more signals in a second than a site does in its life.
    monkeypatch.setattr(signal_names, "_credit_s", signal_names._MOST_CREDIT_S)


def name_of(signal: Signal) -> str:
    with tracer.capture() as dispatches:
        signal.send(None)
    return dispatches[0].signal


def test_signal_is_named_by_the_module_that_defines_it() -> None:
    with tracer.capture() as dispatches:
        imported_here.send(User, instance=User(pk=1))
    assert dispatches[0].signal == "django.db.models.signals.pre_delete"


def test_signal_of_a_module_and_of_a_class_have_dotted_names() -> None:
    assert name_of(placed) in (f"{__name__}.placed", f"{__name__}.alias")
    assert name_of(Shelf.emptied) == f"{__name__}.Shelf.emptied"


def test_signal_that_nobody_holds_is_unnamed() -> None:
    class Special(Signal):
        pass

    assert name_of(Signal()) == "unnamed Signal"
    assert name_of(Special()).startswith(f"unnamed {__name__}.")


def test_signal_with_equality_of_its_own_is_told_apart() -> None:
    class Equal(Signal):
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            raise AssertionError("asked")

    globals()["first"], globals()["second"] = Equal(), Equal()
    try:
        assert name_of(globals()["first"]) == f"{__name__}.first"
        assert name_of(globals()["second"]) == f"{__name__}.second"
    finally:
        del globals()["first"], globals()["second"]


shelf = Shelf()
HERE = "tests/tracer/test_naming.py"


@pytest.mark.parametrize(
    ("receiver", "name", "has_place"),
    [
        (plain, "plain", True),
        (wrapped, "wrapped", True),
        (shelf.receive, "Shelf.receive", True),
        (Shelf.receive_all, "Shelf.receive_all", True),
        (Shelf.receive_any, "Shelf.receive_any", True),
        (Callable_(), "Callable_", True),
        (Touchy(), "Touchy", True),
        (functools.partial(plain, extra=1), "plain", True),
    ],
    ids=[
        "function",
        "wrapped",
        "method",
        "classmethod",
        "staticmethod",
        "object",
        "touchy",
        "partial",
    ],
)
def test_receiver_of_every_kind_has_a_name_and_a_place(
    receiver: Callable[..., object], name: str, has_place: bool
) -> None:
    signal = Signal()
    signal.connect(receiver, weak=False)
    armed.append(True)
    try:
        with tracer.capture() as dispatches:
            signal.send(None)
    finally:
        armed.clear()
    (call,) = dispatches[0].calls
    assert call.receiver.endswith(f"{__name__}.{name}")
    assert ((call.place or "").startswith(f"{HERE}:")) == has_place


def test_place_of_a_wrapped_receiver_is_that_of_the_function_itself() -> None:
    signal = Signal()
    signal.connect(wrapped)
    with tracer.capture() as dispatches:
        signal.send(None)
    assert dispatches[0].calls[0].place == f"{HERE}:{wrapped.__wrapped__.__code__.co_firstlineno}"  # type: ignore[attr-defined]


def test_class_and_partial_of_one_as_receivers() -> None:
    signal = Signal()
    signal.connect(functools.partial(dict), weak=False)
    signal.connect(dict, weak=False)
    with tracer.capture() as dispatches:
        signal.send_robust(None)
    assert [call.receiver for call in dispatches[0].calls] == ["partial of dict", "dict"]


def test_tally_is_exact_though_whoever_reads_it_is_killed_at_any_moment() -> None:
    tally = Tally()
    tally.tick()
    left, is_done = 0, False

    def kill(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        left -= event == "line"
        if left < 0:
            raise SystemExit
        return kill

    kills = 0
    before = sys.gettrace()
    while not is_done:
        left = kills
        sys.settrace(kill)
        try:
            tally.value  # noqa: B018
            is_done = True
        except SystemExit:
            kills += 1
        finally:
            sys.settrace(before)
    assert kills > 0
    assert tally.value == 1
