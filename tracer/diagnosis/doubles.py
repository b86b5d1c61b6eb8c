"""How a receiver came to be connected more than once. Looks at the connections of one signal, and keeps nothing."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType

from tracer import connections, process, registry
from tracer.diagnosis.question import receiver_of, site_of
from tracer.diagnosis.senders import words_of
from tracer.dispatches import Dispatch
from tracer.registry import LiveConnection

_ONE_UID = "Give each `connect()` the same `dispatch_uid`."


def of(dispatch: Dispatch, names: Sequence[str]) -> list[LiveConnection]:
    """
    Return what is connected under these names for a dispatch's sender, never to be kept.

    Nothing for a dispatch of another process. Takes tens of milliseconds in a large process.
    """
    if dispatch.process != process.this().label:
        return []
    return [
        each
        for signal in registry.live_signals()
        if signal.name == dispatch.signal
        for each in signal.connections
        if each.receiver is not None
        and receiver_of(each)[0] in names
        and words_of(each) in (None, dispatch.sender)
    ]


def sites(doubles: Sequence[LiveConnection]) -> list[str]:
    """Return where they were connected, of those that were seen."""
    return [site for each in doubles if (site := site_of(each.call)) is not None]


def wrap_others(doubles: Sequence[LiveConnection]) -> bool:
    """Tell whether they are one decorator's functions around different ones, and so are several receivers."""
    return len({_wrapped(each.receiver) for each in doubles}) > 1


def how(doubles: Sequence[LiveConnection], name: str) -> tuple[str, str]:
    """Return in words how one receiver is connected more than once, and what to do about it."""
    senders = {words_of(each) for each in doubles}
    shapes = {connections.shape_of(each.receiver) for each in doubles}
    if len(senders) > 1:
        (sender,) = senders - {None}
        return f"it is connected for every sender, and for {sender} besides", "Keep one of them."
    if shapes & {"method", "instance", "partial"} or name.startswith(
        ("partial of ", "instance of ")
    ):
        what = "the method of several objects" if "method" in shapes else "several objects"
        return (
            f"it is connected as {what}",
            f"Unless that is meant: {_ONE_UID[0].lower()}{_ONE_UID[1:]}",
        )
    if "<locals>" in name or "<lambda>" in name:
        return "a new one is made and connected each time its code runs", _ONE_UID
    if any(each.connection.uid is not None for each in doubles):
        return "it is connected with different `dispatch_uid`s, or with one and without", _ONE_UID
    return "it is connected more than once, without a common `dispatch_uid`", _ONE_UID


def _wrapped(receiver: object) -> tuple[int, ...]:
    """Return which code the functions have that a function has in its closure."""
    if type(receiver) is not FunctionType:
        return ()
    found = []
    for cell in receiver.__closure__ or ():
        try:
            content = cell.cell_contents
        except ValueError:
            continue  # Not filled yet.
        if type(content) is FunctionType:
            found.append(id(content.__code__))
    return tuple(found)
