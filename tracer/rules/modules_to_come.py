"""Which modules a server is going to import that this process has not, as far as sources tell; imports none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tracer import ownership
from tracer.rules import namespaces, sources

_MOST_FILES = 500


def modules_to_come() -> frozenset[str]:
    """
    Return the names of modules that the URLs, the application and the middleware lead to and that are not loaded.

    Reads the user's own files on the way; none once the URLs have been loaded.
    """
    if getattr(settings, "ROOT_URLCONF", None) in sys.modules:
        return frozenset()
    found: set[str] = set()
    to_read = [name for name in _first() if name not in sys.modules]
    while to_read and len(found) < _MOST_FILES:
        name = to_read.pop()
        file = _file_of(name)
        if name in found or file is None or ownership.rank_of_file(str(file)) != ownership.OWN:
            continue
        found.add(name)
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for each in sources.source_of(file).imports:
            to_read += [one for one in _names(each, package) if one not in sys.modules]
    return frozenset(found)


def _first() -> Iterator[str]:
    for setting in ("ROOT_URLCONF", "ASGI_APPLICATION", "WSGI_APPLICATION"):
        value = getattr(settings, setting, None)
        if type(value) is str:
            yield value
            yield value.rpartition(".")[0]
    for value in settings.MIDDLEWARE:
        if type(value) is str:
            yield value.rpartition(".")[0]


def _names(each: sources.Import, package: str) -> Iterator[str]:
    """Yield the modules that an import loads or may load, as the packages on the way do."""
    module = each.module
    if each.level:
        parts = package.split(".")
        parts = parts[: len(parts) - each.level + 1]
        module = ".".join([*parts, module] if module else parts)
    parts = module.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))
    yield from (f"{module}.{name}" for name in each.names)


def _file_of(name: str) -> Path | None:
    """Return the file of a module that is not loaded, by the folders of the nearest package that is."""
    if not name:
        return None
    parts = name.split(".")
    for end in range(len(parts) - 1, -1, -1):
        folders = namespaces.folders_of(".".join(parts[:end])) if end else tuple(sys.path)
        for folder in folders:
            base = Path(folder, *parts[end:])
            for file in (base / "__init__.py", base.with_suffix(".py")):
                if file.is_file():
                    return file
        if folders:
            return None
    return None
