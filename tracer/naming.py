"""
What is known of signals, classes and receivers.

All of it runs on the thread that sends, asks the host's objects nothing, and finds immutable things only;
`words.py` puts them into words on the recorder's thread.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import count
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MethodType,
)
from typing import Any
from weakref import ref as weak_reference  # by its own name, for a test may replace `weakref.ref`

from django.db.models import Model
from django.dispatch import Signal

from tracer import signal_names

_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_GETSET = _DICT_OF_TYPE
_NAME_OF_TYPE: Any = vars(type)["__qualname__"]


_PK_TO_COME = "pk"
"""What stands for the primary key of a model that is being defined, or is abstract: the next look will tell."""


class Tally:
    """A counter that any thread may advance and read; exact without a lock, since either is one step."""

    __slots__ = ("_counted", "tick")

    def __init__(self) -> None:
        self._counted = count()
        self.tick = self._counted.__next__

    @property
    def value(self) -> int:
        """How often `tick` was called."""
        # Its text is all that tells where it stands without a step on, after which a thread could be killed.
        return int(repr(self._counted)[len("count(") : -1])


class _Nowhere:
    cached = object()


NOWHERE = _Nowhere()
"""Where no route goes by Django's list."""


class SignalName:
    """What is known of a signal; lives as long as the signal, or as a record that mentions it."""

    __slots__ = (
        "is_in_module",
        "is_muted",
        "name",
        "ref",
        "role",
        "route",
        "routes",
        "routes_by_id",
        "tick",
    )

    def __init__(self, ref: Callable[[], Signal | None], role: str | None) -> None:
        self.ref = ref
        self.role = role
        """`request_started` and the like, when the signal begins or ends an origin."""
        self.name: str | None = None
        """Dotted name, once the recorder has found it."""
        self.is_in_module = False
        """Whether a module, or a class in one, holds it by that name, as far as is known."""
        self.forget_routes()
        self.is_muted = False
        self.tick: Callable[[], object] | None = None
        """What a dispatch that is not recorded calls to be counted; None when dispatches are recorded."""

    def forget_routes(self) -> None:
        """Find anew what the signal leads to."""
        self.routes: dict[object, Any] = {}
        """Of class `Route`, by what is known of the sender."""
        self.routes_by_id: dict[int, Any] = {}
        """Those that go by Django's list of receivers, by the `id()` of the sender."""
        self.route: Any = NOWHERE
        """The one of them that was gone last."""

    @classmethod
    def passed_over(cls) -> SignalName:
        """Return what stands for every signal while nothing is recorded nor counted."""
        known = cls(lambda: None, None)
        known.tick = lambda: None
        return known


class ClassName:
    """What is known of a class; lives as long as the class, or as a record that mentions it."""

    __slots__ = ("call_code", "has_plain_dict", "name", "pk", "ref")

    def __init__(
        self, ref: weak_reference[type], name: str, pk: str | None, call_code: CodeType | None
    ) -> None:
        self.ref = ref
        self.name = name
        """A model's label, another class's dotted name."""
        self.pk = pk
        """Of a model: the name of the attribute that holds the primary key."""
        self.call_code = call_code
        """Code of its `__call__`, where that is a Python function."""
        self.has_plain_dict = False
        """Whether it is a model whose instances' `__dict__` can be read without asking anything of the host's."""


class ReceiverName:
    """What is known of a receiver; immutable things only, and once the recorder has put them so, the words for it."""

    __slots__ = ("code", "kind", "thing", "words")

    def __init__(self, kind: str, thing: Any, code: CodeType | None = None) -> None:
        self.kind = kind
        """`function`, `partial`, `builtin`, `class` or `instance`: says what `thing` is."""
        self.thing = thing
        self.code = code
        self.words: tuple[str, str | None] | None = None
        """Dotted name and place."""


signals: dict[int, SignalName] = {}
"""By `id()`, for a signal may define equality and hash. Left out are those that begin or end an origin."""
classes: dict[int, ClassName] = {}
"""By `id()`; whoever finds one there with the `id()` of a living object has found that very class."""
receivers: dict[int, ReceiverName] = {}
"""Keys of receivers by `id()`, of those that can be weakly referenced and are not made anew for each call."""
_references: dict[int, weak_reference[Any]] = {}
"""What empties `receivers` again."""
_with_role: dict[int, SignalName] = {}


def _forgetting(table: dict[int, Any], key: int) -> Callable[[object], None]:
    """Return what a weak reference calls as its object dies, before another can have the same `id()`."""

    def forget(_: object) -> None:
        table.pop(key, None)
        if table is receivers:
            _references.pop(key, None)

    return forget


