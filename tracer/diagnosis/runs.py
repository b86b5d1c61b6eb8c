"""When two receiver calls are of the same receiver, and two dispatches about the same row. Looks at records only."""

from __future__ import annotations

import re
from typing import NamedTuple

from tracer.dispatches import Dispatch, ReceiverCall

_ROW = re.compile(r"[\w.]+ #(?!<|•)\S")
"""A model instance with its primary key, as arguments show it; not with one that is masked or not told."""

Key = tuple[object, ...]


class Run(NamedTuple):
    """A dispatch that called the receiver in question, with the indexes of those calls, one at least."""

    dispatch: Dispatch
    calls: tuple[int, ...]


def is_same(one: ReceiverCall, other: ReceiverCall) -> bool:
    """Tell whether two calls are of one receiver: the same name, or the same place under two module names."""
    if one.receiver == other.receiver:
        return one.place == other.place
    tails = (call.receiver.rpartition(".")[2] for call in (one, other))
    return one.place is not None and one.place == other.place and len(set(tails)) == 1


def key_of(dispatch: Dispatch) -> Key | None:
    """Return what two dispatches about the same have in common; None for one that is about no row."""
    rows = rows_of(dispatch)
    action = dispatch.arguments.get("action") if dispatch.signal.endswith(".m2m_changed") else None
    using = dispatch.arguments.get("using")
    return (dispatch.signal, dispatch.sender, *rows.items(), action, using) if rows else None


def rows_of(dispatch: Dispatch) -> dict[str, str]:
    """Return the arguments that are model instances with a primary key; the `instance` alone where there is one."""
    arguments = dispatch.arguments
    names = ["instance"] if "instance" in arguments else [*arguments]
    values = {name: arguments[name] for name in names}
    return {
        name: value
        for name, value in values.items()
        if type(value) is str and _ROW.match(value) is not None
    }
