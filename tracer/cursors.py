"""
Django's `CursorWrapper._execute` and `_executemany` line by line, with a clock for what a receiver call executes.

Its frames stand in the host's tracebacks where Django's stood, unless another library had put its own there;
`tests/tracer/test_cursors.py` holds it against the source of the Django that is installed. It looks at no parameter
and at nothing of a statement that is not a plain string.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from django.apps import apps
from django.db.backends import utils
from django.db.backends.utils import CursorWrapper

from tracer import conf, context, faults, transactions
from tracer.running import PLACE, Branch, Running
from tracer.switch import switch
from tracer.wrapped import Replaced, is_code_of

MOST_QUERIES = 10_000
"""Of one dispatch; of those beyond, only the number and the time are kept."""
MOST_SQL = 2_000
"""Characters that are kept of a statement until it is put into words."""
NOT_PLAIN = "(not a plain string)"

_STATEMENTS = transactions.STATEMENTS
_STARTS = frozenset(statement[:2] for statement in _STATEMENTS)
_CALLS = frozenset([Running, Branch])
"""What says that a receiver is being called."""
_is_counting = True


def wrap() -> None:
    """Put ours in place, around what is there; doing it twice is doing it once."""
    global _is_counting
    _is_counting = conf.current().QUERIES
    for replaced in _replaced:
        replaced.put_in()


def unwrap() -> None:
    """Put back what was there; where somebody wrapped ours, it stays and only passes through."""
    for replaced in _replaced:
        replaced.put_back()


def _execute_around(original: Callable[..., Any]) -> Callable[..., Any]:
    if not is_code_of(original, utils.__file__):
        return _around_anothers(original)

    @functools.wraps(original)
    def _execute(self: Any, sql: Any, params: Any, *ignored_wrapper_args: Any) -> Any:
        if not switch.installed or (not apps.ready and not apps.stored_app_configs):
            return original(self, sql, params, *ignored_wrapper_args)
        place = PLACE.get()
        self.db.validate_no_broken_transaction()
        if type(place) in _CALLS and _is_counting:
            began_ns = perf_counter_ns()
            try:
                with self.db.wrap_database_errors:
                    if params is None:  # noqa: SIM108  # as it stands in Django
                        result = self.cursor.execute(sql)
                    else:
                        result = self.cursor.execute(sql, params)
            finally:
                _note(place, sql, began_ns)
        else:
            with self.db.wrap_database_errors:
                if params is None:  # noqa: SIM108  # as it stands in Django
                    result = self.cursor.execute(sql)
                else:
                    result = self.cursor.execute(sql, params)
        if type(sql) is str and sql[:2] in _STARTS and sql.startswith(_STATEMENTS):
            transactions.said(self.db, sql)
        return result

    return _execute


def _executemany_around(original: Callable[..., Any]) -> Callable[..., Any]:
    if not is_code_of(original, utils.__file__):
        return _around_anothers(original)

    @functools.wraps(original)
    def _executemany(self: Any, sql: Any, param_list: Any, *ignored_wrapper_args: Any) -> Any:
        if not switch.installed or (not apps.ready and not apps.stored_app_configs):
            return original(self, sql, param_list, *ignored_wrapper_args)
        place = PLACE.get()
        self.db.validate_no_broken_transaction()
        if type(place) not in _CALLS or not _is_counting:
            with self.db.wrap_database_errors:
                return self.cursor.executemany(sql, param_list)
        began_ns = perf_counter_ns()
        try:
            with self.db.wrap_database_errors:
                return self.cursor.executemany(sql, param_list)
        finally:
            _note(place, sql, began_ns)

    return _executemany


def _around_anothers(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what stands around the method that another library put in Django's place, either of the two."""

    @functools.wraps(original)
    def execute(self: Any, sql: Any, *arguments: Any) -> Any:
        if not switch.installed:
            return original(self, sql, *arguments)
        place = PLACE.get()
        is_timed = type(place) in _CALLS and _is_counting
        began_ns = perf_counter_ns()
        try:
            result = original(self, sql, *arguments)
        finally:
            if is_timed:
                _note(place, sql, began_ns)
        if type(sql) is str and sql.startswith(_STATEMENTS):
            transactions.said(self.db, sql)
        return result

    return execute


def _note(place: Any, sql: Any, began_ns: int) -> None:
    """Write a query down with the receiver call that executed it."""
    try:
        ended_ns = perf_counter_ns()
        running, call, _, _ = context.found(place)
        if running is None or call is None:
            # Whatever received is over, or what happens here is quiet.
            return
        queries = running.queries
        if queries is None:
            queries = running.queries = []
        if len(queries) >= MOST_QUERIES:
            more = running.more_queries
            if more is None:
                more = running.more_queries = {}
            number, took_ns = more.get(call, (0, 0))
            more[call] = number + 1, took_ns + ended_ns - began_ns
            return
        if type(sql) is not str:
            sql = NOT_PLAIN
        elif len(sql) > MOST_SQL:
            sql = sql[:MOST_SQL]
        queries.append((call, began_ns, ended_ns, sql))
    except Exception:  # noqa: BLE001
        faults.report("writing down a query")


_replaced = [
    Replaced(CursorWrapper, "_execute", _execute_around),
    Replaced(CursorWrapper, "_executemany", _executemany_around),
]
