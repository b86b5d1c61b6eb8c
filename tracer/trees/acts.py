"""What sets a recorded tree off again in a test: a request, a command, or the signal sent once more. Pure."""

from __future__ import annotations

import dataclasses
import math
import re

from tracer.dispatches import Argument, Dispatch
from tracer.showing import visible

_REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/\S*)")
_COMMAND = re.compile(r"manage\.py ([A-Za-z0-9_-]+)")
_WITHOUT_END = frozenset({"shell", "shell_plus", "runserver", "runserver_plus", "test", "dbshell"})
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_LABEL = re.compile(r"[^\W\d]\w*\.[^\W\d]\w*")


@dataclasses.dataclass(frozen=True, slots=True)
class Act:
    """Lines of a test that set something off."""

    lines: tuple[str, ...]
    imports: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """What stands before the block that captures."""


def act_of(root: Dispatch, *, raises: bool) -> Act:
    """Return what set a root off, as far as was recorded; `raises` when an error may come out of it."""
    request = _REQUEST.fullmatch(root.origin or "")
    if request is not None:
        return _request(request[1].lower(), request[2], raises=raises)
    command = _COMMAND.fullmatch(root.origin or "")
    if command is not None and command[1] not in _WITHOUT_END:
        call = f"call_command({quoted(command[1])})"
        return _maybe(call, ("from django.core.management import call_command",), raises=raises)
    sent = _sent(root)
    if sent is not None:
        return _maybe(*sent, raises=raises)
    where = " ".join(filter(None, (root.origin, root.call_site))) or "it was not recorded where"
    said = quoted(f"Do here what {root.method}() was called for: {visible(where)}")
    return Act((f"pytest.fail({said})",))


def quoted(text: str) -> str:
    """Return text as a literal of Python, in double quotes where there are none in it."""
    literal = repr(text)
    if literal[0] == "'" and '"' not in literal:
        return f'"{literal[1:-1]}"'
    return literal


def _request(method: str, path: str, *, raises: bool) -> Act:
    hints = ["# Make the rows that it needs before: the test's database is empty."]
    if method not in ("get", "head", "options"):
        hints.append("# Its fields were not recorded: add those that it needs.")
    return Act(
        (*hints, f"client.{method}({quoted(path)})"),
        fixtures=("client",),
        before=("client.raise_request_exception = False",) if raises else (),
    )


def _maybe(call: str, imports: tuple[str, ...], *, raises: bool) -> Act:
    if not raises:
        return Act((call,), imports)
    return Act(
        ("with contextlib.suppress(Exception):", f"    {call}"), ("import contextlib", *imports)
    )


def _sent(root: Dispatch) -> tuple[str, tuple[str, ...]] | None:
    """Return the call that sends a signal of the project again; None when not all of it was recorded."""
    if not _DOTTED.fullmatch(root.signal) or root.signal.startswith("django."):
        return None
    sender, imports = "None", ["from django.utils.module_loading import import_string"]
    if root.sender is not None and _LABEL.fullmatch(root.sender):
        sender = f"apps.get_model({quoted(root.sender)})"
        imports.append("from django.apps import apps")
    elif root.sender is not None:
        if not _DOTTED.fullmatch(root.sender):
            return None
        sender = f"import_string({quoted(root.sender)})"
    if "…" in root.arguments or not all(map(_is_whole, root.arguments.values())):
        return None
    named = "".join(f", {quoted(k)}: {_value(v)}" for k, v in root.arguments.items())
    method = f"import_string({quoted(root.signal)}).{root.method}"
    if root.method.startswith("a"):
        imports.append("from asgiref.sync import async_to_sync")
        method = f"async_to_sync({method})"
    call = f"{method}(**{{{quoted('sender')}: {sender}{named}}})"
    return call, tuple(sorted(imports))


def _value(value: Argument) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


def _is_whole(value: Argument) -> bool:
    """Tell whether a value was recorded as it was: not shortened, masked, or only told by its type."""
    if isinstance(value, str):
        return not (value.startswith(("<", "•")) or value.endswith("…") or " #" in value)
    return not isinstance(value, float) or math.isfinite(value)
