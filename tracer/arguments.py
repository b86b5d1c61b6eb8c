"""What may be shown of a dispatch's arguments: an allow-list, masked as they are taken; no host object is kept."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from enum import EnumType
from functools import lru_cache
from typing import Any

from django.views.debug import get_default_exception_reporter_filter

from tracer import conf, credentials, dispatches, naming
from tracer.credentials import MASK
from tracer.dispatches import Argument

LONGEST_STR = 120  # characters
MOST_ARGUMENTS = 40
LARGEST_INT = (1 << 63) - 1

_TASK_RESULTS = frozenset({"django.tasks.base.TaskResult", "django_tasks.base.TaskResult"})
"""Frozen dataclasses of which the id may be read; it names a task in the process that enqueues it and in its worker."""
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

_attribute = object.__getattribute__
_classes = naming.classes


class Shown:
    """Something other than a plain value: a class, with the primary key or the member's name it came with."""

    __slots__ = ("key", "kind", "known")

    def __init__(self, kind: str, known: naming.ClassName, key: object = None) -> None:
        self.kind = kind
        self.known = known
        self.key = key


def take(named: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Any]]:
    """Return names and what may be shown of named arguments, in their order, on the thread that sends."""
    names = tuple(clean_name(name) for name in named)[:MOST_ARGUMENTS]
    values = [_taken(name, value) for name, value in zip(names, named.values(), strict=False)]
    if len(named) > MOST_ARGUMENTS:
        return (*names, "…"), [*values, f"{len(named) - MOST_ARGUMENTS} more"]
    return names, values


def clean_name(name: str) -> str:
    """Return the name of an argument as it is shown."""
    return naming.clean(str.__str__(name)[:LONGEST_STR])


def words(names: tuple[str, ...], values: Sequence[Any]) -> dict[str, Argument]:
    """Return the arguments as plain values, on the recorder's thread."""
    return {name: word(value) for name, value in zip(names, values, strict=True)}


def word(value: Any) -> Argument:
    """Return one of them as a plain value."""
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value  # type: ignore[no-any-return]
    if kind is str:
        if len(value) >= credentials.SHORTEST:
            value = credentials.masked(value)
        return value if value.isascii() else naming.clean(value)
    if kind is tuple:
        # A model instance.
        known, key = value
        if key is None:
            return known.name  # type: ignore[no-any-return]
        key = key if type(key) is not str else credentials.masked(key)
        return naming.clean(f"{known.name} #{key}")
    if kind is int:
        return value if -LARGEST_INT <= value <= LARGEST_INT else _large(value)
    return _shown_words(value)


@lru_cache(maxsize=2048)
def is_sensitive(name: str) -> bool:
    """Tell whether Django's reporter filter, we or `REDACT` call a name sensitive."""
    return any(pattern.search(name) for pattern in _patterns())


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    django = get_default_exception_reporter_filter().hidden_settings
    return (
        django,
        credentials.NAMES,
        *(re.compile(pattern, re.IGNORECASE) for pattern in conf.current().REDACT),
    )


def forget_settings() -> None:
    """Read the settings anew at the next dispatch."""
    for signal in naming.known_signals():
        signal.forget_routes()
    is_sensitive.cache_clear()
    _patterns.cache_clear()


def _taken(name: str, value: object) -> object:
    kind = type(value)
    if value is None or kind is bool:
        return value
    return MASK if is_sensitive(name) else plain(value)


def plain(value: Any) -> object:
    """Return what may be shown of a value whose name is not sensitive: the value, or its class, and of some the key."""
    kind = type(value)
    if (
        value is None
        or kind is bool
        or kind is int
        or kind is float
        or (kind is str and len(value) <= LONGEST_STR)
    ):
        return value
    known = _classes.get(id(kind)) or naming.class_name(kind)
    pk = known.pk
    if pk is not None:
        key = _attribute(value, "__dict__").get(pk)
        return known, (key if type(key) is int else _key_words(key, pk))
    if kind is str:
        return value[:LONGEST_STR] + "…"
    if issubclass(kind, type):
        return Shown("class", naming.class_name(value))
    if issubclass(type(kind), EnumType):
        return Shown("member", known, _attribute(value, "__dict__").get("_name_"))
    if known.name in _TASK_RESULTS:
        return Shown("result", known, task_id(value))
    return Shown("type", known)


def task_id(result: Any) -> str | None:
    """Return the id of a Django task's result; None of anything else, and where it is no plain word."""
    if naming.class_name(type(result)).name not in _TASK_RESULTS:
        return None
    key = _attribute(result, "id")
    return key if type(key) is str and _TASK_ID.fullmatch(key) else None


def _key_words(key: object, name: str) -> object:
    kind = type(key)
    if key is None or kind is uuid.UUID:
        return key
    if kind is str:
        # The primary key of a session or an API token is the secret itself.
        return MASK if is_sensitive(name) else key[:LONGEST_STR]  # type: ignore[index]
    return f"<{kind.__name__}>"


def _large(value: int) -> str:
    return f"<int of {value.bit_length()} bits>"


def _shown_words(shown: Shown) -> str:
    name = shown.known.name
    match shown.kind:
        case "class":
            words = name
        case "member":
            words = f"{name.rpartition('.')[2]}.{shown.key}"
        case "result" if shown.key is not None:
            words = f"{dispatches.TASK_RESULT}{shown.key}"
        case _:
            words = f"<{name.rpartition('.')[2]}>"
    return naming.clean(words)
