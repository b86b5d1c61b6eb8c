"""Turns a dispatch as it was written down into the record that is kept, on the recorder's thread."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable

from tracer import (
    credentials,
    forks,
    naming,
    process,
    queries,
    signal_names,
    transactions,
    words,
)
from tracer.dispatches import Dispatch, ReceiverCall, State
from tracer.routes import Route, RouteWords
from tracer.running import Failure, Origin, Running, next_number
from tracer.switch import switch
from tracer.time_of_day import time_of_day

Span = tuple[int, int | None]


def give_id(running: Running) -> None:
    """Give a dispatch its id, which holds its number in start order, after those around it."""
    give_ids([running])


def give_ids(begun: Iterable[Running]) -> None:
    """Give dispatches their ids, in the order in which they came out of the ring."""
    token = _this()[0]
    for running in begun:
        parent = running.parent
        if parent is not None and not parent.id:
            # They found the ring full; what they set off is told of them all the same.
            for outer in reversed(_without_id(parent)):
                outer.id = f"{token}-{next_number()}"
        if not running.id:
            running.id = f"{token}-{next_number()}"


def _without_id(running: Running | None) -> list[Running]:
    found = []
    while running is not None and not running.id:
        found.append(running)
        running = running.parent
    return found


def root_of(running: Running) -> Running:
    """Return the outermost dispatch around one."""
    return tree_of(running)[0]


def tree_of(running: Running) -> tuple[Running, int]:
    """Return the outermost dispatch around one, and how many there are around it; on the recorder's thread."""
    if running.tree is not None or running.parent is None:
        return running.tree or (running, 0)
    below = []
    outer = running
    while outer.tree is None and outer.parent is not None:
        below.append(outer)
        outer = outer.parent
    root, depth = outer.tree or (outer, 0)
    for each in reversed(below):
        depth += 1
        each.tree = root, depth
    return root, depth


def dispatch_of(running: Running) -> Dispatch:
    """Return the record of a dispatch as it stands; state `running` when it is not over."""
    route, times = running.route, running.times
    signal, sender, receivers = route.words or words_of(route)
    error: str | None = None
    state: State = "ok"
    duration_ns: int | None
    if (
        running.spans is None
        and running.error is None
        and running.failures is None
        and running.queries is None
        and len(times) > route.count
    ):
        # As nearly all dispatches are: over, the receivers one after the other, none of which raised.
        started_ns = times[0]
        duration_ns = times[-1] - started_ns
        calls = _plain_calls(receivers, times)
    else:
        is_over = running.is_over
        started_ns = running.started_ns
        duration_ns = times[-1] - started_ns if is_over else None
        calls = _calls(running, receivers, is_over=is_over)
        if running.error is not None:
            error = running.error.name
        elif running.failures:
            error = next(call.error for call in calls if call.error is not None)
        if not is_over:
            state = "running"
        elif error is not None:
            state = "error"
    root, depth = (running, 0) if running.parent is None else tree_of(running)
    transaction = database = None
    if running.blocks:
        block = transactions.block_of(running)
        if block is not None:
            transaction, database = transactions.outcome_of(block), block.alias
    origin = running.origin
    origin_words = origin_id = enqueued_by = None
    if origin is not None:
        origin_words, origin_id = origin.words or name_origin(origin)
        enqueued_by = origin.enqueued_by
    thread = running.thread
    # By position, in their order: by keyword so many take twenty times as long.
    return Dispatch(
        running.id,
        _this()[1],
        _threads.get(thread) or f"thread {thread}",
        signal,
        running.method,
        (started_ns + time_of_day.offset_ns) // 1000,
        state,
        root.id,
        None if running.task is None else naming.clean(running.task),
        sender,
        duration_ns,
        error,
        None if running.parent is None else running.parent.id,
        running.parent_call,
        depth,
        origin_words,
        origin_id,
        enqueued_by,
        None if root.trace is None else words.trace_words(root.trace),
        words.site_words(running.site, running.offset),
        running.shape.words(running.values),
        calls,
        transaction,
        database,
    )


def words_of(route: Route) -> RouteWords:
    """Return signal, sender and receivers in words, and keep them once the signal has its name."""
    found = (
        _signal_words(route.signal),
        words.sender_words(route.sender),
        [words.receiver_words(receiver) for receiver in route.receivers],
    )
    if route.signal.name is not None:
        route.words = found
    return found


