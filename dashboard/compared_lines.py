"""One line of two runs side by side. Pure: a pair and what differs in it in, words and numbers out."""

from __future__ import annotations

import dataclasses

from dashboard import wording
from dashboard.alignment import Node, Pair
from dashboard.differences import Difference, Statement
from dashboard.notes import Note, notes_of

BAR_PX = 48


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """A call as one of the two runs had it."""

    name: str
    full: str
    sender: str
    """Of a dispatch; empty for a receiver call."""
    dispatch_id: str
    family: str
    took: str
    """With its unit; `running`, `never reached`, or empty for an unheard dispatch."""
    bar: int
    """Pixels of `BAR_PX`, which is what the longer run took as a whole."""
    queries: int
    error: str


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """What stands side by side: at least one of the two."""

    before: Side | None
    after: Side | None
    is_call: bool
    depth: int
    notes: tuple[Note, ...]
    statements: tuple[Statement, ...]

    @property
    def indent(self) -> int:
        """Return how far it is indented; there is room for twelve steps."""
        return min(self.depth, 12)

    @property
    def state(self) -> str:
        """Return `new`, `gone`, `changed` or `same`."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "changed" if self.notes else "same"


def line_of(pair: Pair, found: Difference, longest_ns: int) -> Line:
    """Return the line of a pair; its bars are parts of `longest_ns`, which is what the longer run took as a whole."""
    node = pair.after or pair.before
    return Line(
        before=_side(pair.before, longest_ns),
        after=_side(pair.after, longest_ns),
        is_call=node is not None and node.call is not None,
        depth=pair.depth,
        notes=tuple(notes_of(found)),
        statements=found.statements,
    )


def _side(node: Node | None, longest_ns: int) -> Side | None:
    if node is None:
        return None
    dispatch, call = node.dispatch, node.call
    if call is None:
        full, took = dispatch.signal, wording.took_of(dispatch)
        is_running = dispatch.duration_ns is None
    else:
        full, took = call.receiver, wording.took(call.duration_ns)
        is_running = call.started_ns is not None and call.duration_ns is None
        took = "never reached" if call.started_ns is None else took
    error = (dispatch if call is None else call).error
    return Side(
        name=wording.short(full),
        full=full,
        sender=(dispatch.sender or "") if call is None else "",
        dispatch_id=dispatch.id,
        family=wording.family(dispatch.signal),
        took="running" if is_running else took,
        bar=_bar_px((dispatch if call is None else call).duration_ns, longest_ns),
        queries=call.query_count if call is not None else 0,
        error=wording.short(error) if error is not None else "",
    )


def _bar_px(duration_ns: int | None, longest_ns: int) -> int:
    return max(round(BAR_PX * min((duration_ns or 0) / longest_ns, 1)), 1 if duration_ns else 0)
