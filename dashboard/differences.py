"""What differs between two runs of the same call. Pure: a pair in, figures and findings out; renders nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Literal

from dashboard.alignment import Node, Pair
from dashboard.pictures.waterfall import covered_ns

Kind = Literal["new", "gone", "moved", "slower", "faster", "queries", "outcome"]

NOISE_NS = 5_000_000
"""A difference of five milliseconds is never called slower or faster, …"""
NOISE_SHARE = 4
"""… nor is one of a quarter of the shorter run."""


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """A statement, without any value, that one of two runs executed more often than the other."""

    sql: str
    before: int
    """How often it ran; 0: it came."""
    after: int
    """How often it ran; 0: it went."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Something of how two runs went that is not the same."""

    what: Literal["raised", "reached", "method", "transaction"]
    before: str
    """The type raised, `yes` for reached, the method, the transaction's outcome; "" for none."""
    after: str


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """What differs in a pair; with no kinds, nothing does."""

    kinds: tuple[Kind, ...] = ()
    slower_ns: int = 0
    """Nanoseconds of its own that it took more after; negative: less; 0 where that is noise or not known."""
    queries: int = 0
    """How many more queries of its own it made after; negative: fewer. Of what is new, or gone, all of them."""
    statements: tuple[Statement, ...] = ()
    """Those that came, then those that went or ran another number of times, in the order in which they ran."""
    outcomes: tuple[Outcome, ...] = ()
    moved: tuple[int, int] | None = None
    """As `Pair.moved`."""

    def without(self, outcome: Outcome) -> Difference:
        """Return the same without one of its outcomes."""
        rest = tuple(one for one in self.outcomes if one != outcome)
        kinds = tuple(kind for kind in self.kinds if rest or kind != "outcome")
        return dataclasses.replace(self, kinds=kinds, outcomes=rest)


def difference(pair: Pair) -> Difference:
    """
    Return what differs in a pair.

    *Slower* and *faster* speak of a receiver call's own time, without what it led to, so that one slow
    call is not told again of all that stand above it: the difference must be more than five milliseconds
    plus a quarter of the shorter of the two. Nothing is said of the time of what runs still, or never
    ran, nor of that of a dispatch itself, most of which is waiting for a thread.
    """
    old, new = pair.before, pair.after
    queries = _queries(new) - _queries(old)
    statements = _statements(old, new)
    if old is None or new is None:
        return Difference(("new",) if old is None else ("gone",), 0, queries, statements)
    slower_ns = _slower_ns(old, new)
    outcomes = _outcomes(old, new)
    kinds: list[Kind] = ["moved"] if pair.moved is not None else []
    if slower_ns:
        kinds.append("slower" if slower_ns > 0 else "faster")
    if queries or statements:
        kinds.append("queries")
    if outcomes:
        kinds.append("outcome")
    return Difference(tuple(kinds), slower_ns, queries, statements, outcomes, pair.moved)


def own_ns(node: Node) -> int | None:
    """Return how long a call took without what stands below it, in nanoseconds; None while it runs or never ran."""
    begin_ns, duration_ns = _span_ns(node)
    if begin_ns is None or duration_ns is None:
        return None
    spans = [_span_ns(one) for one in node.below]
    known = [
        (start, start + took) for start, took in spans if start is not None and took is not None
    ]
    return duration_ns - covered_ns(known, (begin_ns, begin_ns + duration_ns))


def raised(node: Node) -> str | None:
    """Return the type that a call raised itself, as a dotted name; None for none, or one that came from below."""
    error = _error(node)
    return None if error in {_error(one) for one in node.below} else error


def _error(node: Node) -> str | None:
    return node.dispatch.error if node.call is None else node.call.error


def _span_ns(node: Node) -> tuple[int | None, int | None]:
    begin_ns = node.dispatch.started_us * 1_000
    if node.call is None:
        return begin_ns, node.dispatch.duration_ns
    if node.call.started_ns is None:
        return None, None
    return begin_ns + node.call.started_ns, node.call.duration_ns


def _slower_ns(old: Node, new: Node) -> int:
    before, after = own_ns(old), own_ns(new)
    if before is None or after is None or old.call is None:
        return 0
    is_noise = abs(after - before) <= NOISE_NS + min(before, after) // NOISE_SHARE
    return 0 if is_noise else after - before


def _queries(node: Node | None) -> int:
    return node.call.query_count if node is not None and node.call is not None else 0


def _counts(node: Node | None) -> Counter[str]:
    counts: Counter[str] = Counter()
    if node is not None and node.call is not None:
        for query in node.call.queries:
            counts[query.sql] += query.count
    return counts


def _statements(old: Node | None, new: Node | None) -> tuple[Statement, ...]:
    before, after = _counts(old), _counts(new)
    found = [Statement(sql, before[sql], after[sql]) for sql in {**after, **before}]
    found.sort(key=lambda one: one.before > 0)
    return tuple(one for one in found if one.before != one.after)


def _outcomes(old: Node, new: Node) -> tuple[Outcome, ...]:
    if old.call is not None and new.call is not None:
        was_reached, is_reached = (one.started_ns is not None for one in (old.call, new.call))
        if was_reached != is_reached:
            reached = Outcome("reached", "yes" * was_reached, "yes" * is_reached)
            return (reached,)
    found = [Outcome("raised", raised(old) or "", raised(new) or "")]
    if old.call is None:
        found.append(Outcome("method", old.dispatch.method, new.dispatch.method))
        found.append(Outcome("transaction", *_transactions(old, new)))
    return tuple(one for one in found if one.before != one.after)


def _transactions(old: Node, new: Node) -> tuple[str, str]:
    """Return both outcomes; of one that is not known yet it is taken that it will be the other's."""
    before, after = old.dispatch.transaction or "", new.dispatch.transaction or ""
    is_open = before and after and "open" in (before, after)
    return ("", "") if is_open else (before, after)
