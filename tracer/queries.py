"""Turns the queries of a dispatch, as they were written down, into what its receiver calls keep of them."""

from __future__ import annotations

from dataclasses import dataclass

from tracer import statements
from tracer.dispatches import Query
from tracer.running import Running

MOST_STATEMENTS = 50
"""Of one receiver call."""
MOST_STARTS = 100
"""Of one statement."""

Written = tuple[int, int, int, str]
"""As `Running.queries` holds them."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What one receiver call executed; `count` and `duration_ns` are those of all, whatever is shown."""

    count: int
    duration_ns: int
    statements: tuple[Query, ...]


NONE = Executed(0, 0, ())


def executed_by_call(running: Running) -> dict[int, Executed]:
    """Return what each of the calls executed so far, by its index; calls that executed nothing are left out."""
    by_call: dict[int, list[Written]] = {}
    # Copied at once: its thread may be adding to it.
    for query in tuple(running.queries or ()):
        by_call.setdefault(query[0], []).append(query)
    more = dict(running.more_queries or ())
    for call in more:
        by_call.setdefault(call, [])
    return {
        call: _executed(written, running.started_ns, *more.get(call, (0, 0)))
        for call, written in by_call.items()
    }


def _executed(written: list[Written], started_ns: int, more: int, more_ns: int) -> Executed:
    took_ns = sum(ended_ns - began_ns for _, began_ns, ended_ns, _ in written)
    return Executed(len(written) + more, took_ns + more_ns, _statements(written, started_ns))


def _statements(written: list[Written], started_ns: int) -> tuple[Query, ...]:
    """Return the statements in the order of their first, equal ones counted."""
    alike: dict[str, list[Written]] = {}
    for query in written:
        alike.setdefault(statements.shape(query[3]), []).append(query)
    return tuple(
        Query(
            sql=sql,
            count=len(same),
            duration_ns=sum(ended_ns - began_ns for _, began_ns, ended_ns, _ in same),
            at_ns=tuple(began_ns - started_ns for _, began_ns, _, _ in same[:MOST_STARTS]),
        )
        for sql, same in list(alike.items())[:MOST_STATEMENTS]
    )