def _plain_calls(
    receivers: list[tuple[str, str | None]], times: list[int]
) -> tuple[ReceiverCall, ...]:
    """Return the calls of receivers that ran one after the other, and of which none raised."""
    started_ns = times[0]
    if len(receivers) == 1:
        ((name, place),) = receivers
        return (ReceiverCall(name, place, 0, times[1] - started_ns),)
    return tuple(
        [
            ReceiverCall(name, place, began - started_ns, ended - began)
            for (name, place), began, ended in zip(receivers, times, times[1:], strict=False)
        ]
    )


def _calls(
    running: Running, receivers: list[tuple[str, str | None]], *, is_over: bool
) -> tuple[ReceiverCall, ...]:
    if not receivers:
        return ()
    spans = running.spans
    if spans is None:
        spans = _spans(running.times, len(receivers), is_over=is_over)
    failures = {failure.call: failure for failure in reversed(running.failures or ())}
    reason = None
    if is_over and failures and running.method in ("send", "asend"):
        first = min(failures)
        reason = f"{receivers[first][0]} raised {failures[first].error.name} before it"
    executed = queries.executed_by_call(running)
    return tuple(
        _call(
            running,
            index,
            receivers[index],
            span,
            failures.get(index),
            reason,
            executed.get(index, queries.NONE),
        )
        for index, span in enumerate(spans)
    )


def _spans(times: list[int], count: int, *, is_over: bool) -> list[Span | None]:
    """Return when each of the calls that follow one another began and ended, None for those never begun."""
    ends: list[int | None] = [*times[1:]] if is_over else [*times[1:], None]
    spans: list[Span | None] = [None] * count
    for index, span in enumerate(zip(times[:count], ends, strict=False)):
        spans[index] = span
    return spans


def _call(
    running: Running,
    index: int,
    receiver: tuple[str, str | None],
    span: Span | None,
    failure: Failure | None,
    reason: str | None,
    executed: queries.Executed,
) -> ReceiverCall:
    name, place = receiver
    began, ended = span or (None, None)
    return ReceiverCall(
        receiver=name,
        place=place,
        started_ns=None if began is None else began - running.started_ns,
        duration_ns=None if began is None or ended is None else ended - began,
        is_async=running.spans is not None and index >= running.first_async,
        error=None if failure is None else failure.error.name,
        raised_at=None
        if failure is None or failure.raised_at is None
        else words.line_words(*failure.raised_at),
        skipped=reason if span is None else None,
        query_count=executed.count,
        query_ns=executed.duration_ns,
        queries=executed.statements,
    )


def _signal_words(known: naming.SignalName) -> str:
    if known.name is None:
        signal = known.ref()
        if signal is None:
            return "unnamed Signal"
        name = naming.clean(signal_names.name_of(signal))
        if name.startswith("unnamed "):
            # It may yet be given a name, by a module that is still being imported.
            return name
        known.name = name
        known.is_in_module = True
        if name in signal_names.muted:
            known.is_muted = True
            switch.turn(known)
    return known.name


def name_origin(origin: Origin) -> tuple[str, str]:
    """Return an origin's name in words and its id, which it is given if it has none."""
    if origin.words is not None:
        return origin.words
    name = origin.name
    if origin.kind == "request" and not name.isascii():
        # WSGI hands a path's bytes over as latin-1.
        try:
            name = name.encode("latin-1").decode("utf-8")
        except UnicodeError:
            name = origin.name
    origin.words = naming.clean(credentials.masked(name)), f"{_this()[0]}-{origin.number}"
    return origin.words


@functools.cache
def _this() -> tuple[str, str]:
    this = process.this()
    return this.token, this.label


forks.in_child(_this.cache_clear)


_threads: dict[int, str] = {}
_MOST_THREADS = 1000


def begin_turn() -> None:
    """Look at the clock and the threads, before the dispatches of a turn are put into words."""
    time_of_day.adjust()
    if len(_threads) > _MOST_THREADS:
        _threads.clear()
    # Those that have ended since the last turn keep their names.
    _threads.update(
        (thread.ident, naming.clean(thread.name))
        for thread in threading.enumerate()
        if thread.ident is not None
    )
