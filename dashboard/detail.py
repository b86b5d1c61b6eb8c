"""What the detail of a dispatch shows: its tree over time, its origin. Pure: records in, words out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from dashboard import rows, wording
from dashboard.pictures.waterfall import WIDTH, Bar, bar
from tracer.dispatches import Argument, Dispatch, ReceiverCall

MAX_LINES = 400


@dataclasses.dataclass(frozen=True, slots=True)
class TreeLine:
    """One line of the tree: a dispatch, or a receiver call inside one."""

    dispatch: Dispatch
    call: ReceiverCall | None
    name: str
    full: str
    indent: int
    offset: str
    took: str
    bar: Bar | None
    """None for a receiver that was never reached."""
    weight: rows.Weight
    family: str
    is_open: bool
    error: str


@dataclasses.dataclass(frozen=True, slots=True)
class DetailView:
    """All that the detail's template needs."""

    dispatch: Dispatch
    name: str
    family: str
    instance: str
    took: str
    weight: rows.Weight
    queries: int
    arguments: tuple[tuple[str, str], ...]
    lines: tuple[TreeLine, ...]
    hidden: int
    """Lines of the tree that there is no room for."""
    width: int
    clock: str
    full_time: str


def detail_view(dispatch: Dispatch, tree: Sequence[Dispatch], slow_ns: int) -> DetailView:
    """Return the detail of a dispatch; `tree` is its root with all below it, as far as they are kept."""
    tree = tree or [dispatch]
    lines = list(_Tree(tree, dispatch, slow_ns).lines())
    instance = dispatch.arguments.get("instance")
    return DetailView(
        dispatch=dispatch,
        name=wording.short(dispatch.signal),
        family=wording.family(dispatch.signal),
        instance=instance if isinstance(instance, str) else "",
        took=wording.took_of(dispatch),
        weight=_weight(dispatch, slow_ns),
        queries=sum(call.query_count for call in dispatch.calls),
        arguments=tuple((name, _value(value)) for name, value in dispatch.arguments.items()),
        lines=tuple(lines[:MAX_LINES]),
        hidden=max(len(lines) - MAX_LINES, 0),
        width=WIDTH,
        clock=wording.clock(dispatch.started_us),
        full_time=wording.full_time(dispatch.started_us),
    )


class _Tree:
    """Walks a tree in the order in which things happened."""

    def __init__(self, tree: Sequence[Dispatch], opened: Dispatch, slow_ns: int) -> None:
        self._tree = tree
        self._opened = opened
        self._slow_ns = slow_ns
        self._begin_us = min(one.started_us for one in tree)
        self._total_ns = max(self._end_ns(one) for one in tree)
        self._below: dict[str, list[Dispatch]] = {}
        known = {one.id for one in tree}
        self._tops = [one for one in tree if one.parent_id not in known]
        for one in tree:
            if one.parent_id in known and one.parent_id is not None:
                self._below.setdefault(one.parent_id, []).append(one)

    def lines(self) -> Iterator[TreeLine]:
        """Yield dispatches and receiver calls, each dispatch under the call that made it."""
        # A stack of our own: a tree may be deeper than Python's.
        waiting: list[tuple[Dispatch, ReceiverCall | None, int]] = [
            (top, None, 0) for top in reversed(self._tops)
        ]
        while waiting:
            dispatch, call, indent = waiting.pop()
            if call is not None:
                yield self._call_line(dispatch, call, indent)
                continue
            yield self._dispatch_line(dispatch, indent)
            waiting.extend(reversed(list(self._inside(dispatch, indent + 1))))

    def _inside(
        self, dispatch: Dispatch, indent: int
    ) -> Iterator[tuple[Dispatch, ReceiverCall | None, int]]:
        below = self._below.get(dispatch.id, [])
        for index, call in enumerate(dispatch.calls):
            yield dispatch, call, indent
            for child in below:
                if child.parent_call == index:
                    yield child, None, indent + 1
        for child in below:
            if child.parent_call is None or child.parent_call >= len(dispatch.calls):
                yield child, None, indent

    def _dispatch_line(self, dispatch: Dispatch, indent: int) -> TreeLine:
        start_ns = self._start_ns(dispatch)
        return TreeLine(
            dispatch=dispatch,
            call=None,
            name=wording.short(dispatch.signal),
            full=dispatch.signal,
            indent=min(indent, 12),
            offset=_offset(start_ns),
            took="running" if dispatch.duration_ns is None else wording.took_of(dispatch),
            bar=bar(start_ns, dispatch.duration_ns, self._total_ns),
            weight=_weight(dispatch, self._slow_ns),
            family=wording.family(dispatch.signal),
            is_open=dispatch.id == self._opened.id,
            error="",
        )

    def _call_line(self, dispatch: Dispatch, call: ReceiverCall, indent: int) -> TreeLine:
        weight = rows.call_weight(call)
        if not weight and (call.duration_ns or 0) >= self._slow_ns:
            weight = "slow"
        start_ns = None if call.started_ns is None else self._start_ns(dispatch) + call.started_ns
        return TreeLine(
            dispatch=dispatch,
            call=call,
            name=wording.short(call.receiver),
            full=call.receiver,
            indent=min(indent, 12),
            offset="" if start_ns is None else _offset(start_ns),
            took=wording.took(call.duration_ns)
            or ("never reached" if start_ns is None else "running"),
            bar=None if start_ns is None else bar(start_ns, call.duration_ns, self._total_ns),
            weight=weight,
            family=wording.family(dispatch.signal),
            is_open=False,
            error=wording.short(call.error) if call.error is not None else "",
        )

    def _start_ns(self, dispatch: Dispatch) -> int:
        return (dispatch.started_us - self._begin_us) * 1_000

    def _end_ns(self, dispatch: Dispatch) -> int:
        calls = [(call.started_ns or 0) + (call.duration_ns or 0) for call in dispatch.calls]
        return self._start_ns(dispatch) + max(dispatch.duration_ns or 0, *calls, 1)


def _weight(dispatch: Dispatch, slow_ns: int) -> rows.Weight:
    if dispatch.error is not None:
        return "error"
    if dispatch.duration_ns is None:
        return "running"
    return "slow" if dispatch.duration_ns >= slow_ns else ""


def _offset(ns: int) -> str:
    return f"+{wording.took(ns)}" if ns else "0"


def _value(value: Argument) -> str:
    return (
        repr(value)
        if isinstance(value, str) and " #" not in value and not value.startswith("<")
        else str(value)
    )
