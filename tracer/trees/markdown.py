"""A tree as Markdown, for an issue or a pull request. Pure: records in, text out; what is in them cannot break out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tracer.dispatches import Dispatch, ReceiverCall
from tracer.showing import clock, count, moment, short, took, took_of, visible
from tracer.trees.walking import walk

MOST_LINES = 2_000
MOST_DEPTH = 30
"""Levels that are indented; those below stand as deep."""


def as_markdown(trees: Sequence[Dispatch], origin: Sequence[Dispatch] = ()) -> str:
    """
    Return a heading and a nested list of dispatches and receiver calls; trees of one origin stand one after another.

    `origin` is not looked at; all that write a tree are called alike.
    """
    first = trees[0]
    head = code(first.origin) if first.origin else f"{code(short(first.signal))}, of no request"
    at = f"{moment(first.started_us):%Y-%m-%d} {clock(first.started_us)}"
    text = [f"**{head}** · {at} · {code(first.process)}", ""]
    hidden = 0
    for depth, dispatch, call in walk(trees):
        if len(text) - 2 >= MOST_LINES:
            hidden += 1
            continue
        said = _dispatch(dispatch) if call is None else _call(call)
        text.append(f"{'  ' * min(depth, MOST_DEPTH)}- {said}")
    if hidden:
        text += ["", f"{count(hidden, 'line')} more are not shown."]
    return "\n".join(text) + "\n"


def code(text: str) -> str:
    """Return text as a code span, whatever is in it."""
    shown = visible(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    gap = " " if shown[:1] == "`" or shown[-1:] == "`" or not shown else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def _dispatch(dispatch: Dispatch) -> str:
    instance = dispatch.arguments.get("instance")
    sender = instance if isinstance(instance, str) and " #" in instance else dispatch.sender
    parts = [
        code(short(dispatch.signal)) + (f" from {code(sender)}" if sender else ""),
        "running" if dispatch.duration_ns is None else took_of(dispatch),
        "unheard" if not dispatch.calls else "",
        f"**{code(short(dispatch.error))}**" if dispatch.error else "",
        dispatch.transaction or "",
        code(dispatch.call_site) if dispatch.call_site else "",
    ]
    return " · ".join(filter(None, parts))


def _call(call: ReceiverCall) -> str:
    name = code(call.receiver)
    if call.started_ns is None:
        return f"~~{name}~~ · never reached" + (f": {code(call.skipped)}" if call.skipped else "")
    parts = [
        name,
        "running" if call.duration_ns is None else took(call.duration_ns),
        count(call.query_count, "query") if call.query_count else "",
        "async" if call.is_async else "",
        f"**raised {code(short(call.error))}**" if call.error else "",
        code(call.raised_at or call.place or "") if call.raised_at or call.place else "",
    ]
    return " · ".join(filter(None, parts))
