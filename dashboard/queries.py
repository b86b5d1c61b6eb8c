"""Tells an N+1 from queries that merely are many, and sums those of many calls. Pure; renders nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from tracer.dispatches import Query, ReceiverCall

N_PLUS_ONE = 5
"""Equal SELECTs of one receiver call from which they count as an N+1: one query for each row of another."""


def is_n_plus_one(query: Query) -> bool:
    """Tell whether a receiver call read the same thing over and over, with other values."""
    return query.count >= N_PLUS_ONE and query.sql[:6].upper() == "SELECT"


def has_n_plus_one(call: ReceiverCall) -> bool:
    """Tell whether any of a call's statements is one."""
    return any(is_n_plus_one(query) for query in call.queries)


MOST_SUMS = 20


@dataclasses.dataclass(slots=True)
class Sum:
    """One statement over all calls of a receiver."""

    sql: str
    count: int = 0
    duration_ns: int = 0
    is_n_plus_one: bool = False
    """Whether it was one in any of the calls."""


@dataclasses.dataclass(frozen=True, slots=True)
class Executed:
    """The queries of all calls of a receiver, as far back as dispatches are kept."""

    count: int
    duration_ns: int
    calls: int
    """Of those that were executed at all, with queries or without."""
    sums: tuple[Sum, ...]
    """What took longest first, `MOST_SUMS` at most."""
    hidden: int
    """Statements beyond those."""

    @property
    def per_call(self) -> str:
        """Return how many there are to a call: `13`, `2.5`."""
        return f"{self.count / self.calls:.1f}".removesuffix(".0")


def executed(calls: Iterable[ReceiverCall]) -> Executed | None:
    """Return the queries of calls, equal statements as one, or None when there was none."""
    count = duration_ns = number = 0
    sums: dict[str, Sum] = {}
    for call in calls:
        if call.started_ns is None:
            continue
        number += 1
        count += call.query_count
        duration_ns += call.query_ns
        for query in call.queries:
            one = sums.setdefault(query.sql, Sum(query.sql))
            one.count += query.count
            one.duration_ns += query.duration_ns
            one.is_n_plus_one |= is_n_plus_one(query)
    if not count:
        return None
    ordered = sorted(sums.values(), key=lambda one: -one.duration_ns)
    return Executed(
        count=count,
        duration_ns=duration_ns,
        calls=number,
        sums=tuple(ordered[:MOST_SUMS]),
        hidden=len(ordered[MOST_SUMS:]),
    )
