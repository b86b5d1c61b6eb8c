"""The one place that knows the private shapes of Django's `Signal` and asyncio's tasks, for each supported version."""

from __future__ import annotations

import asyncio
import functools
import weakref
from collections.abc import Awaitable, Callable, Generator
from types import CodeType, CoroutineType, MethodType
from typing import Any, NamedTuple

from django.apps import apps, registry
from django.db.models import Model, base, deletion
from django.db.models import signals as model_signals
from django.dispatch import Signal, dispatcher
from django.dispatch.dispatcher import NO_RECEIVERS
from django.utils import inspect

from tracer.wrapped import is_code_of

_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_MRO: Any = vars(type)["__mro__"]
_attribute = object.__getattribute__


def is_djangos_own(function: Callable[..., Any]) -> bool:
    """Tell whether a send method is the one that Django ships, rather than somebody's wrapper."""
    return is_code_of(function, dispatcher.__file__)


def has_no_receivers(signal: Signal, sender: Any) -> bool:
    """Answer as the first lines of Django's send methods do, hashing the sender exactly when they do."""
    return not signal.receivers or signal.sender_receivers_cache.get(sender) is NO_RECEIVERS


def live_receivers(signal: Signal, sender: Any) -> tuple[list[Any], list[Any]]:
    """Return the sync and the async receivers that Django is about to call."""
    return signal._live_receivers(sender)


_live_receivers: Any = Signal._live_receivers
djangos_live_receivers: Any = _live_receivers if is_djangos_own(_live_receivers) else object()
"""Django's own way to find who receives; nothing at all where somebody had changed it before us."""


def references_in(cached: list[Any], signal: Signal, sender: Any) -> tuple[Any, ...] | None:
    """
    Return the weak references in Django's list of the receivers of a sender, in its order.

    None if anything else were to be done with them than to call each that is alive, one after the other.
    """
    if "_live_receivers" in _attribute(signal, "__dict__") or any(
        "_live_receivers" in _DICT_OF_TYPE.__get__(kind)
        for kind in _MRO.__get__(type(signal))
        if kind is not Signal
    ):
        return None
    references = []
    # Pairs before Django 6.1, then with the sender's reference in the middle.
    for reference, *sender_references, is_async in cached:
        if is_async or type(reference) not in (weakref.ReferenceType, weakref.WeakMethod):
            return None
        if any(known is not None and known() is not sender for known in sender_references):
            return None
        references.append(reference)
    return tuple(references)


def send_to(
    original: Callable[..., Any],
    signal: Signal,
    sender: Any,
    named: dict[str, Any],
    sync_stand_ins: list[Any],
    async_stand_ins: list[Any],
) -> Any:
    """Run Django's own send method over stand-ins, each with the receiver it stands for as `receiver`."""
    return original(_StandIn(signal, sync_stand_ins, async_stand_ins), sender, **named)


class _NoCache:
    @staticmethod
    def get(_: object) -> None:
        return None


class _StandIn:
    """What Django's send methods need of a signal, so that `_live_receivers` runs once and not twice."""

    receivers = (None,)
    sender_receivers_cache = _NoCache

    __slots__ = ("_found", "_signal")

    def __init__(
        self, signal: Signal, sync_receivers: list[Any], async_receivers: list[Any]
    ) -> None:
        self._signal = signal
        self._found: tuple[list[Any], list[Any]] = (sync_receivers, async_receivers)

    def _live_receivers(self, _: object) -> tuple[list[Any], list[Any]]:
        # Not kept: a traceback of a receiver's error holds this signal, and through it would hold all receivers.
        found, self._found = self._found, ([], [])
        return found

    def _log_robust_failure(self, receiver: Any, error: Exception) -> None:
        self._signal._log_robust_failure(receiver.receiver, error)  # type: ignore[attr-defined]


def steps_of(awaitable: Awaitable[Any]) -> Generator[Any, Any, Any]:
    """Return what drives an awaitable, failing as `await` does for what is none."""
    return _awaited(awaitable).__await__()


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def is_awaitable(kind: type) -> bool:
    """Tell whether instances of a class can be awaited, past any metaclass of the host's."""
    return kind is CoroutineType or any(
        "__await__" in _DICT_OF_TYPE.__get__(ancestor) for ancestor in _MRO.__get__(kind)
    )


def task_name() -> str | None:
    """Return the name of the asyncio task that runs in this thread; None outside of one."""
    loop = asyncio._get_running_loop()
    if loop is None:
        return None
    task = asyncio.current_task(loop)
    return task.get_name() if type(task) is asyncio.Task else None


MOST_TRACED = 100
"""Frames of a traceback that are gone through; it is longer for each of the dispatches that a recursion ends."""


def raised_at(error: BaseException) -> tuple[CodeType, int] | None:
    """
    Return code and line of the innermost frame of an exception's traceback; the frames are not kept.

    None if there are more than `MOST_TRACED` up to it.
    """
    traceback = error.__traceback__
    innermost = None
    for _ in range(MOST_TRACED):
        if traceback is None:
            return None if innermost is None else (innermost.tb_frame.f_code, innermost.tb_lineno)
        innermost = traceback
        traceback = traceback.tb_next
    return None


