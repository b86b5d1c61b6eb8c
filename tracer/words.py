"""Names and places in words, on the recorder's thread; what they are made of comes from `naming.py`."""

from __future__ import annotations

import functools
import sys
from types import CodeType
from typing import Any

from tracer import conf
from tracer.naming import ClassName, ReceiverName, clean


def trace_words(found: Any) -> str:
    """Return OpenTelemetry's `SpanContext` as the W3C's `traceparent`: `00-<trace>-<span>-<flags>`, in hexadecimal."""
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def sender_words(key: ClassName | tuple[ClassName] | None) -> str | None:
    """Return a model's label, another class's dotted name, `instance of …`, or None."""
    if key is None:
        return None
    if isinstance(key, tuple):
        return f"instance of {key[0].name}"
    return key.name


def receiver_words(known: ReceiverName) -> tuple[str, str | None]:
    """Return the dotted name of a receiver and its place, None for what has no Python source."""
    if known.words is None:
        known.words = _receiver_words(known)
    return known.words


def _receiver_words(known: ReceiverName) -> tuple[str, str | None]:
    code, thing = known.code, known.thing
    if known.kind == "function":
        module, qualname = thing
        name = f"{module}.{qualname}" if type(module) is str and module else str(qualname)
        return clean(name), None if code is None else place_words(
            code.co_filename, code.co_firstlineno
        )
    if known.kind == "partial":
        name, place = receiver_words(thing)
        return f"partial of {name}", place
    if known.kind == "builtin":
        return clean(thing), None
    if known.kind == "class":
        return thing.name, None
    code = thing.call_code
    place = None if code is None else place_words(code.co_filename, code.co_firstlineno)
    return f"instance of {thing.name}", place


def code_of(known: ReceiverName) -> CodeType | None:
    """Return the code that a receiver runs first; None for what has no Python source."""
    if known.kind == "partial":
        return code_of(known.thing)
    return known.thing.call_code if known.kind == "instance" else known.code


_sites: dict[tuple[int, int], tuple[CodeType, str]] = {}
"""Words by the `id()` of a code object, which they keep alive, and an instruction's offset."""


def site_words(code: CodeType | None, offset: int) -> str | None:
    """Return `file.py:31 function` of code and an instruction's offset in it."""
    if code is None:
        return None
    found = _sites.get((id(code), offset))
    if found is None:
        if len(_sites) >= 4096:
            _sites.clear()
        found = code, line_words(code, _line_at(code, offset))
        _sites[id(code), offset] = found
    return found[1]


def line_words(code: CodeType, line: int) -> str:
    """Return `file.py:31 function` of code and a line in it."""
    return f"{place_words(code.co_filename, line)} {clean(code.co_qualname)}"


def _line_at(code: CodeType, offset: int) -> int:
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno


def place_words(filename: str, line: int) -> str:
    """Return `file.py:12`, relative to the project or to the entry of `sys.path` that holds it."""
    return f"{clean(_shortened(filename))}:{line}"


@functools.lru_cache(maxsize=4096)
def _shortened(filename: str) -> str:
    for root in (
        str(conf.project_folder()),
        *sorted(filter(None, sys.path), key=len, reverse=True),
    ):
        prefix = root.rstrip("/\\") + "/"
        if filename.startswith(prefix):
            return filename[len(prefix) :]
    return filename
