"""What filters compare of a dispatch: its texts, counts and flags; compares nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tracer.dispatches import Dispatch
from tracer.process import parts_of

Reader = Callable[[Dispatch], Iterable[str | None]]
"""Gives the texts of which one has to match; None where there is none."""


def argument_text(value: object) -> str:
    """Return an argument's value as filters compare it."""
    try:
        return str(value)
    except ValueError:  # an int beyond sys.set_int_max_str_digits()
        return "<int>"


def is_slow(dispatch: Dispatch, limit_ns: int) -> bool:
    """Say whether a dispatch or one of its receivers took the limit or longer, in nanoseconds."""
    durations = (dispatch.duration_ns, *(call.duration_ns for call in dispatch.calls))
    return any(ns is not None and ns >= limit_ns for ns in durations)


def _senders(dispatch: Dispatch) -> Iterable[str | None]:
    sender = dispatch.sender
    return (sender,) if sender is None else (sender, sender.removeprefix("instance of "))


def _errors(dispatch: Dispatch) -> Iterable[str | None]:
    return (dispatch.error, *(call.error for call in dispatch.calls))


def _apps(dispatch: Dispatch) -> Iterable[str]:
    """Return the app of a model's label, else the packages and modules of signal and sender."""
    sender = (dispatch.sender or "").removeprefix("instance of ")
    if sender.count(".") == 1:
        return (sender.partition(".")[0],)
    return (*dispatch.signal.split(".")[:-1], *sender.split(".")[:-1])


def _process_parts(dispatch: Dispatch) -> Iterable[str]:
    """Return `command pid@host`, `pid@host`, pid, host, the command and its words."""
    command, pid, host = parts_of(dispatch.process)
    return (dispatch.process, f"{pid}@{host}", pid, host, command, *command.split())


def all_texts(dispatch: Dispatch) -> Iterator[str | None]:
    """Yield everything that bare words look into."""
    yield dispatch.signal
    yield dispatch.sender
    yield from (call.receiver for call in dispatch.calls)
    yield from _errors(dispatch)
    yield dispatch.origin
    yield dispatch.call_site
    yield from (f"{name}={argument_text(value)}" for name, value in dispatch.arguments.items())
    yield dispatch.process
    yield dispatch.thread
    yield dispatch.task


FLAGS: dict[str, Callable[[Dispatch], bool]] = {
    "error": lambda dispatch: dispatch.state == "error" or dispatch.error is not None,
    "unheard": lambda dispatch: not dispatch.calls and dispatch.state != "running",
    "async": lambda dispatch: (
        dispatch.method in ("asend", "asend_robust")
        or any(call.is_async for call in dispatch.calls)
    ),
    "root": lambda dispatch: dispatch.parent_id is None,
    "running": lambda dispatch: dispatch.state == "running",
    "committed": lambda dispatch: dispatch.transaction == "committed",
    "rolled-back": lambda dispatch: (
        dispatch.transaction is not None and dispatch.transaction.endswith("rolled back")
    ),
}

COUNTS: dict[str, Callable[[Dispatch], int]] = {
    "receivers": lambda dispatch: len(dispatch.calls),
    "depth": lambda dispatch: dispatch.depth,
    "queries": lambda dispatch: sum(call.query_count for call in dispatch.calls),
}

TEXTS: dict[str, Reader] = {
    "signal": lambda dispatch: (dispatch.signal,),
    "sender": _senders,
    "receiver": lambda dispatch: (call.receiver for call in dispatch.calls),
    "error": _errors,
    "app": _apps,
    "method": lambda dispatch: (dispatch.method,),
    "origin": lambda dispatch: (dispatch.origin,),
    "site": lambda dispatch: (dispatch.call_site,),
    "process": _process_parts,
    "thread": lambda dispatch: (dispatch.thread,),
    "task": lambda dispatch: (dispatch.task,),
    "id": lambda dispatch: (dispatch.id,),
    "tree": lambda dispatch: (dispatch.root_id,),
}
