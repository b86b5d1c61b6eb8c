"""What a diagnosis says, as plain values. Owns the records and nothing of how they come about."""

from __future__ import annotations

from typing import Literal

import msgspec

Reason = Literal[
    "elsewhere", "related", "later", "disconnected", "collected", "unknown", "family", "sender"
]
"""
Why a receiver was not called, most telling first: it is not connected in the other process that dispatched; its
sender is kin of this one, or another class of the same label; it was connected after the dispatch; disconnected
before; collected; it matches and nobody can tell; it receives another signal of the family; it is connected for
another sender.
"""


class Uncalled(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver that was not called, and why."""

    receiver: str
    """Dotted name."""
    short: str
    place: str | None
    """`file.py:12`; None for what has no Python source."""
    sender: str | None
    """What it is connected for; None: all senders."""
    signal: str
    """Dotted name of the signal that it is connected to; another one than was sent for the reason `family`."""
    reason: Reason
    text: str
    """A whole sentence, without the receiver's name: `It is connected for shop.RushOrder, a proxy of shop.Order: …`."""
    mend: str = ""
    """What to do about it, a whole sentence; empty where nothing is wrong."""
    connected_at: str | None = None
    """`file.py:31 function`, where that was seen."""


class RepeatedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One of the calls of a receiver that ran more than once."""

    dispatch_id: str
    call_site: str | None
    """Of the dispatch: `file.py:31 function`."""
    started_us: int


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver that ran more than once for the same sender and primary key within one origin."""

    receiver: str
    short: str
    place: str | None
    kind: Literal["connected", "dispatched", "re-entered"]
    """Connected twice; dispatched twice; or set off again by what the receiver itself did."""
    calls: tuple[RepeatedCall, ...]
    """All of them, in the order in which they began."""
    text: str
    mend: str = ""
    loop: tuple[str, ...] = ()
    """Of one re-entered: dotted names of signal and receiver by turns, from the outer dispatch to its signal again."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a signal from a sender leads to, or what a dispatch led to."""

    called: tuple[str, ...]
    """Dotted names of the receivers that are, or were, called, in order."""
    uncalled: tuple[Uncalled, ...]
    """Most telling reason first."""
    notes: tuple[str, ...]
    """Sentences on what sends no such signal, and on what else surprises."""


class UnknownName(LookupError):  # noqa: N818  # it is no error of anybody's but a name to look up again
    """A signal or sender is asked about that nobody here knows."""

    def __init__(
        self, kind: Literal["signal", "sender"], name: str, nearest: tuple[str, ...]
    ) -> None:
        self.kind = kind
        self.name = name
        """As it was given."""
        self.nearest = nearest
        """Known names that are like it, the most alike first; empty where none is."""
        super().__init__(f"There is no {kind} {name!r}.")
