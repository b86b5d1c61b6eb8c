"""What the detail says of a dispatch's receivers: called, not reached, not called. Pure: records in, lists out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from dashboard import wording
from tracer.diagnosis import Explanation, Repeat, RepeatedCall, Uncalled
from tracer.dispatches import Dispatch, ReceiverCall

_PLAIN = ("sender", "family")
"""Reasons that are mostly no surprise."""
MOST_PLAIN = 4
"""Receivers with such a reason that are shown unfolded."""
MOST_CALLS = 8
"""Call sites that are shown side by side."""


@dataclasses.dataclass(frozen=True, slots=True)
class RepeatView:
    """A receiver that ran more than once, with its call sites and the loop that it closes."""

    repeat: Repeat
    calls: tuple[tuple[RepeatedCall, bool], ...]
    """Each with whether it belongs to the opened dispatch."""
    more: int
    loop: tuple[tuple[str, str], ...]
    """Short and dotted names by turns; the first follows the last."""


@dataclasses.dataclass(frozen=True, slots=True)
class CallView:
    """One receiver call, under its number in the order."""

    index: int
    number: int
    call: ReceiverCall
    repeats: tuple[RepeatView, ...]
    """Why it ran more than once; more than one reason may hold."""

    @property
    def at(self) -> str:
        """Return the index as a template can put it into a name."""
        return str(self.index)


@dataclasses.dataclass(frozen=True, slots=True)
class Why:
    """The three lists, and what else surprises."""

    called: tuple[CallView, ...]
    unreached: tuple[CallView, ...]
    stopped: str
    """A sentence on what ended the dispatch before them; empty when each call says that of itself."""
    uncalled: tuple[Uncalled, ...]
    folded: tuple[Uncalled, ...]
    """More receivers that are connected for other senders or signals, as most are."""
    notes: tuple[str, ...]

    @property
    def uncalled_count(self) -> int:
        """Return how many were not called, folded or not."""
        return len(self.uncalled) + len(self.folded)


def why(dispatch: Dispatch, explanation: Explanation, repeats: Sequence[Repeat]) -> Why:
    """Return the lists of a dispatch, each in the order in which it is read."""
    by_name: dict[str, list[Repeat]] = {}
    for repeat in repeats:
        by_name.setdefault(repeat.receiver, []).append(repeat)
    views = []
    for index, call in enumerate(dispatch.calls):
        # Where it stands first; connected twice, it would say the same of itself again.
        found = by_name.pop(call.receiver, []) if call.started_ns is not None else []
        shown = tuple(_repeat(repeat, dispatch) for repeat in found)
        views.append(CallView(index, index + 1, call, shown))
    telling = [one for one in explanation.uncalled if one.reason not in _PLAIN]
    plain = [one for one in explanation.uncalled if one.reason in _PLAIN]
    shown_plain = plain if len(plain) <= MOST_PLAIN + 1 else plain[:MOST_PLAIN]
    return Why(
        called=tuple(view for view in views if not _is_unreached(view.call, dispatch)),
        unreached=tuple(view for view in views if _is_unreached(view.call, dispatch)),
        stopped=_stopped(dispatch),
        uncalled=(*telling, *shown_plain),
        folded=tuple(plain[len(shown_plain) :]),
        notes=explanation.notes,
    )


def _repeat(repeat: Repeat, dispatch: Dispatch) -> RepeatView:
    loop = repeat.loop[:-1] if repeat.loop[:1] == repeat.loop[-1:] else repeat.loop
    return RepeatView(
        repeat=repeat,
        calls=tuple((call, call.dispatch_id == dispatch.id) for call in repeat.calls[:MOST_CALLS]),
        more=max(len(repeat.calls) - MOST_CALLS, 0),
        loop=tuple((wording.short(name), name) for name in loop),
    )


def _is_unreached(call: ReceiverCall, dispatch: Dispatch) -> bool:
    is_waiting = call.started_ns is None and dispatch.state == "running"
    return call.skipped is not None or (call.started_ns is None and not is_waiting)


def _stopped(dispatch: Dispatch) -> str:
    failed = [call for call in dispatch.calls if call.error is not None]
    if failed and failed[-1].error is not None:
        who = f"{wording.short(failed[-1].receiver)} raised {wording.short(failed[-1].error)}"
        return f"{who}, and {dispatch.method}() ends there."
    if dispatch.error is not None:
        return f"{dispatch.method}() itself raised {wording.short(dispatch.error)}."
    return ""
