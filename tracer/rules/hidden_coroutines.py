"""W008: an `async def` behind a sync decorator, which Django calls as a sync receiver and nobody awaits."""

from __future__ import annotations

import contextlib
import dis
import inspect
import itertools
import sys
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from tracer.rules import functions
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject

_ASYNC = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE
_RUNS = frozenset(
    """
    run run_until_complete run_forever run_sync run_coroutine_threadsafe async_to_sync sync_to_async AsyncToSync
    create_task ensure_future gather wait_for Task TaskGroup Runner start_soon spawn submit send
    call_soon call_soon_threadsafe iscoroutine iscoroutinefunction isawaitable markcoroutinefunction
    on_commit delay apply_async enqueue Thread
    """.split()  # noqa: SIM905
)
"""Names whose sight in a wrapper's code says that it may know what to do with a coroutine."""


def hidden_coroutines(connected: Iterable[Subject]) -> Iterator[Finding]:
    """Yield one finding for each such connection; looks at code objects only."""
    for each in connected:
        receiver = functions.function_of(each.receiver)
        if receiver is None or each.connection.is_async or functions.is_djangos(receiver.__code__):
            continue
        wrappers = _wrappers_of_async(receiver)
        if not wrappers or any(_may_run(one) for one in wrappers):
            continue
        yield Finding(
            id="W008",
            signal=each.signal_name,
            receiver=each.name,
            sender=each.sender_words,
            place=each.place,
            text=(
                f"{each.name} is an async def behind a sync decorator: {each.signal_short} calls it as a sync "
                "receiver, gets a coroutine, and nobody awaits it, so that it never runs, with asend neither."
            ),
            hint=(
                "Let the decorator give back an async function:\n\n"
                "    @functools.wraps(function)\n"
                "    async def wrapper(*args, **kwargs):\n"
                "        return await function(*args, **kwargs)"
            ),
            tag="never awaited",
        )


def _wrappers_of_async(function: FunctionType, depth: int = 8) -> list[FunctionType]:
    """Return the functions from the outermost to the last one before an `async def`; empty where there is none."""
    if depth == 0 or function.__code__.co_flags & (_ASYNC | inspect.CO_ASYNC_GENERATOR):
        return []
    called = [function.__dict__.get("__wrapped__"), *_called_from_closure(function)]
    for inner in map(functions.function_of, called):
        if inner is not None and inner.__code__.co_flags & _ASYNC:
            return [function]
        if inner is not None and (rest := _wrappers_of_async(inner, depth - 1)):
            return [function, *rest]
    return []


def _called_from_closure(function: FunctionType) -> list[object]:
    """Return what a function closes over and calls itself, rather than handing it on."""
    if not function.__closure__:
        return []
    code = function.__code__
    steps = [(step.opname, step.argval) for step in dis.get_instructions(code)]
    called = set()
    for one, other in itertools.pairwise(steps):
        # What is called has a NULL beside it on the stack: below it, from 3.13 on above it.
        null, load = (other, one) if sys.version_info >= (3, 13) else (one, other)
        if null[0] == "PUSH_NULL" and load[0] == "LOAD_DEREF":
            called.add(load[1])
    found: list[object] = []
    for name, cell in zip(code.co_freevars, function.__closure__, strict=True):
        with contextlib.suppress(ValueError):  # A cell that is empty yet.
            if name in called:
                found.append(cell.cell_contents)
    return found


def _may_run(function: FunctionType) -> bool:
    """Tell whether a wrapper shows a way to run a coroutine: itself, by a function it calls, or by an object."""
    names = _names(function)
    if names & _RUNS:
        return True
    known: list[Any] = [function.__globals__.get(name) for name in names] + functions.cells_of(
        function
    )
    for thing in known:
        kind = type(thing)
        if kind is FunctionType:
            if not thing.__code__.co_flags & _ASYNC and _names(thing) & _RUNS:
                return True
        elif not issubclass(kind, type) and _is_callable_object(kind):
            return True
    return False


def _names(function: FunctionType) -> set[str]:
    return {
        name
        for code in functions.codes_within(function.__code__)
        for name in (*code.co_names, *code.co_freevars)
    }


def _is_callable_object(kind: type) -> bool:
    # Such as AsyncToSync, or a task queue's task.
    return type(functions.attribute_of_type(kind, "__call__")) is FunctionType
