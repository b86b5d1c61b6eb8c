"""W004: the same function connected more than once to the same signal and sender."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from tracer.rules import functions
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject

_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...))
_DEEPEST = 4
"""How many functions within functions, or tuples within tuples, are looked into; what lies deeper is itself only."""
_MOST_ITEMS = 1000


def repeated_receivers(connected: Iterable[Subject]) -> Iterator[Finding]:
    """Yield one finding for each function and sender; those that differ in what they close over are not the same."""
    shapes = Shapes()
    alike: dict[tuple[int, int], list[Subject]] = defaultdict(list)
    for each in connected:
        if each.code is not None and not functions.is_djangos(each.code):
            alike[id(each.signal), shapes.of(each.receiver)].append(each)
    for same in alike.values():
        if len(same) > 1:
            yield from _findings(same)


class Shapes:
    """
    Numbers receivers, with one number for those that do the same: the same code, bound, closed over and preset alike.

    Each is looked at once, never compared to the others. Of exact built-in types only is it asked what they hold
    equal; all else is the same as itself only. It keeps what it has looked at: an `id()` must not come again.
    """

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}
        self._seen: dict[tuple[int, int], tuple[object, int]] = {}

    def of(self, value: Any, depth: int = _DEEPEST) -> int:
        """Return the number of a receiver, or of what one holds."""
        key = id(value), depth
        known = self._seen.get(key)
        if known is None:
            shape = self._shape(value, depth)
            known = self._seen[key] = value, self._numbers.setdefault(shape, len(self._numbers))
        return known[1]

    def _shape(self, value: Any, depth: int) -> object:
        kind = type(value)
        if any(kind is each for each in _PLAIN):
            return kind, value
        if kind is CodeType:
            return kind, self._code(value)
        if depth > 0:
            inner = depth - 1
            if kind is FunctionType:
                return kind, self._function(value, inner)
            if kind is MethodType:
                return kind, id(value.__self__), self.of(value.__func__, inner)
            if kind is functools.partial:
                held = self.of(value.args, inner), self._named(value.keywords, inner)
                return kind, self.of(value.func, inner), held
            if kind is tuple and len(value) <= _MOST_ITEMS:
                return kind, tuple(self.of(each, inner) for each in value)
            if kind is frozenset and len(value) <= _MOST_ITEMS:
                return kind, frozenset(self.of(each, inner) for each in value)
        return id(value)

    def _function(self, function: FunctionType, depth: int) -> object:
        code = function.__code__
        return (
            self.of(code),
            # Text that is executed has no file that could be imported under two names.
            id(function.__globals__) if code.co_filename.startswith("<") else None,
            tuple(self.of(each, depth) for each in functions.cells_of(function)),
            self.of(function.__defaults__ or (), depth),
            self._named(function.__kwdefaults__ or {}, depth),
        )

    def _named(self, values: dict[str, Any], depth: int) -> object:
        if type(values) is not dict:
            return self.of(values)
        return frozenset((self.of(name), self.of(each, depth)) for name, each in values.items())

    def _code(self, code: CodeType) -> object:
        # A file that was imported under two names has two code objects of each function; one line may hold several.
        return (
            (code.co_filename, code.co_firstlineno, code.co_qualname, code.co_flags),
            (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
            (code.co_code, code.co_names, code.co_varnames),
            tuple(self.of(each) for each in code.co_consts),
        )


def _findings(same: list[Subject]) -> Iterator[Finding]:
    by_sender: dict[int, list[Subject]] = defaultdict(list)
    for each in same:
        by_sender[each.connection.sender_id].append(each)
    for_all = next((each for each in same if each.is_for_all), None)
    for group in by_sender.values():
        first = group[0]
        whom = f"for {first.sender_words}" if first.sender_words else "for every sender"
        if len(group) > 1:
            times = "twice" if len(group) == 2 else f"{len(group)} times"
            text = f"{first.name} is connected {times} to {first.signal_short} {whom}, and runs {times}"
            yield _finding(group, f"{text}{_sites(group)}.", _hint(group))
        elif for_all is not None and first is not for_all:
            pair = [for_all, first]
            text = (
                f"{first.name} is connected to {first.signal_short} for every sender and once more {whom}, "
                f"and runs twice {whom}"
            )
            yield _finding(
                [first], f"{text}{_sites(pair)}.", "Take one of the two connections away."
            )


def _finding(group: list[Subject], text: str, hint: str) -> Finding:
    last = group[-1]
    return Finding(
        id="W004",
        signal=last.signal_name,
        receiver=last.name,
        sender=last.sender_words,
        place=last.connected_at or last.place,
        text=text,
        hint=hint,
        tag="connected twice",
    )


def _sites(group: list[Subject]) -> str:
    sites = list(dict.fromkeys(each.connected_at for each in group if each.connected_at))
    return f" (connected at {' and '.join(sites)})" if sites else ""


def _hint(group: list[Subject]) -> str:
    called = (functions.function_of(each.receiver) for each in group)
    names = (each.__module__ for each in called if each is not None)
    modules = sorted({name for name in names if type(name) is str})
    if len(modules) > 1:
        return (
            f"Its file is imported under {len(modules)} names, {' and '.join(modules)}: use the one that "
            "begins as INSTALLED_APPS has it, everywhere."
        )
    first = group[0]
    uids = {each.connection.uid for each in group if type(each.connection.uid) is str}
    receiver = first.name.rpartition(".")[2]
    sender = f", sender={first.sender_words.rpartition('.')[2]}" if first.sender_words else ""
    line = f'{first.signal_short}.connect({receiver}{sender}, dispatch_uid="{first.name}")'
    if len(uids) > 1:
        return f"The dispatch_uids differ, so they count as two receivers. Use one:\n\n    {line}"
    return (
        f"Connect it once, or under one dispatch_uid, which makes it one connection:\n\n    {line}"
    )
