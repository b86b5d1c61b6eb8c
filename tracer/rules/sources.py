"""What a source file says of connecting, read without importing it; each file is parsed once until it changes."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MOST_FILES = 500
_MOST_BYTES = 2_000_000


class Decorated(NamedTuple):
    """A function or method with a `receiver(…)` among its decorators."""

    name: str
    line: int
    """Of its first decorator, as `co_firstlineno` has it."""
    above: tuple[str, ...]
    """Source of the decorators above the first `receiver(…)`, each with its `@`."""


class Import(NamedTuple):
    """One import, or a string that could be the name of a module to include."""

    level: int
    """How many dots a relative one begins with; 0 for others."""
    module: str
    names: tuple[str, ...]
    """What is imported from it, which may be modules too."""


class Source(NamedTuple):
    """What is remembered of a file."""

    connects: int | None
    """Line of the first thing in it that connects a receiver as it is imported; None for nothing."""
    decorated: tuple[Decorated, ...]
    classes_with_ready: tuple[str, ...]
    """Names of the classes that have a `ready` of their own."""
    imports: tuple[Import, ...]
    """All of them, those inside functions too."""


_NOTHING = Source(None, (), (), ())
_read: dict[str, tuple[tuple[int, int], Source]] = {}


def source_of(file: str | Path) -> Source:
    """Return what a file says; of one that cannot be read or parsed, nothing."""
    name = str(file)
    try:
        status = Path(name).stat()
        stamp = status.st_mtime_ns, status.st_size
        known = _read.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        found = _parsed(name) if status.st_size <= _MOST_BYTES else _NOTHING
    except (OSError, ValueError):
        return _NOTHING
    if len(_read) >= MOST_FILES:
        _read.clear()
    _read[name] = stamp, found
    return found


def _parsed(name: str) -> Source:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(Path(name).read_bytes())
    except (SyntaxError, RecursionError):
        return _NOTHING
    imported = _Imported(tree)
    lines = [line for node in _run_on_import(tree) for line in imported.connecting(node)]
    return Source(
        connects=min(lines, default=None),
        decorated=tuple(
            found
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for found in imported.decorated(node)
        ),
        classes_with_ready=tuple(
            node.name
            for node in tree.body
            if isinstance(node, ast.ClassDef)
            and any(
                isinstance(each, ast.FunctionDef) and each.name == "ready" for each in node.body
            )
        ),
        imports=tuple(found for node in ast.walk(tree) for found in _imports(node)),
    )


def _imports(node: ast.AST) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(0, alias.name, ()) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield Import(node.level, node.module or "", tuple(alias.name for alias in node.names))
    elif isinstance(node, ast.Call):
        # include("shop.urls"), and whatever else takes a module's name.
        for argument in node.args:
            value = argument.value if isinstance(argument, ast.Constant) else None
            if isinstance(value, str) and all(part.isidentifier() for part in value.split(".")):
                yield Import(0, value, ())


def _run_on_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes that are not inside a function, and functions themselves, whose decorators do run."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                yield decorator
                yield from _run_on_import(decorator)
        elif not isinstance(node, ast.Lambda):
            yield from _run_on_import(node)


class _Imported:
    """Which names of a file are `receiver`, and which are modules."""

    def __init__(self, tree: ast.Module) -> None:
        self.receivers = {"receiver"}
        self.modules: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self.receivers.update(
                    alias.asname or alias.name for alias in node.names if alias.name == "receiver"
                )
            elif isinstance(node, ast.Import):
                self.modules.update(
                    alias.asname or alias.name.partition(".")[0] for alias in node.names
                )

    def is_receiver(self, node: ast.expr) -> bool:
        """Tell whether it is `receiver(…)`, by whatever name it was imported."""
        if not isinstance(node, ast.Call) or not (node.args or node.keywords):
            return False
        made_by = node.func
        if isinstance(made_by, ast.Name):
            return made_by.id in self.receivers
        return isinstance(made_by, ast.Attribute) and made_by.attr == "receiver"

    def connecting(self, node: ast.AST) -> Iterator[int]:
        """Yield the line of a node that connects a receiver."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (each.lineno for each in node.decorator_list if self.is_receiver(each))
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Call) and self.is_receiver(called) and node.args:
                yield node.lineno  # receiver(signal)(function)
            elif isinstance(called, ast.Attribute) and called.attr == "connect":
                # sqlite3.connect(path), client.connect("host") and the like connect no receiver.
                is_function_of_module = (
                    isinstance(called.value, ast.Name) and called.value.id in self.modules
                )
                if not is_function_of_module and _has_receiver(node):
                    yield node.lineno

    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Decorated]:
        """Yield what is to be known of a function, if it is decorated with `receiver(…)`."""
        decorators = node.decorator_list
        first = next((i for i, each in enumerate(decorators) if self.is_receiver(each)), None)
        if first is not None:
            above = tuple(f"@{ast.unparse(each)}" for each in decorators[:first])
            yield Decorated(node.name, decorators[0].lineno, above)


def _has_receiver(call: ast.Call) -> bool:
    if any(keyword.arg == "receiver" for keyword in call.keywords):
        return True
    return bool(call.args) and isinstance(
        call.args[0], ast.Name | ast.Attribute | ast.Lambda | ast.Call
    )
