"""What the loaded modules hold, read past anything of the host's; imports nothing."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_NAMESPACE: Any = vars(ModuleType)["__dict__"]
_FILE = "__file__"


def namespaces() -> list[dict[str, object]]:
    """Return the namespaces of all loaded modules."""
    modules = list(sys.modules.values())
    return [_NAMESPACE.__get__(each) for each in modules if issubclass(type(each), ModuleType)]


def named_thing(module: object, qualname: str) -> object:
    """Return what a loaded module, or a class in it, holds by a name, past descriptors; None for nothing."""
    home = sys.modules.get(module) if type(module) is str else None
    if home is None or not issubclass(type(home), ModuleType):
        return None
    *owners, last = qualname.split(".")
    namespace = _NAMESPACE.__get__(home)
    for owner in owners:
        kind = namespace.get(owner)
        if not issubclass(type(kind), type):
            return None
        namespace = _DICT_OF_TYPE.__get__(kind)
    found = namespace.get(last)
    kind = type(found)
    return found.__func__ if kind is staticmethod or kind is classmethod else found


def loaded_files() -> frozenset[str]:
    """Return the files of all loaded modules: one may have been imported under another name."""
    files = (namespace.get(_FILE) for namespace in namespaces())
    return frozenset(_real_path(file) for file in files if type(file) is str)


@lru_cache(maxsize=50_000)
def _real_path(file: str) -> str:
    # A file that a module came from stays where it is; to ask takes a step for each folder above it.
    return os.path.realpath(file)


def folders_of(package: str) -> tuple[str, ...]:
    """Return the folders in which the modules of a loaded package are; none where it is not loaded, or none."""
    home = sys.modules.get(package)
    if home is None or not issubclass(type(home), ModuleType):
        return ()
    folders = _NAMESPACE.__get__(home).get("__path__")
    if folders is None:
        return ()
    # A package without __init__.py has an object of importlib's there.
    is_plain = type(folders) is list or type(folders).__module__.startswith("_frozen_importlib")
    return tuple(each for each in folders if type(each) is str) if is_plain else ()
