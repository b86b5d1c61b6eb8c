"""
Notes what is connected and disconnected from when the tracer is put in; owns which functions stand on `Signal` for it.

They let Django's do what they do, and none of them raises of its own accord.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

from django.db.models.signals import ModelSignal
from django.dispatch import Signal

from tracer import _compat, connect_calls, faults
from tracer.connect_calls import (
    ConnectCall,
    Shape,
    connected,
    lazy_label,
    lazy_site,
    made,
    of,
    shape_of,
)
from tracer.locks import free_after_fork

__all__ = [
    "ConnectCall",
    "Shape",
    "connected",
    "lazy_label",
    "lazy_site",
    "made",
    "of",
    "shape_of",
    "unwatch",
    "watch",
]

_originals: list[tuple[type, str, Any, Any]] = []
_lock = free_after_fork(threading.RLock())


def watch() -> None:
    """Note connections from now on; doing it twice is doing it once."""
    with _lock:
        if not _originals:
            _wrap(Signal, "connect", _connect_around)
            _wrap(Signal, "disconnect", _disconnect_around)
            _wrap(ModelSignal, "connect", _lazy_connect_around)


def unwatch() -> None:
    """Put back what was there, except where somebody wrapped ours, and forget what was noted."""
    with _lock:
        while _originals:
            kind, name, original, wrapper = _originals.pop()
            if kind.__dict__[name] is wrapper:
                setattr(kind, name, original)
        connect_calls.forget()


def _wrap(kind: type, name: str, around: Callable[[Any], Any]) -> None:
    original = kind.__dict__[name]
    wrapper = functools.wraps(original)(around(original))
    _originals.append((kind, name, original, wrapper))
    setattr(kind, name, wrapper)


def _connect_around(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        last = _compat.last_connection(self)
        response = original(self, *args, **kwargs)
        if _originals:
            receiver, sender = (
                _argument(args, kwargs, 0, "receiver"),
                _argument(args, kwargs, 1, "sender"),
            )
            try:
                connect_calls.note_connect(self, last, receiver, sender, sys._getframe(1))
            except Exception:  # noqa: BLE001
                _fault("noting a connection")
        return response

    return connect


def _disconnect_around(original: Callable[..., Any]) -> Callable[..., Any]:
    def disconnect(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        response = original(self, *args, **kwargs)
        if _originals and response is True:
            receiver, sender, uid = (
                _argument(args, kwargs, index, name)
                for index, name in enumerate(("receiver", "sender", "dispatch_uid"))
            )
            try:
                connect_calls.note_disconnect(self, receiver, sender, uid, sys._getframe(1))
            except Exception:  # noqa: BLE001
                _fault("noting a disconnection")
        return response

    return disconnect


def _lazy_connect_around(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        sender = _argument(args, kwargs, 1, "sender")
        if _originals and type(sender) is str:
            receiver = _argument(args, kwargs, 0, "receiver")
            try:
                connect_calls.note_lazy(self, receiver, sender, sys._getframe(1))
            except Exception:  # noqa: BLE001
                _fault("noting a connection")
        return original(self, *args, **kwargs)

    return connect


def _argument(args: tuple[Any, ...], kwargs: dict[str, Any], index: int, name: str) -> Any:
    return args[index] if len(args) > index else kwargs.get(name)


def _fault(where: str) -> None:
    faults.report(where)
    if faults.are_too_many():
        unwatch()
