"""Which signals and receivers of the registry a filter means. Speaks the feed's filter language; prints nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from tracer.dispatches import Dispatch, ReceiverCall
from tracer.exceptions import FilterError
from tracer.filters import Filter, Term
from tracer.registry import GoneReceiver, RegisteredReceiver, RegisteredSignal
from tracer.rules import Finding

_FIELDS = ("signal", "receiver", "sender", "app")


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """A signal with those of its receivers that are meant."""

    signal: RegisteredSignal
    receivers: tuple[tuple[int, RegisteredReceiver], ...]
    """With their places in the calling order, from 1."""
    gone: tuple[GoneReceiver, ...]


class Choice:
    """A filter of the registry; raises `FilterError` for one that does not parse or asks for another field."""

    def __init__(self, text: str) -> None:
        self.terms = Filter.parse(text).terms
        for term in self.terms:
            if term.field not in (None, *_FIELDS):
                message = f'The registry knows {", ".join(_FIELDS)}, and got "{term.field}:".'
                raise FilterError(message, term.start, term.end)
        self._tests = [
            (term, Filter((dataclasses.replace(term, is_negated=False),))) for term in self.terms
        ]
        self.names_something = any(not term.is_negated for term in self.terms)
        """Whether it asks for something, instead of only leaving something out."""

    def of(self, signals: Iterable[RegisteredSignal]) -> list[Chosen]:
        """Return the signals that are meant, in their order, with the receivers that are."""
        found = []
        for signal in signals:
            chosen = Chosen(
                signal,
                tuple(
                    (place, receiver)
                    for place, receiver in enumerate(signal.receivers, 1)
                    if self._means(_as_dispatches(signal.name, receiver))
                ),
                tuple(
                    gone for gone in signal.gone if self._means(_as_dispatches(signal.name, gone))
                ),
            )
            is_empty = not signal.receivers and not signal.gone
            if is_empty:
                is_meant = self._means([_dispatch(signal.name, None)])
            else:
                is_meant = bool(chosen.receivers or chosen.gone)
            if is_meant:
                found.append(chosen)
        return found

    def means_finding(self, finding: Finding) -> bool:
        """Tell whether a finding that belongs to no row is meant."""
        signal = finding.signal or ""
        call = _call(finding.receiver or "", finding.place)
        return self._means([_dispatch(signal, finding.sender, call, finding.text)])

    def _means(self, subjects: Sequence[Dispatch]) -> bool:
        return all(
            any(test.matches(each) for each in _asked(term, subjects)) is not term.is_negated
            for term, test in self._tests
        )


def _asked(term: Term, subjects: Sequence[Dispatch]) -> Sequence[Dispatch]:
    # The second one has the receiver's module in the sender's place, which only `app:` is to see.
    return subjects if term.field == "app" else subjects[:1]


def _as_dispatches(signal: str, receiver: RegisteredReceiver | GoneReceiver) -> list[Dispatch]:
    """Return a connection as the dispatch it would be called by, which the filter language can look at."""
    words = (receiver.connected_at, getattr(receiver, "dispatch_uid", None))
    call = _call(receiver.name, receiver.place)
    known = " ".join(filter(None, (receiver.place, *words)))
    return [
        _dispatch(signal, receiver.sender, call, known),
        _dispatch(signal, f"{receiver.name}.{receiver.short}", call),
    ]


def _call(name: str, place: str | None) -> ReceiverCall:
    return ReceiverCall(receiver=name, place=place)


def _dispatch(
    signal: str, sender: str | None, call: ReceiverCall | None = None, site: str | None = None
) -> Dispatch:
    return Dispatch(
        id="",
        process="",
        thread="",
        signal=signal,
        sender=sender,
        method="send",
        started_us=0,
        state="ok",
        root_id="",
        call_site=site,
        calls=() if call is None else (call,),
    )
