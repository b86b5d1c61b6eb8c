"""Two runs side by side, as lines and a summary. Pure: records in, words and numbers out; looks for no run."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from dashboard import wording
from dashboard.alignment import Node, Pair, align, forest
from dashboard.differences import Difference, Kind, Outcome, Statement, difference
from tracer.dispatches import Dispatch

MAX_LINES = 2_000
BAR_PX = 48
KINDS: tuple[Kind, ...] = ("new", "gone", "slower", "faster", "queries")
FOLDED = 4
"""Lines without a difference, and with none below them, from which they are folded into one."""

MAX_UNFOLDED = 60
"""Lines that are shown all the same where nothing differs."""


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
class Note:
    """A word on what differs, and of what kind it is."""

    text: str
    kind: Kind
    is_better: bool = False
    title: str = ""


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


@dataclasses.dataclass(frozen=True, slots=True)
class Fold:
    """Neighbouring lines that are shown together, or of which only the number is until somebody asks."""

    lines: tuple[Line, ...]
    is_folded: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """All that two runs have, line by line, and how much of it differs."""

    folds: tuple[Fold, ...]
    notes: tuple[Note, ...]
    """The summary; empty when nothing differs."""
    lines: int
    hidden: int
    """Lines that there is no room for; the summary counts them too."""
    before_ns: int
    """From the first start to the last end that is known."""
    after_ns: int
    before_queries: int
    after_queries: int


def compare(before: Sequence[Dispatch], after: Sequence[Dispatch]) -> Comparison:
    """Return two runs side by side; each is whole trees, parents before children, and has a dispatch at least."""
    lines: list[Line] = []
    longest_ns = max(_took_ns(before), _took_ns(after), 1)
    for pair, found in _told_once(align(forest(before), forest(after))):
        lines.append(_line(pair, found, longest_ns))
    was, now = _queries(before), _queries(after)
    return Comparison(
        folds=tuple(_folds(lines[:MAX_LINES])),
        notes=tuple(_summary(lines, now - was)),
        lines=len(lines),
        hidden=max(len(lines) - MAX_LINES, 0),
        before_ns=_took_ns(before),
        after_ns=_took_ns(after),
        before_queries=was,
        after_queries=now,
    )


def one_side(before: Sequence[Dispatch]) -> tuple[Line, ...]:
    """Return the lines of a run that has none after it yet."""
    longest_ns = max(_took_ns(before), 1)
    pairs = islice(align(forest(before), ()), MAX_LINES)
    return tuple(_line(pair, Difference(), longest_ns) for pair in pairs)


def _told_once(pairs: Iterator[Pair]) -> Iterator[tuple[Pair, Difference]]:
    """Yield pairs with what differs; what became of a transaction only at the first of the dispatches in it."""
    told: Outcome | None = None
    for pair in pairs:
        found = difference(pair)
        if pair.before is not None and pair.after is not None and pair.before.call is None:
            turn = next((one for one in found.outcomes if one.what == "transaction"), None)
            if turn is not None and turn == told:
                found = found.without(turn)
            told = turn
        yield pair, found


def _line(pair: Pair, found: Difference, longest_ns: int) -> Line:
    node = pair.after or pair.before
    return Line(
        before=_side(pair.before, longest_ns),
        after=_side(pair.after, longest_ns),
        is_call=node is not None and node.call is not None,
        depth=pair.depth,
        notes=tuple(_notes(found)),
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


def _notes(found: Difference) -> Iterator[Note]:
    for kind in found.kinds:
        if kind in ("new", "gone"):
            yield Note(kind, kind)
        elif kind in ("slower", "faster"):
            sign = "+" if found.slower_ns > 0 else "−"
            text = f"{kind} {sign}{wording.took(abs(found.slower_ns))}"
            yield Note(text, kind, kind == "faster", "Of its own time, without what it led to.")
        elif kind == "queries":
            yield _queries_note(found.queries)
        else:
            yield from (_outcome_note(one) for one in found.outcomes)


def _queries_note(more: int) -> Note:
    if not more:
        return Note(
            "other queries", "queries", title="As many queries as before, but not the same."
        )
    sign = "+" if more > 0 else "−"
    return Note(f"{sign}{wording.count(abs(more), 'query')}", "queries", more < 0)


def _outcome_note(one: Outcome) -> Note:
    title = f"before: {one.before or 'none'} · after: {one.after or 'none'}"
    if one.what == "reached":
        return Note("reached" if one.after else "never reached", "outcome", bool(one.after))
    if one.what == "raised":
        if not one.after:
            return Note(f"raises {wording.short(one.before)} no more", "outcome", True, title)
        return Note(f"raises {wording.short(one.after)}", "outcome", title=title)
    if one.what == "transaction":
        word = {"": "autocommit", "open": "in a transaction"}.get(one.after, one.after)
        return Note(word, "outcome", one.after == "committed", title)
    return Note(f"by {one.after}()", "outcome", title=title)


def _summary(lines: Sequence[Line], more_queries: int) -> Iterator[Note]:
    """Yield how much of each kind there is; other outcomes first, in their own words."""
    notes = [note for line in lines for note in line.notes]
    outcomes = Counter((note.text, note.is_better) for note in notes if note.kind == "outcome")
    for (text, is_better), number in outcomes.items():
        counted = f"{wording.count(number)} {text}" if number > 1 else text
        yield Note(counted, "outcome", is_better)
    counts = Counter(note.kind for note in notes)
    for kind in KINDS:
        if kind == "queries" and (more_queries or counts[kind]):
            yield _queries_note(more_queries)
        elif kind != "queries" and counts[kind]:
            yield Note(f"{wording.count(counts[kind])} {kind}", kind, kind == "faster")


def _folds(lines: Sequence[Line]) -> Iterator[Fold]:
    """Yield the lines in order, those together that lead to no difference."""
    is_needed = [line.state != "same" for line in lines]
    above = 0
    for at in range(len(lines) - 1, -1, -1):
        # What a difference stands below is needed to see where it is.
        if is_needed[at] or lines[at].depth < above:
            is_needed[at], above = True, lines[at].depth
    is_small = not any(is_needed) and len(lines) <= MAX_UNFOLDED
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or is_needed[at] != is_needed[start]:
            is_folded = not is_needed[start] and at - start >= FOLDED and not is_small
            yield Fold(tuple(lines[start:at]), is_folded)
            start = at


def _queries(dispatches: Sequence[Dispatch]) -> int:
    return sum(call.query_count for one in dispatches for call in one.calls)


def _took_ns(dispatches: Sequence[Dispatch]) -> int:
    begin_us = min(one.started_us for one in dispatches)
    return max((one.started_us - begin_us) * 1_000 + (one.duration_ns or 0) for one in dispatches)
