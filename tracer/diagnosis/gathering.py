"""Which receivers were not called, with the reason of each: goes through what is connected, and what was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tracer import _compat, connections, naming, words
from tracer.diagnosis import judging, reasons
from tracer.diagnosis.answers import Reason, Uncalled
from tracer.diagnosis.question import Question, Who, is_same, receiver_of, record, site_of
from tracer.diagnosis.senders import words_of
from tracer.registry import LiveConnection, LiveSignal
from tracer.rules.lazy_senders import nearest_label

ORDER: tuple[Reason, ...] = (
    "elsewhere",
    "related",
    "later",
    "disconnected",
    "collected",
    "unknown",
    "family",
    "sender",
)
"""Most telling first."""

_MODELS, _REQUESTS = "django.db.models.signals.", "django.core.signals."
_PARTNERS = {
    **{
        f"{_MODELS}pre_{what}": f"{_MODELS}post_{what}"
        for what in ("save", "delete", "init", "migrate")
    },
    f"{_REQUESTS}request_started": f"{_REQUESTS}request_finished",
}
_PARTNERS |= {second: first for first, second in _PARTNERS.items()}

Found = tuple[Who, Uncalled]


def gather(question: Question, live: Sequence[LiveSignal]) -> list[Uncalled]:
    """Return each receiver that was not called once, with its most telling reason, in no order."""
    own = next((each for each in live if each.name == question.signal), None)
    calls = () if question.dispatch is None else question.dispatch.calls
    called = Counter((call.receiver, call.place) for call in calls)
    known = set(called)
    found: list[Found] = []
    if own is not None:
        known |= {receiver_of(each) for each in own.connections if question.matches(each)}
        found += _connected(question, own, called)
        if question.is_here:
            found += _over(question, own, known)
        found += _pending(question, own)
    partner = next((each for each in live if each.name == _PARTNERS.get(question.signal)), None)
    if partner is not None:
        found += _family(question, partner, known)
    return _merged(question, found)


def _connected(question: Question, own: LiveSignal, left: Counter[Who]) -> Iterator[Found]:
    """Go through what is connected; `left` counts the calls of the dispatch, and those that are found are taken off."""
    uncalled: list[LiveConnection] = []
    others: list[LiveConnection] = []
    reached: list[LiveConnection] = []
    for each in own.connections:
        who = receiver_of(each)
        is_reached = left[who] > 0 or (question.dispatch is None and each.receiver is not None)
        if not question.matches(each):
            others.append(each)
        elif is_reached:
            left[who] -= 1
            reached.append(each)
        elif each.receiver is not None or question.is_here:
            uncalled.append(each)
    proven = [each.sender for each in reached if each.sender is not None]
    for each in uncalled:
        yield _found(question.signal, each, judging.of_one_that_matches(question, each, proven))
    for each in others:
        # A receiver that is connected for several senders was called all the same.
        is_called = left[receiver_of(each)] > 0 or any(
            is_same(each.receiver, one.receiver) for one in reached
        )
        if each.receiver is not None and not is_called:
            yield _found(question.signal, each, judging.of_one_for_another(question, each))


def _over(question: Question, own: LiveSignal, known: set[Who]) -> Iterator[Found]:
    """Go through the connections that are over, without those that were made again; what came later says least."""
    present = {id(each.call) for each in own.connections}
    seen = set(known)
    newest_first = reversed(connections.of(own.signal))
    for call in sorted(newest_first, key=lambda call: question.is_before(call.connected_us)):
        who = words.receiver_words(call.receiver)
        sender = words.sender_words(call.sender)
        if id(call) in present or who in seen or sender not in (None, question.sender.words):
            continue
        judgement = judging.of_one_that_is_over(question, call)
        if judgement is not None:
            seen.add(who)
            yield who, record(question.signal, who, sender, site_of(call), *judgement)


def _pending(question: Question, own: LiveSignal) -> Iterator[Found]:
    """Go through the receivers that wait for a model which never came, where this sender's was meant most likely."""
    sent = question.sender.words
    for signal, receiver, label in _compat.pending_connections():
        if signal is own.signal and sent is not None and nearest_label(label) == sent:
            who = words.receiver_words(naming.receiver_key(receiver))
            site = connections.lazy_site(signal, receiver, label)
            connected_at = None if site is None else words.site_words(*site)
            written = connections.lazy_label(signal, receiver, label)
            sentences = reasons.misspelled(written, sent)
            yield who, record(question.signal, who, written, connected_at, "related", sentences)


def _family(question: Question, partner: LiveSignal, known: set[Who]) -> Iterator[Found]:
    """Go through the receivers of the other signal of the family that are connected for this sender alone."""
    other, sent = (name.rpartition(".")[2] for name in (partner.name, question.signal))
    for each in partner.connections:
        is_for_all = each.connection.sender_id == _compat.ANY_SENDER
        is_known = receiver_of(each) in known
        if each.receiver is not None and not is_for_all and not is_known and question.matches(each):
            sentences = reasons.family(other, sent, question.sender.name)
            yield _found(partner.name, each, ("family", sentences))


def _found(signal: str, each: LiveConnection, judgement: judging.Judgement) -> Found:
    who = receiver_of(each)
    return who, record(signal, who, words_of(each), site_of(each.call), *judgement)


def _merged(question: Question, found: list[Found]) -> list[Uncalled]:
    """Keep one of each receiver, and tell in one sentence of all unrelated senders that it is connected for."""
    kept: dict[Who, Uncalled] = {}
    senders: dict[Who, dict[str, Any]] = {}
    for who, each in found:
        if each.reason == "sender" and each.sender is not None:
            senders.setdefault(who, {})[each.sender] = None
        if who not in kept or ORDER.index(each.reason) < ORDER.index(kept[who].reason):
            kept[who] = each
    for who, each in kept.items():
        if each.reason == "sender" and len(senders.get(who, ())) > 1:
            text, _ = reasons.unrelated([*senders[who]], question.sender.name)
            kept[who] = msgspec.structs.replace(each, text=text)
    return list(kept.values())
