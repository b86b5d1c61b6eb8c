"""Two runs side by side, as lines and a summary. Pure: records in, words and numbers out; looks for no run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import islice

from dashboard.alignment import Pair, align, forest
from dashboard.compared_lines import Line, line_of
from dashboard.differences import Difference, Outcome, difference
from dashboard.notes import Note, summary
from tracer.dispatches import Dispatch

MAX_LINES = 2_000
FOLDED = 4
"""Lines without a difference, and with none below them, from which they are folded into one."""
MAX_UNFOLDED = 60
"""Lines that are shown all the same where nothing differs."""


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
    longest_ns = max(_took_ns(before), _took_ns(after), 1)
    pairs = _told_once(align(forest(before), forest(after)))
    lines = [line_of(pair, found, longest_ns) for pair, found in pairs]
    was, now = _queries(before), _queries(after)
    return Comparison(
        folds=tuple(_folds(lines[:MAX_LINES])),
        notes=tuple(summary((note for line in lines for note in line.notes), now - was)),
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
    return tuple(line_of(pair, Difference(), longest_ns) for pair in pairs)


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
