"""Which dotted name a signal has: found among the modules that are loaded already, none is imported for it."""

from __future__ import annotations

import functools
import linecache
import re
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from django.core import signals as request_signals
from django.db.backends.signals import connection_created
from django.dispatch import Signal

from tracer.locks import free_after_fork

_NAMESPACE: Any = vars(ModuleType)["__dict__"]
_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_SHARE = 0.05
"""Of the time, what looking for names may take once the credit is used up."""
_MOST_CREDIT_S = 3.0

_names: dict[int, str] = {}
_credit_s = _MOST_CREDIT_S
_scanned_at = time.monotonic()
_lock = free_after_fork(threading.RLock())
muted: frozenset[str] = frozenset()
"""Dotted names of the signals that are not recorded."""
_muted_objects: tuple[Signal, ...] = ()


def role_of(signal: Signal) -> str | None:
    """Return the name of a signal that begins or ends an origin, or a connection; None for all others."""
    if signal is request_signals.request_started:
        return "request_started"
    if signal is request_signals.request_finished:
        return "request_finished"
    if signal is connection_created:
        return "connection_created"
    # Django's tasks came with 6.0, as django-tasks before; looked up, not imported, so that who has none gets none.
    for module in ("django.tasks.signals", "django_tasks.signals"):
        tasks = sys.modules.get(module)
        for name in ("task_started", "task_finished"):
            if tasks is not None and getattr(tasks, name, None) is signal:
                return name
    return None


def is_muted_object(signal: Signal) -> bool:
    """Tell whether a signal that is met for the first time is muted, before anybody has looked for its name."""
    return any(muted is signal for muted in _muted_objects)


def set_muted(names: frozenset[str]) -> None:
    """Look the muted names up among the loaded modules, so that their first dispatch is muted already."""
    global muted, _muted_objects
    muted = names
    found = []
    for name in names:
        module, _, attribute = name.rpartition(".")
        value = vars(sys.modules[module]).get(attribute) if module in sys.modules else None
        if value is not None and issubclass(type(value), Signal):
            found.append(value)
    _muted_objects = tuple(found)


def name_of(signal: Signal) -> str:
    """
    Return the dotted name of a signal by the module that defines it.

    A signal that no module and no class holds is `unnamed Signal`, with its class's name where it has its own.
    """
    with _lock:
        name = _names.get(id(signal))
        if name is None or not holds(name, signal):
            scan()
            name = _names.get(id(signal))
        if name is not None and holds(name, signal):
            return name
    return unnamed(signal)


def unnamed(signal: Signal) -> str:
    """Return what a signal is called that nothing names."""
    kind = type(signal)
    return "unnamed Signal" if kind is Signal else f"unnamed {kind.__module__}.{kind.__qualname__}"


def known_name_of(signal: Signal) -> str | None:
    """Return the dotted name of a signal if it is known and still holds; looks for nothing."""
    name = _names.get(id(signal))
    return name if name is not None and holds(name, signal) else None


def scan(*, force: bool = False) -> None:
    """Read all loaded modules and the classes they define; not when it was done too often of late, unless forced."""
    global _credit_s, _scanned_at
    with _lock:
        began = time.monotonic()
        _credit_s = min(_MOST_CREDIT_S, _credit_s + _SHARE * (began - _scanned_at))
        _scanned_at = began
        if _credit_s <= 0 and not force:
            return
        candidates: dict[int, list[tuple[str, str]]] = {}
        for module_name, module in list(sys.modules.items()):
            if issubclass(type(module), ModuleType):
                _scan_module(module_name, _NAMESPACE.__get__(module), candidates)
        _names.clear()
        _names.update((key, _definition(found)) for key, found in candidates.items())
        _credit_s -= time.monotonic() - began


def _scan_module(
    module_name: str, namespace: dict[str, object], candidates: dict[int, list[tuple[str, str]]]
) -> None:
    for attribute, value in list(namespace.items()):
        kind = type(value)
        if issubclass(kind, Signal):
            candidates.setdefault(id(value), []).append((module_name, attribute))
        elif issubclass(kind, type):
            members = _DICT_OF_TYPE.__get__(value)
            if members.get("__module__") == module_name:
                for name, member in list(members.items()):
                    if issubclass(type(member), Signal):
                        candidates.setdefault(id(member), []).append(
                            (module_name, f"{attribute}.{name}")
                        )


def _definition(found: list[tuple[str, str]]) -> str:
    """Return the candidate whose module's source assigns the name, rather than importing it."""
    best = min(
        found, key=lambda candidate: (not _assigns(*candidate), "signals" not in candidate[0])
    )
    return f"{best[0]}.{best[1]}" if len(found) > 1 else f"{found[0][0]}.{found[0][1]}"


@functools.lru_cache(maxsize=4096)
def _assigns(module_name: str, attribute: str) -> bool:
    filename = getattr(sys.modules.get(module_name), "__file__", None)
    if not isinstance(filename, str):
        return False
    name = re.escape(attribute.rpartition(".")[2])
    assignment = re.compile(rf"^\s*{name}\s*(:[^=\n]+)?=(?!=)")
    return any(assignment.match(line) for line in linecache.getlines(filename))


def holds(name: str, signal: Signal) -> bool:
    """Tell whether it is this signal that a loaded module holds by a dotted name."""
    return _held(name) is signal


def named() -> list[Signal]:
    """Return the signals that the last look through the modules found, as far as they still hold them."""
    with _lock:
        held = [_held(name) for name in _names.values()]
    return [signal for signal in held if issubclass(type(signal), Signal)]


def _held(name: str) -> Any:
    """Return what a loaded module, or a class of it, holds by a dotted name; None: nothing."""
    module, _, attribute = name.rpartition(".")
    if module in sys.modules:
        return _NAMESPACE.__get__(sys.modules[module]).get(attribute)
    owner, _, class_name = module.rpartition(".")
    namespace = _NAMESPACE.__get__(sys.modules[owner]) if owner in sys.modules else {}
    kind = namespace.get(class_name)
    return _DICT_OF_TYPE.__get__(kind).get(attribute) if issubclass(type(kind), type) else None


def in_modules() -> Iterator[Any]:
    """Go through all that the loaded modules hold by a name."""
    for module in list(sys.modules.values()):
        if issubclass(type(module), ModuleType):
            yield from list(_NAMESPACE.__get__(module).values())
