"""What a row of the feed shows of a dispatch or a marker. Pure: records in, words and numbers out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

from dashboard import wording
from dashboard.queries import has_n_plus_one
from tracer.dispatches import Dispatch, ReceiverCall
from tracer.showing import marker_text as marker_text

Weight = Literal["", "slow", "error", "skipped", "running"]

BAR_PX = 84
_BAR_FROM_MS, _BAR_TO_MS = 0.05, 2_000.0
_NAMES = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """A small word beside a name."""

    text: str
    kind: str = ""
    title: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """A name that can be clicked, short in sight and whole in its tooltip."""

    text: str
    full: str
    weight: Weight = ""


@dataclasses.dataclass(frozen=True, slots=True)
class RowView:
    """All that the row's template needs, ready to be written."""

    dispatch: Dispatch
    key: str
    clock: str
    fraction: str
    family: str
    name: str
    tags: tuple[Tag, ...]
    sender: Name | None
    sender_pk: str
    receivers: tuple[Name, ...]
    more: int
    took: str
    took_kind: Weight
    bar: int
    site: str
    folder: str
    file: str
    function: str
    depth: int
    times: int
    until: str


def row_view(dispatches: Sequence[Dispatch], slow_ns: int) -> RowView:
    """Return what the row of a dispatch shows, or of equal neighbours that stand as one row."""
    first = dispatches[0]
    total = sum(dispatch.duration_ns or 0 for dispatch in dispatches)
    clock = wording.clock(first.started_us)
    calls = _by_weight(first)
    place, _, function = (first.call_site or "").partition(" ")
    folder, slash, file = place.rpartition("/")
    folder = folder.rpartition("/")[2] + slash
    kind: Weight = _took_kind(dispatches, slow_ns)
    return RowView(
        dispatch=first,
        key=wording.dom_id(first.id),
        clock=clock,
        fraction=clock[8:],
        family=wording.family(first.signal),
        name=wording.short(first.signal),
        tags=_tags(dispatches),
        sender=Name(_sender(first.sender), first.sender) if first.sender is not None else None,
        sender_pk=_primary_key(dispatches),
        receivers=tuple(
            Name(wording.short(call.receiver), call.receiver, weight)
            for call, weight in calls[:_NAMES]
        ),
        more=max(len(calls) - _NAMES, 0),
        took=wording.took(total) if wording.took_of(first) else "",
        took_kind=kind,
        bar=bar_px(total),
        site=first.call_site or "",
        folder=folder,
        file=file,
        function=function,
        depth=min(first.depth, 8),
        times=len(dispatches),
        until=dispatches[-1].id,
    )


def bar_px(duration_ns: int) -> int:
    """Return the width of a duration's bar in pixels, on a logarithmic scale from 0.05 ms to 2 s."""
    ms = duration_ns / 1_000_000
    if ms <= _BAR_FROM_MS:
        return 0
    share = math.log(ms / _BAR_FROM_MS) / math.log(_BAR_TO_MS / _BAR_FROM_MS)
    return max(2, round(BAR_PX * min(share, 1)))


def call_weight(call: ReceiverCall) -> Weight:
    """Return how a receiver call is to be shown."""
    if call.error is not None:
        return "error"
    if call.skipped is not None or call.started_ns is None:
        return "skipped"
    return "running" if call.duration_ns is None else ""


def collapse_key(dispatch: Dispatch) -> tuple[object, ...]:
    """Return what must be equal in two neighbours that are to stand as one row."""
    return (
        dispatch.signal, dispatch.sender, dispatch.method, dispatch.parent_id, dispatch.parent_call,
        dispatch.origin_id, dispatch.call_site, dispatch.state, dispatch.error,
        dispatch.transaction, dispatch.database,
        tuple((call.receiver, call.error, call.skipped) for call in dispatch.calls),
    )  # fmt: skip


def _took_kind(dispatches: Sequence[Dispatch], slow_ns: int) -> Weight:
    if any(dispatch.error is not None for dispatch in dispatches):
        return "error"
    if dispatches[0].duration_ns is None:
        return "running"
    return "slow" if any((one.duration_ns or 0) >= slow_ns for one in dispatches) else ""


def _tags(dispatches: Sequence[Dispatch]) -> tuple[Tag, ...]:
    first = dispatches[0]
    tags = []
    if first.error is not None:
        tags.append(Tag(wording.short(first.error), "error", first.error))
    if len(dispatches) > 1:
        tags.append(Tag(f"×{len(dispatches)}", "times", "Equal neighbours. Click to see each."))
    if first.transaction is not None and first.transaction.endswith("rolled back"):
        tags.append(_transaction_tag(first))
    queries = sum(call.query_count for one in dispatches for call in one.calls)
    if any(has_n_plus_one(call) for one in dispatches for call in one.calls):
        title = f"{wording.count(queries, 'query')}: a receiver ran the same SELECT over and over."
        tags.append(Tag("N+1", "slow", title))
    elif queries:
        tags.append(Tag(wording.count(queries, "query"), "slow" if queries > 9 else ""))
    # Of a request Django itself chose the method; beside an error there is no room.
    is_telling = first.error is None and wording.family(first.signal) != "request"
    if first.method != "send" and is_telling:
        tags.append(Tag(first.method.removeprefix("send_"), "", f"Sent by {first.method}()"))
    if first.transaction in ("open", "committed"):
        tags.append(_transaction_tag(first))
    return tuple(tags)


def _transaction_tag(dispatch: Dispatch) -> Tag:
    text, kind, title = wording.transaction(dispatch.transaction or "")
    where = "" if dispatch.database in (None, "default") else f" Database {dispatch.database}."
    return Tag(text, kind, title + where)


def _by_weight(dispatch: Dispatch) -> list[tuple[ReceiverCall, Weight]]:
    """Return the calls in order, those that failed or run moved into sight when there are many."""
    calls = [(call, call_weight(call)) for call in dispatch.calls]
    if len(calls) > _NAMES and not any(
        weight in ("error", "running") for _, weight in calls[:_NAMES]
    ):
        calls.sort(key=lambda pair: pair[1] not in ("error", "running"))
    return calls


def _sender(sender: str) -> str:
    return sender if sender.count(".") <= 1 or " " in sender else wording.short(sender)


def _primary_key(dispatches: Sequence[Dispatch]) -> str:
    instance = dispatches[0].arguments.get("instance")
    if len(dispatches) > 1 or not isinstance(instance, str) or " #" not in instance:
        return ""
    return "#" + instance.rpartition(" #")[2]
