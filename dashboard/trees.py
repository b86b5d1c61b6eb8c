"""Trees of dispatches as lines over time, for the waterfall. Pure: records in, words and coordinates out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from dashboard import rows, wording
from dashboard.pictures.waterfall import WIDTH, Bar, Tick, bar, covered_ns, hollow, marks, ticks
from tracer.dispatches import Dispatch, ReceiverCall
from tracer.trees.walking import below_each

MAX_LINES = 2_000


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
    bar: Bar
    """Of a receiver that was never reached: where it would have run."""
    queries: int
    marks: str
    """SVG path of its queries."""
    weight: rows.Weight
    family: str
    is_open: bool
    error: str
    shares: str = ""
    """How much of its time is its own, and how much is of what stands below it; "" if nothing does."""

    @property
    def classes(self) -> str:
        """Return the classes of its line; here and not in the template, for there may be thousands."""
        return (
            "sb-tree-line"
            + (" sb-is-call" if self.call is not None else "")
            + (" sb-is-open" if self.is_open else "")
            + (f" sb-took-{self.weight}" if self.weight else "")
        )

    @property
    def rect(self) -> str:
        """Return the class of its bar."""
        if self.call is None:
            return f"sb-bar-{self.family}"
        return "sb-bar-hollow" if self.weight == "skipped" else "sb-bar-call"

    @property
    def title(self) -> str:
        """Return its name in full and where it stands."""
        place = None if self.call is None else self.call.place
        return wording.visible(self.full if place is None else f"{self.full} · {place}")


@dataclasses.dataclass(frozen=True, slots=True)
class TreeView:
    """The waterfall of one tree, or of all trees of an origin."""

    lines: tuple[TreeLine, ...]
    hidden: int
    """Lines that there is no room for."""
    ticks: tuple[Tick, ...]
    root_id: str
    can_zoom: bool
    width: int = WIDTH

    @property
    def grid(self) -> str:
        """Return the SVG path of the ticks through a line."""
        return "".join(f"M{tick.x} 0v16" for tick in self.ticks)


def tree_view(
    tree: Sequence[Dispatch], opened: Dispatch | None, slow_ns: int, now_us: int | None = None
) -> TreeView:
    """
    Return dispatches, parents before children, as a waterfall from the first start to the last end.

    What still runs reaches until `now_us`, in microseconds since the epoch, where that is given; else
    somewhat beyond what has ended.
    """
    walk = _Walk(tree, opened, slow_ns, now_us)
    lines = list(walk.lines())
    return TreeView(
        lines=tuple(lines[:MAX_LINES]),
        hidden=max(len(lines) - MAX_LINES, 0),
        ticks=ticks(walk.total_ns),
        root_id=tree[0].root_id,
        can_zoom=len(lines) > 2,
    )


_Place = tuple[Dispatch, int, Bar | None]
"""A dispatch that is yet to be drawn, how far it is indented, and the bar of the call that made it."""


class _Walk:
    """Walks a tree in the order in which things happened."""

    def __init__(
        self,
        tree: Sequence[Dispatch],
        opened: Dispatch | None,
        slow_ns: int,
        now_us: int | None,
    ) -> None:
        self._opened_id = opened.id if opened is not None else None
        self._slow_ns = slow_ns
        self._begin_us = min(one.started_us for one in tree)
        self.total_ns = max(self._end_ns(one) for one in tree)
        if any(one.duration_ns is None for one in tree):
            # Room for what still runs, after what has ended.
            room_ns = max(self.total_ns // 4, 1)
            until_ns = 0 if now_us is None else (now_us - self._begin_us) * 1_000
            self.total_ns = max(self.total_ns + room_ns, until_ns)
        self._tops, self._below = below_each(tree)

    def lines(self) -> Iterator[TreeLine]:
        """Yield dispatches and receiver calls, each dispatch under the call that made it."""
        # A stack of our own: a tree may be deeper than Python's.
        waiting: list[TreeLine | _Place] = [(top, 0, None) for top in reversed(self._tops)]
        while waiting:
            line = waiting.pop()
            if not isinstance(line, TreeLine):
                dispatch, indent, outer = line
                line = self._dispatch_line(dispatch, indent, outer)
                waiting += reversed(list(self._inside(dispatch, indent + 1, line.bar)))
            yield line

    def _inside(self, dispatch: Dispatch, indent: int, outer: Bar) -> Iterator[TreeLine | _Place]:
        before: Bar | None = None
        for index in range(len(dispatch.calls)):
            line = self._call_line(dispatch, index, indent, outer, before)
            yield line
            before = line.bar
            for child in self._below.get((dispatch.id, index), []):
                yield child, indent + 1, line.bar
        for child in self._below.get((dispatch.id, None), []):
            yield child, indent, outer

    def _dispatch_line(self, dispatch: Dispatch, indent: int, outer: Bar | None) -> TreeLine:
        start_ns = self._start_ns(dispatch)
        return TreeLine(
            dispatch=dispatch,
            call=None,
            name=wording.short(dispatch.signal),
            full=dispatch.signal,
            indent=min(indent, 12),
            offset=_offset(start_ns),
            took="running" if dispatch.duration_ns is None else wording.took_of(dispatch),
            bar=bar(start_ns, dispatch.duration_ns, self.total_ns, outer),
            queries=0,
            marks="",
            weight=weight_of(dispatch, self._slow_ns),
            family=wording.family(dispatch.signal),
            is_open=dispatch.id == self._opened_id,
            error="",
            shares=_shares(
                start_ns,
                dispatch.duration_ns,
                [
                    (start_ns + call.started_ns, start_ns + call.started_ns + call.duration_ns)
                    for call in dispatch.calls
                    if call.started_ns is not None and call.duration_ns is not None
                ],
            ),
        )

    def _call_line(
        self, dispatch: Dispatch, index: int, indent: int, outer: Bar, before: Bar | None
    ) -> TreeLine:
        call = dispatch.calls[index]
        weight = rows.call_weight(call)
        if not weight and (call.duration_ns or 0) >= self._slow_ns:
            weight = "slow"
        if call.started_ns is None:
            place, offset, queries, shares = hollow(before, outer), "", "", ""
        else:
            began_ns = self._start_ns(dispatch)
            start_ns = began_ns + call.started_ns
            place = bar(start_ns, call.duration_ns, self.total_ns, outer)
            offset = _offset(start_ns)
            at_ns = (began_ns + at for query in call.queries for at in query.at_ns)
            queries = marks(at_ns, self.total_ns, place)
            shares = _shares(start_ns, call.duration_ns, self._spans_ns(dispatch, index))
        return TreeLine(
            dispatch=dispatch,
            call=call,
            name=wording.short(call.receiver),
            full=call.receiver,
            indent=min(indent, 12),
            offset=offset,
            took=wording.took(call.duration_ns)
            or ("never reached" if call.started_ns is None else "running"),
            bar=place,
            queries=call.query_count,
            marks=queries,
            weight=weight,
            family=wording.family(dispatch.signal),
            is_open=False,
            error=wording.short(call.error) if call.error is not None else "",
            shares=shares,
        )

    def _spans_ns(self, dispatch: Dispatch, index: int) -> list[tuple[int, int]]:
        return [
            (self._start_ns(child), self._start_ns(child) + child.duration_ns)
            for child in self._below.get((dispatch.id, index), [])
            if child.duration_ns is not None
        ]

    def _start_ns(self, dispatch: Dispatch) -> int:
        return (dispatch.started_us - self._begin_us) * 1_000

    def _end_ns(self, dispatch: Dispatch) -> int:
        calls = [(call.started_ns or 0) + (call.duration_ns or 0) for call in dispatch.calls]
        return self._start_ns(dispatch) + max(dispatch.duration_ns or 0, *calls, 1)


def weight_of(dispatch: Dispatch, slow_ns: int) -> rows.Weight:
    """Return how a dispatch is to be shown."""
    if dispatch.error is not None:
        return "error"
    if dispatch.duration_ns is None:
        return "running"
    return "slow" if dispatch.duration_ns >= slow_ns else ""


def _offset(ns: int) -> str:
    return f"+{wording.took(ns)}" if ns else "0"


def _shares(begin_ns: int, duration_ns: int | None, below_ns: list[tuple[int, int]]) -> str:
    if duration_ns is None or not below_ns:
        return ""
    below = covered_ns(below_ns, (begin_ns, begin_ns + duration_ns))
    return f"{wording.took(duration_ns - below)} of its own, {wording.took(below)} below"
