"""Other libraries have their hands on signals too: all keep working, and leave and find what was theirs."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import factory
import pytest
from django.contrib.auth.models import Group
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from factory.django import DjangoModelFactory, mute_signals

import tracer
from tests.tracer.invisible import programs
from tests.tracer.invisible.topologies import METHODS
from tracer.recorder import recorder
from tracer.stores import Store

DJANGOS = {method: Signal.__dict__[method] for method in METHODS}


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    yield
    was_installed, left = tracer.is_installed(), standing()
    tracer.uninstall()
    for method, original in DJANGOS.items():
        setattr(Signal, method, original)
    assert not was_installed
    assert all(left[method] is DJANGOS[method] for method in METHODS)


def standing() -> dict[str, Any]:
    return {method: Signal.__dict__[method] for method in METHODS}


class Foreign:
    """Another library's wrapper around one of the methods, as such libraries write it."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.seen: list[object] = []

    def put_on(self) -> None:
        self.before = original = Signal.__dict__[self.method]
        seen = self.seen

        @functools.wraps(original)
        def send(signal: Signal, sender: object, **named: Any) -> Any:
            seen.append(sender)
            return original(signal, sender, **named)

        @functools.wraps(original)
        async def asend(signal: Signal, sender: object, **named: Any) -> Any:
            seen.append(sender)
            return await original(signal, sender, **named)

        self.wrapper = asend if self.method.startswith("a") else send
        setattr(Signal, self.method, self.wrapper)

    def take_off(self) -> None:
        setattr(Signal, self.method, self.before)


def answer(**_: object) -> int:
    return 1


def send(method: str, sender: object, signal: Signal | None = None, **named: Any) -> Any:
    if signal is None:
        signal = Signal()
        signal.connect(answer)
    responses = getattr(signal, method)(sender, **named)
    return asyncio.run(responses) if method.startswith("a") else responses


def senders_recorded(act: Callable[[], None]) -> int:
    before = tracer.stats().recorded
    act()
    return tracer.stats().recorded - before


@pytest.mark.parametrize("method", METHODS)
def test_wrapper_before_us_is_called_through_and_stays(method: str) -> None:
    foreign = Foreign(method)
    foreign.put_on()
    with tracer.capture() as dispatches:
        assert send(method, "a") == [(answer, 1)]
    assert Signal.__dict__[method] is foreign.wrapper
    assert foreign.seen == ["a"]
    assert [call.receiver for call in dispatches[0].calls] == [f"{__name__}.answer"]
    foreign.take_off()


@pytest.mark.parametrize("method", METHODS)
def test_wrapper_before_us_decides_what_is_answered_and_raised(method: str) -> None:
    original = Signal.__dict__[method]
    answers: Any = ["not", "pairs"]

    def alters(self: Signal, sender: object, **named: Any) -> Any:
        if sender == "fails":
            raise ValueError("theirs")
        return answers

    async def alters_later(self: Signal, sender: object, **named: Any) -> Any:
        return alters(self, sender, **named)

    setattr(Signal, method, alters_later if method.startswith("a") else alters)
    try:
        before = tracer.stats()
        with tracer.capture() as dispatches:
            assert send(method, "a") is answers
            with pytest.raises(ValueError, match="theirs"):
                send(method, "fails")
        assert [d.error for d in dispatches] == [None, "ValueError"]
        assert dispatches[0].calls == ()
        assert tracer.stats().dropped == before.dropped
    finally:
        setattr(Signal, method, original)


@pytest.mark.parametrize("method", METHODS)
def test_wrapper_after_us_that_goes_first_leaves_ours(method: str) -> None:
    tracer.install()
    ours = Signal.__dict__[method]
    foreign = Foreign(method)
    foreign.put_on()
    assert senders_recorded(lambda: send(method, "a")) == 1
    foreign.take_off()
    assert Signal.__dict__[method] is ours
    tracer.uninstall()
    assert foreign.seen == ["a"]


@pytest.mark.parametrize("method", METHODS)
def test_wrapper_after_us_that_goes_last_finds_us_passing_through(method: str) -> None:
    foreign = Foreign(method)
    tracer.install()
    foreign.put_on()
    tracer.uninstall()
    assert Signal.__dict__[method] is foreign.wrapper
    assert senders_recorded(lambda: send(method, "a")) == 0
    tracer.install()
    assert senders_recorded(lambda: send(method, "b")) == 1
    foreign.take_off()
    tracer.uninstall()
    assert foreign.seen == ["a", "b"]