def signal_name(signal: Signal) -> SignalName:
    """Return what is known of a signal."""
    key = id(signal)
    found = signals.get(key) or _with_role.get(key)
    if found is None:
        role = signal_names.role_of(signal)
        table = signals if role is None else _with_role
        found = SignalName(weak_reference(signal, _forgetting(table, key)), role)
        found.is_muted = signal_names.is_muted_object(signal)
        found.name = signal_names.known_name_of(signal)
        found.is_in_module = found.name is not None
        table[key] = found
    return found


def known_signals() -> list[SignalName]:
    """Return all signals that were dispatched or looked at and are still alive."""
    return [*signals.values(), *_with_role.values()]


def let_go() -> None:
    """Forget what could keep a signal alive that has gone out of its module; called about ten times a second."""
    for known in known_signals():
        if known.routes_by_id:
            signal = known.ref()
            if signal is None or known.name is None or not signal_names.holds(known.name, signal):
                known.is_in_module = False
                known.forget_routes()


def class_name(cls: type) -> ClassName:
    """Return what is known of a class, read from its own dictionary past any metaclass of the host's."""
    key = id(cls)
    found = classes.get(key)
    if found is None:
        name, pk = _label(cls)
        forget = _forgetting(classes, key)
        found = ClassName(weak_reference(cls, forget), clean(name), pk, _call_code(cls))
        found.has_plain_dict = pk is not None and _has_plain_dict(cls)
        if pk != _PK_TO_COME:
            classes[key] = found
    return found


def sender_key(sender: object) -> ClassName | tuple[ClassName] | None:
    """Return the class that a sender is, in a tuple the class it is an instance of, None for None."""
    if sender is None:
        return None
    kind = type(sender)
    if issubclass(kind, type):
        return class_name(sender)  # type: ignore[arg-type]
    return (class_name(kind),)


def receiver_key(receiver: object) -> ReceiverName:
    """Return an immutable key of a receiver; neither calls it nor asks it anything that it could answer itself."""
    kind = type(receiver)
    if kind is MethodType:
        function = receiver.__func__  # type: ignore[attr-defined]
        return receivers.get(id(function)) or receiver_key(function)
    if kind is FunctionType:
        key = _function_key(receiver)  # type: ignore[arg-type]
    elif kind is functools.partial:
        key = ReceiverName("partial", receiver_key(receiver.func))  # type: ignore[attr-defined]
    elif kind is BuiltinFunctionType:
        return ReceiverName("builtin", receiver.__qualname__)  # type: ignore[attr-defined]
    elif issubclass(kind, type):
        return ReceiverName("class", class_name(receiver))  # type: ignore[arg-type]
    else:
        return ReceiverName("instance", class_name(kind))
    number = id(receiver)
    _references[number] = weak_reference(receiver, _forgetting(receivers, number))
    receivers[number] = key
    return key


def _function_key(function: FunctionType) -> ReceiverName:
    code = function.__code__
    if code.co_qualname != function.__qualname__:
        # functools.wraps gave it another's name: show the place of that other one.
        code = _innermost(function).__code__
    return ReceiverName("function", (function.__module__, function.__qualname__), code)


def _innermost(function: FunctionType) -> FunctionType:
    for _ in range(10):
        wrapped = function.__dict__.get("__wrapped__")
        if type(wrapped) is not FunctionType:
            break
        function = wrapped
    return function


def _label(cls: type) -> tuple[str, str | None]:
    namespace = _DICT_OF_TYPE.__get__(cls)
    if cls is not Model and issubclass(cls, Model):
        options = namespace.get("_meta")
        if options is not None:
            return options.label, (options.pk.attname if options.pk is not None else _PK_TO_COME)
    module = namespace.get("__module__")
    qualname = _NAME_OF_TYPE.__get__(cls)
    if type(module) is str and module != "builtins":
        return f"{module}.{qualname}", None
    return qualname, None


def _has_plain_dict(cls: type) -> bool:
    for ancestor in type.__dict__["__mro__"].__get__(cls):
        members = _DICT_OF_TYPE.__get__(ancestor)
        if "__getattribute__" in members and ancestor is not object:
            return False
        if type(members.get("__dict__", _GETSET)) is not GetSetDescriptorType:
            return False
    return True


def _call_code(cls: type) -> CodeType | None:
    for ancestor in type.__dict__["__mro__"].__get__(cls):
        call = _DICT_OF_TYPE.__get__(ancestor).get("__call__")
        if call is not None:
            return call.__code__ if type(call) is FunctionType else None
    return None


def clean(text: str) -> str:
    """Return text that can be encoded; a lone surrogate becomes `?`, over 300 characters an ellipsis."""
    if len(text) > 300:
        text = text[:299] + "…"
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
