"""
Finds the route of a dispatch: what its signal, from its sender, leads to.

Called from between the host's frames, so nothing here raises; None stands for what could not be found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.dispatch import Signal

from tracer import _compat, faults, naming, routes
from tracer.recorder import recorder
from tracer.routes import Route

_UNKNOWN = naming.ReceiverName("builtin", "?")
_classes = naming.classes
_receivers = naming.receivers


def route_to(
    signal: naming.SignalName, sender: Any, receivers: Sequence[naming.ReceiverName]
) -> Route | None:
    """Return the route of a signal from a sender to receivers; None when that fails."""
    try:
        # By identity: a class may have a metaclass with a hash of its own.
        known = _classes.get(id(sender)) or naming.sender_key(sender)
        found: Route | None = signal.routes.get(known)
        if found is None or found.receivers != receivers:
            if len(signal.routes) >= routes.MOST:
                signal.forget_routes()
            found = signal.routes[known] = Route(signal, known, receivers)
    except RecursionError:
        recorder.drop()
        return None
    except Exception:  # noqa: BLE001
        faults.report_to_host("finding a route")
        return None
    return found


def route_by(
    cached: Any, self: Signal, signal: naming.SignalName, sender: Any, receivers: list[Any]
) -> Route | None:
    """Return the same, and have a class's found by Django's list of the receivers from now on, if that can be."""
    try:
        keys = keys_of(receivers)
    except RecursionError:
        recorder.drop()
        return None
    found = route_to(signal, sender, keys)
    if found is None or cached is None or not signal.is_in_module:
        return found
    try:
        # Of instances there may be any number.
        if type(found.sender) is naming.ClassName:
            references = _compat.references_in(cached, self, sender)
            if references is not None and keys_of([each() for each in references]) == keys:
                shape, found = found.shape, Route(signal, found.sender, keys, cached, references)
                found.shape = shape
                signal.routes[found.sender] = signal.routes_by_id[id(sender)] = found
    except RecursionError:
        return found
    except Exception:  # noqa: BLE001
        faults.report_to_host("finding a route")
    return found


def keys_of(receivers: list[Any]) -> list[naming.ReceiverName]:
    """Return the keys of receivers of which some are not known yet, or never will be, as bound methods."""
    return [_receivers.get(id(receiver)) or _key(receiver) for receiver in receivers]


def _key(receiver: object) -> naming.ReceiverName:
    try:
        return naming.receiver_key(receiver)
    except RecursionError:
        return _UNKNOWN
    except Exception:  # noqa: BLE001
        faults.report_to_host("naming a receiver")
        return _UNKNOWN
