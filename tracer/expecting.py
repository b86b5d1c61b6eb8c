"""What a test asks of captured dispatches: which of them it means. Looks up names, and imports nothing for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from django.dispatch import Signal

from tracer import arguments as shown_arguments
from tracer import naming, signal_names
from tracer.diagnosis import UnknownName, find_sender, find_signal
from tracer.diagnosis.names import match_sender, match_signal
from tracer.dispatches import Argument, Dispatch
from tracer.terminal.explained import unknown_words
from tracer.words import receiver_words, sender_words


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatch as a test describes it, in the words that the records use."""

    signal: str
    """Dotted name."""
    sender: str | None = None
    """As `Dispatch.sender`; None: any."""
    receivers: tuple[str, ...] | None = None
    """Dotted names, or the ends of some; None: any."""
    arguments: dict[str, Argument] = {}
    """As `Dispatch.arguments`; others may be there."""

    def matches(self, dispatch: Dispatch) -> bool:
        """Say whether a dispatch is as described."""
        return self.is_sent(dispatch) and self.has_arguments(dispatch) and self.is_heard(dispatch)

    def is_sent(self, dispatch: Dispatch) -> bool:
        """Say whether it is this signal from this sender."""
        return dispatch.signal == self.signal and self.sender in (None, dispatch.sender)

    def has_arguments(self, dispatch: Dispatch) -> bool:
        """Say whether it was sent with these arguments."""
        sent = dispatch.arguments
        return all(name in sent and sent[name] == self.arguments[name] for name in self.arguments)

    def is_heard(self, dispatch: Dispatch) -> bool:
        """Say whether the receivers were called in this order, others among them or not; none at all, if it says so."""
        if self.receivers is None:
            return True
        called = iter(called_by(dispatch))
        if not self.receivers:
            return next(called, None) is None
        # The iterator goes on where the one before was found, so order counts.
        return all(any(is_named(name, wanted) for name in called) for wanted in self.receivers)

    def __str__(self) -> str:
        text = self.signal + (f" from {self.sender}" if self.sender is not None else "")
        if self.arguments:
            text += f" with {argument_words(self.arguments)}"
        if self.receivers is not None:
            text += f", received by {', '.join(self.receivers) or 'nobody'}"
        return text


def expected(
    captured: Sequence[Dispatch],
    signal: Signal | str,
    sender: object,
    receivers: Iterable[object] | None,
    arguments: Mapping[str, object] | None,
) -> Expected:
    """
    Return in the records' words what a test asks for.

    Raises `LookupError` for the name of a signal or a sender that is neither among the captured nor known here:
    that nothing was dispatched under a misspelled name would always be true.
    """
    named = arguments or {}
    return Expected(
        signal=_signal(captured, signal),
        sender=_sender(captured, sender),
        receivers=None if receivers is None else tuple(map(_receiver, receivers)),
        arguments=shown_arguments.words(*shown_arguments.take(named)),
    )


def called_by(dispatch: Dispatch) -> list[str]:
    """Return the dotted names of the receivers that a dispatch called, in order, those that raised among them."""
    return [call.receiver for call in dispatch.calls if call.started_ns is not None]


def is_named(name: str, wanted: str) -> bool:
    """Say whether a dotted name, or its end, is the wanted one."""
    return name == wanted or name.endswith(f".{wanted}")


def argument_words(arguments: Mapping[str, object]) -> str:
    """Return `created=True, raw=False`."""
    return ", ".join(f"{name}={value}" for name, value in arguments.items())


def _signal(captured: Sequence[Dispatch], signal: Signal | str) -> str:
    if not isinstance(signal, str):
        return signal_names.name_of(signal)
    try:
        return match_signal(signal, {one.signal for one in captured})
    except UnknownName:
        pass
    try:
        return find_signal(signal)
    except UnknownName as unknown:
        raise LookupError(unknown_words(unknown)) from None


def _sender(captured: Sequence[Dispatch], sender: object) -> str | None:
    if not isinstance(sender, str):
        return sender_words(naming.sender_key(sender))
    try:
        return match_sender(sender, {one.sender for one in captured if one.sender is not None})
    except UnknownName:
        pass
    try:
        return find_sender(sender)
    except UnknownName as unknown:
        raise LookupError(unknown_words(unknown)) from None


def _receiver(receiver: object) -> str:
    if isinstance(receiver, str):
        return receiver
    return receiver_words(naming.receiver_key(receiver))[0]
