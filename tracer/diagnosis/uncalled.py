"""Which receivers of a signal a dispatch called, which not, and why. Looks at what is connected, and calls nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tracer import process, registries, registry, stores
from tracer.diagnosis import names
from tracer.diagnosis.answers import Explanation, Uncalled
from tracer.diagnosis.gathering import ORDER, gather
from tracer.diagnosis.question import Question, receiver_of
from tracer.diagnosis.senders import known_senders, sender_of
from tracer.diagnosis.unread import unread
from tracer.diagnosis.unsent import bearing_on, unsent
from tracer.dispatches import Dispatch
from tracer.exceptions import StoreError
from tracer.registries import PublishedRegistry
from tracer.registry import LiveSignal

MOST_UNRELATED = 12
"""Receivers connected for unrelated senders that are told of; how many more there are is a note."""


def explain(dispatch: Dispatch) -> Explanation:
    """
    Return what a recorded dispatch led to: who was called, who was not and why.

    Goes by what is connected in this process now, and by what was noted of connects; of another process's, by
    what that has told of itself while it lives. Takes tens of milliseconds in a large process, and asks the store;
    call it where a person waits.
    """
    live = registry.live_signals()
    is_here = dispatch.process == process.this().label
    there = None if is_here else _registry_of(dispatch.process)
    question = Question(dispatch.signal, sender_of(dispatch.sender, live), dispatch, is_here, there)
    uncalled, more = _shortened(question, gather(question, live))
    called = tuple(call.receiver for call in dispatch.calls if call.started_ns is not None)
    notes = [*unread(dispatch.signal, called), *_failures(dispatch), *_unsent(dispatch), *more]
    if not any(each.name == dispatch.signal for each in live):
        notes.append(
            f"Nothing here is a signal named {dispatch.signal}: what is connected to it cannot be seen."
        )
    return Explanation(called=called, uncalled=uncalled, notes=tuple(notes))


def would_run(signal: str, sender: str | None) -> Explanation:
    """
    Return what a signal from a sender would lead to now; names as the registry and `Dispatch.sender` have them.

    Raises `UnknownName`. Costs as much as `explain`.
    """
    live = registry.live_signals()
    signals = [each.name for each in live]
    if signal not in signals:
        raise names.unknown("signal", signal, signals)
    question = Question(signal, sender_of(sender, live), None, True)
    if sender is not None and question.sender.cls is None:
        raise names.unknown("sender", sender, known_senders(live))
    uncalled, more = _shortened(question, gather(question, live))
    return Explanation(
        called=tuple(_called(question, live)),
        uncalled=uncalled,
        notes=(*unread(signal), *unsent(signal, sender), *more),
    )


def _called(question: Question, live: Sequence[LiveSignal]) -> list[str]:
    own = next(each for each in live if each.name == question.signal)
    found = [
        each for each in own.connections if each.receiver is not None and question.matches(each)
    ]
    # Sorting is stable: each kind stays in the order of connecting.
    found.sort(key=lambda each: each.connection.is_async)
    return [receiver_of(each)[0] for each in found]


def _registry_of(label: str) -> PublishedRegistry | None:
    try:
        told = registries.read(stores.shared())
    except StoreError:
        return None
    return next((each for each in told if each.process == label), None)


def _shortened(question: Question, found: list[Uncalled]) -> tuple[tuple[Uncalled, ...], list[str]]:
    """Return what is told of, the most telling first, and a note on how many are not."""
    found.sort(key=lambda each: (ORDER.index(each.reason), -_nearness(question, each)))
    reasons = Counter(each.reason for each in found)
    more = reasons["sender"] - MOST_UNRELATED
    if more <= 0:
        return tuple(found), []
    receivers = "receiver is" if more == 1 else "receivers are"
    return tuple(found[:-more]), [f"{more} more {receivers} connected for other senders."]


def _nearness(question: Question, uncalled: Uncalled) -> int:
    """Return how many leading parts two senders' names have in common; a model's first is its app's label."""
    if uncalled.reason != "sender" or uncalled.sender is None or question.sender.words is None:
        return 0
    common = 0
    parts = zip(question.sender.words.split("."), uncalled.sender.split("."), strict=False)
    for one, other in parts:
        if one != other:
            break
        common += 1
    return common


def _unsent(dispatch: Dispatch) -> tuple[str, ...]:
    """Return what sends no such signal, as far as it bears on this dispatch."""
    if dispatch.signal == "django.db.models.signals.m2m_changed" and not dispatch.calls:
        return unsent(dispatch.signal, dispatch.sender)
    return bearing_on(dispatch.signal, dispatch.sender)


def _failures(dispatch: Dispatch) -> list[str]:
    """Return what there is to say of a dispatch that failed outside of its receivers."""
    is_sync = dispatch.method in ("send", "send_robust")
    if (
        not is_sync
        or dispatch.error != "RuntimeError"
        or any(call.error for call in dispatch.calls)
    ):
        return []
    if not any(call.is_async and call.started_ns is None for call in dispatch.calls):
        return []
    method = dispatch.method
    text = f"`{method}()` inside a running event loop cannot run an async receiver"
    return [f"{text}: use `await signal.a{method}(...)`."]
