"""The send methods that `mirror.py` follows line by line are still those of the Django that is installed."""

from __future__ import annotations

import ast
import inspect
import textwrap

import pytest
from django.dispatch import Signal

import tracer
from tracer import _compat, instrument

SEND = """
def send(self, sender, **named):
    if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
        return []
    responses = []
    sync_receivers, async_receivers = self._live_receivers(sender)
    for receiver in sync_receivers:
        response = receiver(signal=self, sender=sender, **named)
        responses.append((receiver, response))
    if async_receivers:
        pass
    return responses
"""

SEND_ROBUST = """
def send_robust(self, sender, **named):
    if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
        return []
    responses = []
    sync_receivers, async_receivers = self._live_receivers(sender)
    for receiver in sync_receivers:
        try:
            response = receiver(signal=self, sender=sender, **named)
        except Exception as err:
            self._log_robust_failure(receiver, err)
            responses.append((receiver, err))
        else:
            responses.append((receiver, response))
    if async_receivers:
        pass
    return responses
"""


_LIVE_RECEIVERS = """
def _live_receivers(self, sender):
    receivers = None
    if self.use_caching and not self._dead_receivers:
        receivers = self.sender_receivers_cache.get(sender)
        if receivers is NO_RECEIVERS:
            return [], []
    if receivers is None:
        pass
    non_weak_sync_receivers = []
    non_weak_async_receivers = []
    {loop}
    return non_weak_sync_receivers, non_weak_async_receivers
"""

WITHOUT_REFERENCES_OF_SENDERS = _LIVE_RECEIVERS.format(
    loop="""
    for receiver, is_async in receivers:
        if isinstance(receiver, weakref.ReferenceType):
            receiver = receiver()
            if receiver is not None:
                if is_async:
                    non_weak_async_receivers.append(receiver)
                else:
                    non_weak_sync_receivers.append(receiver)
        elif is_async:
            non_weak_async_receivers.append(receiver)
        else:
            non_weak_sync_receivers.append(receiver)
"""
)

WITH_REFERENCES_OF_SENDERS = _LIVE_RECEIVERS.format(
    loop="""
    for receiver, sender_ref, is_async in receivers:
        if isinstance(receiver, weakref.ReferenceType):
            receiver = receiver()
            if receiver is None:
                continue
        if sender_ref is not None and sender_ref() is None:
            continue
        if is_async:
            non_weak_async_receivers.append(receiver)
        else:
            non_weak_sync_receivers.append(receiver)
"""
)


def skeleton(source: str) -> str:
    """Return a function's code without its docstring, and without what it does with async receivers."""
    (function,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(function, ast.FunctionDef)
    if ast.get_docstring(function) is not None:
        del function.body[0]
    for statement in function.body:
        if isinstance(statement, ast.If) and "async_receivers" in ast.unparse(statement.test):
            statement.body = [ast.Pass()]
    return ast.unparse(function)


@pytest.mark.parametrize(("method", "known"), [("send", SEND), ("send_robust", SEND_ROBUST)])
def test_sync_methods_are_the_ones_that_are_mirrored(method: str, known: str) -> None:
    assert skeleton(inspect.getsource(getattr(Signal, method))) == skeleton(known)


def test_receivers_of_a_known_list_are_found_as_mirrored() -> None:
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(Signal._live_receivers))).body
    assert isinstance(function, ast.FunctionDef)
    del function.body[0]
    for statement in function.body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "receivers is None":
            statement.body = [ast.Pass()]
    known = (WITHOUT_REFERENCES_OF_SENDERS, WITH_REFERENCES_OF_SENDERS)
    assert ast.unparse(function) in [ast.unparse(ast.parse(source)) for source in known]


@pytest.mark.parametrize("method", instrument.METHODS)
def test_djangos_own_methods_are_recognised(method: str) -> None:
    assert _compat.is_djangos_own(Signal.__dict__[method])


def test_methods_ask_a_signal_for_no_more_than_the_stand_in_has() -> None:
    asked = set()
    for method in instrument.METHODS:
        for node in ast.walk(
            ast.parse(textwrap.dedent(inspect.getsource(getattr(Signal, method))))
        ):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                asked.add(node.attr)
    assert asked == {
        "receivers",
        "sender_receivers_cache",
        "_live_receivers",
        "_log_robust_failure",
    }


@pytest.mark.parametrize("method", ["send", "send_robust"])
@pytest.mark.parametrize("count", [1, 2])
def test_argument_that_is_named_as_djangos_own_fails_in_the_same_words(
    method: str, count: int
) -> None:
    def receive(**named: object) -> None: ...

    def receive_too(**named: object) -> None: ...

    def outcome() -> str:
        signal = Signal(use_caching=True)
        for receiver in (receive, receive_too)[:count]:
            signal.connect(receiver)
        try:
            return str(getattr(signal, method)(ast, signal=1))
        except TypeError as error:
            return str(error)

    plain = outcome()
    assert "multiple values for keyword argument 'signal'" in plain
    with tracer.capture():
        assert outcome() == plain
