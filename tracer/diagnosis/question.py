"""What is asked, and what of a connection goes into the answer."""

from __future__ import annotations

from types import MethodType
from typing import Any, NamedTuple

from tracer import _compat, naming, words
from tracer.connections import ConnectCall
from tracer.diagnosis.answers import Reason, Uncalled
from tracer.diagnosis.reasons import Sentences
from tracer.diagnosis.senders import Sender, words_of
from tracer.dispatches import Dispatch
from tracer.registries import PublishedRegistry
from tracer.registry import LiveConnection, short_name

Who = tuple[str, str | None]
"""A receiver's dotted name and place, as `ReceiverCall` has them."""


class Question(NamedTuple):
    """What is asked: of a dispatch, or of what one would lead to. Holds a class; never to be kept."""

    signal: str
    sender: Sender
    dispatch: Dispatch | None
    """None: what one would lead to now."""
    is_here: bool
    """Whether what was noted of connects in this process bears on it."""
    there: PublishedRegistry | None = None
    """What is connected in the other process that made the dispatch; None when it is unknown, or was this one."""

    def matches(self, each: LiveConnection) -> bool:
        """Tell whether a connection is for every sender, or for this one as far as a record can tell."""
        if each.connection.sender_id == _compat.ANY_SENDER:
            return True
        if self.dispatch is None and not self.sender.is_instance:
            return each.sender is not None and each.sender is self.sender.cls
        return self.sender.words is not None and words_of(each) == self.sender.words

    def is_before(self, moment_us: int, slack_us: int = 0) -> bool:
        """Tell whether the dispatch was before a moment; no dispatch is before none."""
        return self.dispatch is not None and moment_us > self.dispatch.started_us - slack_us


def receiver_of(each: LiveConnection) -> Who:
    """Return name and place of a receiver; of one that is gone unseen, that it is."""
    known = each.call.receiver if each.call is not None else None
    if each.receiver is not None:
        known = naming.receiver_key(each.receiver)
    return ("a receiver that was collected", None) if known is None else words.receiver_words(known)


def record(
    signal: str,
    who: Who,
    sender: str | None,
    connected_at: str | None,
    reason: Reason,
    sentences: Sentences,
) -> Uncalled:
    """Return the answer on a receiver."""
    name, place = who
    text, mend = sentences
    return Uncalled(
        receiver=name,
        short=short_name(name),
        place=place,
        sender=sender,
        signal=signal,
        reason=reason,
        text=text,
        mend=mend,
        connected_at=connected_at,
    )


def site_of(call: ConnectCall | None) -> str | None:
    """Return where a receiver was connected, if that was seen."""
    return None if call is None or call.site is None else words.site_words(*call.site)


def is_same(one: Any, other: Any) -> bool:
    """Tell whether two receivers are the same, by identity; methods are made anew for each look."""
    if type(one) is MethodType and type(other) is MethodType:
        return one.__func__ is other.__func__ and one.__self__ is other.__self__
    return one is other
