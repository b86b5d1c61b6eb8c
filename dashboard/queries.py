"""Tells an N+1 from queries that merely are many. Pure; renders nothing."""

from __future__ import annotations

from tracer.dispatches import Query, ReceiverCall

N_PLUS_ONE = 5
"""Equal SELECTs of one receiver call from which they count as an N+1: one query for each row of another."""


def is_n_plus_one(query: Query) -> bool:
    """Tell whether a receiver call read the same thing over and over, with other values."""
    return query.count >= N_PLUS_ONE and query.sql[:6].upper() == "SELECT"


def has_n_plus_one(call: ReceiverCall) -> bool:
    """Tell whether any of a call's statements is one."""
    return any(is_n_plus_one(query) for query in call.queries)
