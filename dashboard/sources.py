"""What a host's module says in its source. Owns finding and reading it; must never import it."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path


def path_of(module: str) -> Path | None:
    """Return the module's source file, or None when there is none or it cannot be told."""
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if loaded is None:
        spec = _spec_of(module)
        loaded = spec.origin if spec is not None else None
    return Path(loaded) if loaded is not None and loaded.endswith(".py") else None


def shown(module: str) -> str:
    """Return the module's file as a hint names it: relative to the working directory inside it."""
    path = path_of(module)
    if path is None:
        return f"the module {module}"
    with contextlib.suppress(ValueError, OSError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def imports(module: str, wanted: str) -> bool | None:
    """Return whether the module's source imports `wanted`; None when it has no readable source."""
    tree = _tree_of(module)
    if tree is None:
        return None
    return any(wanted in _imported_by(node) for node in ast.walk(tree))


def includes(module: str, wanted: str, *, seen: frozenset[str] = frozenset()) -> bool | None:
    """
    Return whether a URLconf's source names the URLconf `wanted`, itself or in one that it names.

    None when one on the way has no readable source.
    """
    tree = _tree_of(module)
    if tree is None:
        return None
    names = {name for node in ast.walk(tree) for name in (*_imported_by(node), *_included_by(node))}
    if wanted in names:
        return True
    seen |= {module}
    further = {name for name in names if _is_urlconf(name)} - seen
    answers = {includes(name, wanted, seen=seen) for name in further}
    return True if True in answers else None if None in answers else False


def _is_urlconf(name: str) -> bool:
    return "url" in name.rpartition(".")[2] and not name.startswith("django.")


def _spec_of(module: str) -> ModuleSpec | None:
    """Find the module folder by folder: `find_spec` of a dotted name would import its parents."""
    top, *rest = module.split(".")
    with contextlib.suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec(top)
        name = top
        for part in rest:
            if spec is None or spec.submodule_search_locations is None:
                return None
            name = f"{name}.{part}"
            spec = PathFinder.find_spec(name, spec.submodule_search_locations)
        return spec
    return None


def _tree_of(module: str) -> ast.Module | None:
    path = path_of(module)
    if path is None:
        return None
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _imported_by(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def _included_by(node: ast.AST) -> set[str]:
    """Return the texts in a call of `include`, its arguments' arguments too."""
    if not isinstance(node, ast.Call):
        return set()
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name != "include":
        return set()
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
