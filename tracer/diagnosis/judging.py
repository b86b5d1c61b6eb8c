"""Why a receiver was not called, as far as its connection and the dispatch tell. Judges one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracer import naming, presence, process, publishing, words
from tracer.connections import ConnectCall
from tracer.diagnosis import reasons
from tracer.diagnosis.answers import Reason
from tracer.diagnosis.kinship import is_historical, kinship
from tracer.diagnosis.question import Question, receiver_of, site_of
from tracer.diagnosis.senders import words_of
from tracer.registries import PublishedRegistry, module_of
from tracer.registry import LiveConnection

_SLACK_US = 10_000
"""What a dispatch's moment and that of a `connect` can be apart, being taken from two clocks."""

Judgement = tuple[Reason, reasons.Sentences]


def of_one_that_matches(
    question: Question, each: LiveConnection, proven: Iterable[Any]
) -> Judgement:
    """
    Return why one was not called that is connected for every sender, or for one with this sender's name.

    `proven` are senders that have sent this very dispatch, since receivers that are connected for them were called.
    """
    if question.there is not None:
        judgement = _of_one_in(question.there, question, each)
        if judgement is not None:
            return judgement
    call, dispatch = each.call, question.dispatch
    connected_us = None if call is None or not question.is_here else call.connected_us
    if connected_us is not None and question.is_before(connected_us):
        return "later", reasons.later(connected_us, site_of(call))
    if each.receiver is None:
        shape = None if call is None else call.shape
        return "collected", reasons.collected(shape, site_of(call))
    name = question.sender.words
    if (
        name is not None
        and each.sender is not None
        and all(each.sender is not one for one in proven)
    ):
        if question.sender.is_instance:
            return "related", reasons.another_instance(name)
        may_be_historical = _may_be_historical(question)
        if may_be_historical or question.sender.namesakes:
            return "related", reasons.namesake(name, is_historical=may_be_historical)
    if connected_us is not None and question.is_before(connected_us, _SLACK_US):
        return "later", reasons.later(connected_us, site_of(call))
    sent_by = None if question.is_here or dispatch is None else dispatch.process
    return "unknown", reasons.unknown(
        sent_by, connected_us, is_connected_there=question.there is not None
    )


def _of_one_in(
    there: PublishedRegistry, question: Question, each: LiveConnection
) -> Judgement | None:
    """Return what the registry of the process that dispatched says of one that matches here; None for nothing."""
    name = receiver_of(each)[0]
    connected = there.connected(question.signal, name, question.sender.words)
    words_there = presence.processes_words([there.process], process.this().host)
    if connected is None:
        module = module_of(name, [publishing.project_modules()])
        cause = there.cause(question.signal, name, words_of(each), module)
        return "elsewhere", reasons.elsewhere(words_there, cause, module)
    if connected.connected_us is not None and question.is_before(connected.connected_us):
        text, mend = reasons.later(connected.connected_us, connected.connected_at)
        return "later", (f"{text[:-1]}, in {words_there}.", mend)
    return None


def of_one_for_another(question: Question, each: LiveConnection) -> Judgement:
    """Return why one was not called that is connected for a sender of another name, or another one of this name."""
    sender, connected = question.sender, words_of(each)
    key = naming.sender_key(each.sender)
    is_instance = isinstance(key, tuple)
    known = key[0] if isinstance(key, tuple) else key
    cls = None if known is None else known.ref()
    if connected is None or cls is None:
        return "sender", ("It is connected for a sender that is gone.", "")
    if sender.words is None or sender.cls is None:
        return "sender", reasons.unrelated([connected], sender.name)
    if any(cls is one for one in (sender.cls, *sender.namesakes)):
        if is_instance is not sender.is_instance:
            return "related", reasons.instance(connected, is_sent=sender.is_instance)
        return "related", reasons.namesake(connected, is_historical=False)
    kin = kinship(cls, sender.cls)
    if kin is None or is_instance or sender.is_instance:
        return "sender", reasons.unrelated([connected], sender.name)
    return "related", reasons.related(connected, sender.words, kin, question.signal)


def of_one_that_is_over(question: Question, call: ConnectCall) -> Judgement | None:
    """Return why one was not called whose connection is over; None for one of which nothing is certain."""
    if question.is_before(call.connected_us):
        return "later", reasons.later(call.connected_us, site_of(call))
    if call.ended_us is not None:
        if question.is_before(call.ended_us, -_SLACK_US):
            return "unknown", reasons.unknown(None, call.connected_us)
        ended_at = None if call.ended_site is None else words.site_words(*call.ended_site)
        return "disconnected", reasons.disconnected(call.ended_us, ended_at)
    if call.is_collected:
        return "collected", reasons.collected(call.shape, site_of(call))
    is_sender_gone = call.sender is not None and (
        isinstance(call.sender, tuple) or call.sender.ref() is None
    )
    if call.lookup is None or is_sender_gone:
        return None  # It may be there still, or have gone with its sender.
    return "unknown", reasons.vanished(call.connected_us, site_of(call))


def _may_be_historical(question: Question) -> bool:
    """Tell whether the sender may have been the historical model of a migration."""
    if any(is_historical(cls) for cls in question.sender.namesakes):
        return True
    dispatch = question.dispatch
    return dispatch is not None and (
        (dispatch.origin or "").startswith("manage.py migrate")
        or "/migrations/" in (dispatch.call_site or "")
    )
