"""What a test is told of the dispatches that it asked for: whether they came, what came instead, and the tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracer import conf, control, diagnosis
from tracer.dispatches import Dispatch
from tracer.expecting import Expected, argument_words, called_by, is_named
from tracer.showing import count, short, visible
from tracer.terminal.drawn import Layout, Pen
from tracer.terminal.ink import Ink
from tracer.trees.walking import walk

MOST_LINES = 100
"""Dispatches that are drawn."""
_LAYOUT = Layout(time=0, signal=28, sender=22, receivers=44, site=32)
"""
In columns. What time it was tells nothing here, who was called all the more.

How wide a terminal is cannot be known where tests run in processes of their own, or with their output caught.
"""
_MOST_SENDERS = 8
_MOST_CALLED = 6


def told(
    asked: Expected, found: Sequence[Dispatch], captured: Sequence[Dispatch], filter_text: str
) -> str:
    """Return some lines: what was asked for, how often it was found, what comes nearest, and what was captured."""
    if found:
        lines = [f"Dispatched {_times(len(found))}: {asked}"]
    else:
        lines = [f"Not dispatched: {asked}", *_nearest(asked, captured)]
    return "\n".join([*map(visible, lines), *drawn(captured, filter_text)])


def drawn(captured: Sequence[Dispatch], filter_text: str = "") -> Iterator[str]:
    """Yield a line of how many dispatches were captured, and those of their trees, as `signals tail` draws them."""
    only = f", of those that match {visible(filter_text)}" if filter_text else ""
    if not captured:
        yield f"Captured: nothing{only}"
        return
    yield f"Captured: {count(len(captured), 'dispatch')}{only}"
    pen = Pen(Ink(is_on=False), round(conf.current().SLOW_MS * 1_000_000))
    for number, dispatch in enumerate(one for _, one, call in walk(captured) if call is None):
        if number == MOST_LINES:
            yield f"… and {count(len(captured) - MOST_LINES, 'dispatch')} more"
            return
        yield pen.dispatch(dispatch, _LAYOUT, is_end=False)


def _nearest(asked: Expected, captured: Sequence[Dispatch]) -> Iterator[str]:
    """Yield sentences on what was dispatched instead, the nearest to what was asked for."""
    sent = [one for one in captured if asked.is_sent(one)]
    if not sent:
        yield from _unsent(asked, captured)
        return
    alike = [one for one in sent if asked.has_arguments(one)]
    if not alike:
        names = asked.arguments
        seen = {name: sent[-1].arguments.get(name, "(none)") for name in names}
        yield f"It was dispatched {_times(len(sent))}, last with {argument_words(seen)}."
        return
    called = called_by(alike[-1])
    words = ", ".join(called[:_MOST_CALLED]) or "nobody"
    more = len(called) - _MOST_CALLED
    yield (
        f"It was dispatched {_times(len(alike))}, and called {words}"
        + (f" and {more} more." if more > 0 else ".")
    )
    yield from _uncalled(asked, alike[-1])


def _uncalled(asked: Expected, dispatch: Dispatch) -> Iterator[str]:
    """Yield why receivers that were asked for were not called, as far as that is known."""
    called = called_by(dispatch)
    missing = [
        wanted
        for wanted in asked.receivers or ()
        if not any(is_named(name, wanted) for name in called)
    ]
    if not missing:
        if asked.receivers:
            yield "All of the receivers were called, but in another order, or fewer times."
        return
    explained = diagnosis.explain(dispatch)
    for wanted in missing:
        reached = [each for each in dispatch.calls if is_named(each.receiver, wanted)]
        reasons = [each for each in explained.uncalled if is_named(each.receiver, wanted)]
        if reached:
            yield f"{short(wanted)}: never reached. {reached[0].skipped or ''}".rstrip()
        elif reasons:
            yield f"{short(wanted)}: {reasons[0].text} {reasons[0].mend}".rstrip()
        else:
            yield f"{short(wanted)}: It is not connected to {asked.signal}."


def _unsent(asked: Expected, captured: Sequence[Dispatch]) -> Iterator[str]:
    senders = list(
        dict.fromkeys(one.sender or "None" for one in captured if one.signal == asked.signal)
    )
    if senders:
        more = len(senders) - _MOST_SENDERS
        yield (
            f"{short(asked.signal)} was dispatched from {', '.join(senders[:_MOST_SENDERS])}"
            + (f" and {more} more." if more > 0 else ".")
        )
    elif asked.signal in control.muted():
        yield f"{short(asked.signal)} is muted, and so not recorded: see MUTED in SIGNALBOX."
    yield from diagnosis.unsent(asked.signal, asked.sender)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")
