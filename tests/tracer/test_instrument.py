"""What stands on `Signal` while the tracer is in, and after it."""

from __future__ import annotations

import functools
import inspect

from django.dispatch import Signal

import tracer
from tracer import instrument


def methods() -> dict[str, object]:
    return {name: Signal.__dict__[name] for name in instrument.METHODS}


def test_uninstall_puts_the_very_same_functions_back() -> None:
    before = methods()
    tracer.install()
    assert tracer.is_installed()
    assert all(methods()[name] is not before[name] for name in before)
    tracer.uninstall()
    assert not tracer.is_installed()
    assert all(methods()[name] is before[name] for name in before)


def test_installing_twice_is_installing_once() -> None:
    before = methods()
    tracer.install()
    once = methods()
    tracer.install()
    assert methods() == once
    tracer.uninstall()
    tracer.uninstall()
    assert methods() == before


def test_wrappers_keep_name_signature_and_kind() -> None:
    before = methods()
    with tracer.capture():
        for name, original in before.items():
            wrapper = Signal.__dict__[name]
            assert wrapper.__qualname__ == f"Signal.{name}"
            assert inspect.signature(wrapper) == inspect.signature(original)
            assert inspect.iscoroutinefunction(wrapper) == inspect.iscoroutinefunction(original)


def test_wrapper_put_on_after_ours_keeps_working_when_we_leave() -> None:
    original = Signal.send
    seen = []
    tracer.install()
    ours = Signal.send

    @functools.wraps(ours)
    def foreign(self: Signal, sender: object, **named: object) -> object:
        seen.append(sender)
        return ours(self, sender, **named)

    Signal.send = foreign
    try:
        tracer.uninstall()
        assert Signal.send is foreign
        signal = Signal()
        signal.connect(answer)
        assert signal.send("a") == [(answer, 1)]
        with tracer.capture() as dispatches:
            signal.send("b")
        assert seen == ["a", "b"]
        assert len(dispatches) == 1
    finally:
        Signal.send = ours
        tracer.install()
        tracer.uninstall()
    assert Signal.send is original


def test_wrapper_that_was_there_before_us_is_called_through() -> None:
    original = Signal.send
    seen = []

    @functools.wraps(original)
    def foreign(self: Signal, sender: object, **named: object) -> object:
        seen.append(sender)
        return original(self, sender, **named)

    Signal.send = foreign
    try:
        signal = Signal()
        signal.connect(answer)
        with tracer.capture() as dispatches:
            assert signal.send("a") == [(answer, 1)]
        assert Signal.send is foreign
    finally:
        Signal.send = original
    assert seen == ["a"]
    assert [call.receiver for call in dispatches[0].calls] == [f"{__name__}.answer"]


def test_subclass_that_overrides_send_is_recorded_through_its_super_call() -> None:
    class Loud(Signal):
        def send(self, sender: object, **named: object) -> list[object]:
            return super().send(sender, loud=True, **named)

    with tracer.capture() as dispatches:
        Loud().send("a")
    assert [dispatch.arguments for dispatch in dispatches] == [{"loud": True}]


def answer(**_: object) -> int:
    return 1