@pytest.mark.parametrize("method", METHODS)
def test_wrapper_before_us_that_is_taken_off_while_we_are_in_takes_us_with_it(method: str) -> None:
    foreign = Foreign(method)
    foreign.put_on()
    tracer.install()
    foreign.take_off()
    # It put back what it had found, so we are gone for this method: nothing is ours to put back.
    assert send(method, "a") == [(answer, 1)]
    tracer.uninstall()
    assert Signal.__dict__[method] is DJANGOS[method]
    # And put in anew, we are there again.
    tracer.install()
    assert senders_recorded(lambda: send(method, "b")) == 1
    tracer.uninstall()
    assert foreign.seen == []


@pytest.mark.parametrize("method", METHODS)
def test_another_wrapper_in_place_of_the_one_that_took_us_with_it_is_wrapped(method: str) -> None:
    first, second = Foreign(method), Foreign(method)
    first.put_on()
    tracer.install()
    first.take_off()
    tracer.uninstall()
    second.put_on()
    tracer.install()
    assert senders_recorded(lambda: send(method, "a")) == 1
    tracer.uninstall()
    assert Signal.__dict__[method] is second.wrapper
    second.take_off()


@pytest.mark.parametrize("method", METHODS)
def test_wrappers_on_both_sides_see_each_dispatch_once(method: str) -> None:
    inner, outer = Foreign(method), Foreign(method)
    inner.put_on()
    tracer.install()
    outer.put_on()
    assert senders_recorded(lambda: send(method, "a")) == 1
    outer.take_off()
    tracer.uninstall()
    assert Signal.__dict__[method] is inner.wrapper
    inner.take_off()
    assert (inner.seen, outer.seen) == (["a"], ["a"])


@pytest.mark.parametrize("method", METHODS)
def test_subclass_that_overrides_a_method_keeps_its_own(method: str) -> None:
    def quiet(self: Signal, sender: object, **named: Any) -> Any:
        return ["own"]

    async def quiet_later(self: Signal, sender: object, **named: Any) -> Any:
        return ["own"]

    own = quiet_later if method.startswith("a") else quiet
    kind = type("OwnSignal", (Signal,), {method: own})
    with tracer.capture() as dispatches:
        assert send(method, "a", kind()) == ["own"]
        assert kind.__dict__[method] is own
    assert dispatches == []


@pytest.mark.parametrize("method", METHODS)
def test_signal_whose_method_is_mocked_is_left_to_the_mock(method: str) -> None:
    signal = Signal()
    with tracer.capture() as dispatches:
        with mock.patch.object(signal, method) as mocked:
            close(getattr(signal, method)("a", b=1))
        mocked.assert_called_once_with("a", b=1)
        send(method, "b", signal)
    assert len(dispatches) == 1
    with mock.patch.object(Signal, method) as mocked:
        close(getattr(signal, method)("c"))
        tracer.install()
        tracer.uninstall()
        assert Signal.__dict__[method] is mocked


def test_receivers_that_are_put_aside_are_not_received_and_come_back() -> None:
    class GroupFactory(DjangoModelFactory[Group]):
        class Meta:
            model = Group
            strategy = factory.BUILD_STRATEGY

    heard: list[object] = []

    def hears(sender: object, **_: object) -> None:
        heard.append(sender)

    post_save.connect(hears, sender=Group)
    try:
        before = post_save.receivers
        with tracer.capture() as dispatches:
            named: dict[str, Any] = {"instance": GroupFactory.build(name="a"), "created": False}
            post_save.send(Group, **named)
            with mute_signals(post_save, pre_save):
                post_save.send(Group, **named)
                assert post_save.receivers == []
            post_save.send(Group, **named)
            assert post_save.receivers == before
    finally:
        post_save.disconnect(hears, sender=Group)
    assert heard == [Group, Group]
    sent = [d for d in dispatches if d.signal.endswith(".post_save")]
    assert [any(".hears" in call.receiver for call in d.calls) for d in sent] == [True, False, True]
    assert sent[1].calls == ()


def close(answered: object) -> None:
    """Close what an `AsyncMock` gave and nobody awaits."""
    if asyncio.iscoroutine(answered):
        answered.close()