CONNECTING_FILES = frozenset({dispatcher.__file__, model_signals.__file__, registry.__file__})
"""Where Django's code lies between `connect` and who called it."""
DEFINING_FILE = base.__file__
"""Where models are defined, upon which lazy connections are made."""


class Connection(NamedTuple):
    """One entry of `Signal.receivers`, whatever its shape."""

    reference: Any
    """A weak reference to the receiver, or the receiver itself."""
    sender_id: int
    """`id()` of the sender, or `ANY_SENDER`."""
    uid: object
    """The `dispatch_uid`; None when there is none."""
    is_async: bool
    lookup: tuple[Any, int]
    """Django's own key of the connection: `id()` of the receiver or its uid, and `id()` of the sender."""

    @property
    def is_weak(self) -> bool:
        """Whether the connection does not hold its receiver."""
        # isinstance() would ask a receiver that is held itself for its __class__.
        return issubclass(type(self.reference), weakref.ReferenceType)

    @property
    def receiver(self) -> Any:
        """The receiver; None when it was held weakly and was collected."""
        return self.reference() if self.is_weak else self.reference


ANY_SENDER = id(None)


def connections_of(signal: Signal) -> list[Connection]:
    """Return what is connected to a signal, in the order of connecting."""
    return [_connection(entry) for entry in list(signal.receivers)]


def last_connection(signal: Signal) -> object:
    """Return what stands for the newest connection of a signal, to be given to `newest_connection`; never raises."""
    if not issubclass(type(signal), Signal):
        return None
    receivers = _attribute(signal, "__dict__").get("receivers")
    return receivers[-1] if type(receivers) is list and receivers else None


def newest_connection(signal: Signal, last: object) -> Connection | None:
    """Return the newest connection of a signal; None when it is the `last` that was there before."""
    newest = last_connection(signal)
    return None if newest is None or newest is last else _connection(newest)


def pending_connections() -> list[tuple[Signal, Any, str]]:
    """Return signal, receiver and `app_label.modelname` of connections whose lazy sender has not come."""
    found = []
    pending: dict[tuple[str, str], list[Any]] = apps._pending_operations
    for (app_label, model_name), operations in list(pending.items()):
        for operation in list(operations):
            bound: Any = getattr(operation, "func", None)
            if type(bound) is not functools.partial or type(bound.func) is not MethodType:
                continue
            signal: Any = bound.func.__self__
            if issubclass(type(signal), Signal) and bound.func.__name__ == "connect" and bound.args:
                found.append((signal, bound.args[0], f"{app_label}.{model_name}"))
    return found


def parameters_cache() -> object:
    """Return what remembers the receivers that `connect` looked at under `DEBUG`; None where Django has no such."""
    return getattr(inspect, "_get_func_parameters", None)


_LEFT_TO_THE_DATABASE: Any = getattr(deletion, "SKIP_COLLECTION", (deletion.DO_NOTHING,))


def may_be_deleted_fast(model: type[Model]) -> bool:
    """Tell whether rows of a model are deleted in one query while nobody receives it, as `Collector` decides it."""
    options = model._meta
    relations: Any = options.get_fields(include_hidden=True)
    return (
        not options.concrete_model._meta.parents  # type: ignore[union-attr]
        and all(
            related.field.remote_field.on_delete in _LEFT_TO_THE_DATABASE
            for related in relations
            if related.auto_created
            and not related.concrete
            and (related.one_to_one or related.one_to_many)
        )
        and not any(hasattr(field, "bulk_related_objects") for field in options.private_fields)
    )


def is_plain_lookup(lookup: tuple[Any, int]) -> bool:
    """Tell whether a connection's key holds numbers and text only, and so nothing of the host's."""
    key = lookup[0]
    return type(key) in (int, str) or (
        type(key) is tuple and all(type(part) in (int, str) for part in key)
    )


def lookup_of(receiver: Any, sender: object, uid: Any) -> tuple[Any, int]:
    """Return Django's key of a connection by the arguments of `disconnect`; of a strange uid one that is no key."""
    is_given = bool(uid) if type(uid) in (int, str, tuple) else uid is not None
    if not is_given:
        return _id_of(receiver), id(sender)
    return (uid if is_plain_lookup((uid, 0)) else None), id(sender)


def _id_of(receiver: Any) -> int | tuple[int, int]:
    if type(receiver) is MethodType:
        return id(receiver.__self__), id(receiver.__func__)
    return id(receiver)


def _connection(entry: Any) -> Connection:
    # 3-tuples before Django 6.1, then with the sender's reference between the last two.
    lookup, reference, *_, is_async = entry
    receiver_id, sender_id = lookup
    uid = None if _is_made_id(receiver_id) else receiver_id
    return Connection(reference, sender_id, uid, is_async, lookup)


def _is_made_id(lookup: object) -> bool:
    if type(lookup) is int:
        return True
    return type(lookup) is tuple and len(lookup) == 2 and all(type(part) is int for part in lookup)