@contextmanager
def catch_signal(signal: Signal, handler: mock.Mock) -> Iterator[mock.Mock]:
    """Catch a signal with a mock, as many test suites do."""
    signal.connect(handler)
    yield handler
    signal.disconnect(handler)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", [mock.Mock, mock.MagicMock, mock.AsyncMock])
def test_mock_that_catches_a_signal_is_called_once_with_what_was_sent(
    method: str, kind: type[mock.Mock]
) -> None:
    def caught() -> list[Any]:
        signal = Signal()
        with catch_signal(signal, kind(return_value=7)) as handler:
            responses = send(method, "a", signal, b=1)
            assert responses[0][0] is handler
            handler.assert_called_once_with(signal=signal, sender="a", b=1)
        for _, response in responses:
            close(response)
        return [str(response) if isinstance(response, int) else "" for _, response in responses]

    plain = caught()
    with tracer.capture() as dispatches:
        assert caught() == plain
    assert len(dispatches) == 1


SENTRY = """
    import logging
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration
    logging.disable(logging.CRITICAL)

    sent = []
    within = Signal()
    def receives(**named):
        within.send("w")
        return 1
    def fails(**named):
        raise ValueError("no")
    async def later(**named):
        return 2
    class Owner:
        def receive(self, **named):
            return 3
    owner = Owner()
    signal.connect(receives)
    signal.connect(later)
    signal.connect(owner.receive)
    failing = Signal()
    failing.connect(fails)

    def begin_sentry():
        sentry_sdk.init(
            dsn="http://key@127.0.0.1:9/1",
            integrations=[DjangoIntegration(signals_spans=True)],
            default_integrations=False,
            auto_enabling_integrations=False,
            traces_sample_rate=1.0,
            before_send_transaction=lambda event, hint: sent.append(event),
        )

    def outcome():
        sent.clear()
        with sentry_sdk.start_transaction(name="t"):
            answers = signal.send("s")
            robust = failing.send_robust("s")
            try:
                failing.send("s")
            except ValueError as error:
                raised = str(error)
        return (
            [(receiver.__qualname__, answer) for receiver, answer in answers],
            [(receiver.__qualname__, str(answer)) for receiver, answer in robust],
            raised,
            [span["description"] for span in sent[0]["spans"]],
        )
"""

BOTH = {
    "Sentry first": """
        begin_sentry()
        plain = outcome()
        tracer.install()
    """,
    "Sentry after us": """
        tracer.install()
        begin_sentry()
        tracer.uninstall()
        plain = outcome()
        tracer.install()
    """,
}


@pytest.mark.slow
@pytest.mark.parametrize("order", sorted(BOTH))
def test_sentry_with_signal_spans_and_we_are_in_one_process(order: str, tmp_path: Path) -> None:
    from textwrap import dedent

    body = (
        dedent(SENTRY)
        + "originals = [Signal.__dict__[name] for name in ('send', 'send_robust', 'asend', 'asend_robust')]\n"
        + dedent(BOTH[order])
        + dedent("""
            assert plain[3].count("__main__.receives") == 1, plain
            for _ in range(3):
                assert outcome() == plain
            tracer.uninstall()
            assert outcome() == plain
            left = [Signal.__dict__[name] for name in ("send", "send_robust", "asend", "asend_robust")]
            assert all(a is b for a, b in zip(left, originals))
            assert tracer.stats().faults == 0
        """)
    )
    programs.run(tmp_path, body, install=False)
    found = programs.dispatches(tmp_path)
    assert len(found) == 3 * 4
    first = found[0]
    assert [call.receiver.rpartition("__main__.")[2] for call in first.calls] == [
        "receives",
        "Owner.receive",
        "later",
    ]
    assert found[1].parent_id == first.id


def test_receivers_made_anew_for_each_dispatch_do_not_pile_up(installed_store: Store) -> None:
    from tracer import naming

    class Wrapping(Signal):
        def _live_receivers(self, sender: object) -> tuple[list[Any], list[Any]]:
            sync, asynchronous = super()._live_receivers(sender)  # type: ignore[misc]
            return [functools.partial(receiver) for receiver in sync], asynchronous

    signal = Wrapping()
    signal.connect(answer)
    for _ in range(3):
        signal.send("s")
    recorder.flush()
    before = len(naming.receivers)
    for _ in range(200):
        signal.send("s")
    recorder.flush()
    assert len(naming.receivers) <= before + 5
    tracer.uninstall()
