"""W003: a module of an installed app that connects receivers, and that nobody imports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from django.apps import AppConfig, apps

from tracer import ownership, words
from tracer.rules import functions, modules_to_come, namespaces, sources
from tracer.rules.finding import Finding

_NAMES = ("signals", "receivers", "handlers")
_MOST_OF_A_PACKAGE = 100
_FILE = "__file__"


class Unimported(NamedTuple):
    """Such a module."""

    config: AppConfig
    name: str
    file: Path
    line: int
    """Of the first thing in it that connects a receiver."""
    is_tried: bool
    """Whether the app's `ready()` tries to import it, and hides that this fails."""

    @property
    def place(self) -> str:
        """`file.py:12`."""
        return words.place_words(str(self.file), self.line)


def unimported_modules() -> Iterator[Finding]:
    """Yield one finding for each such module of the user's own apps."""
    for each in unimported():
        yield Finding(
            id="W003",
            signal=None,
            receiver=None,
            place=each.place,
            text=f"{each.name} connects receivers, but nobody imports it: none of them is ever called.",
            hint=_hint(each.config, each.name, is_tried=each.is_tried),
            tag="never imported",
        )


def unimported(is_meant: Callable[[Path], bool] = lambda file: True) -> Iterator[Unimported]:
    """
    Go through these modules; looks at a few names in each app's folder.

    Only files that are meant are held against all that is loaded, which takes long in a large process.
    """
    suspects = [
        (config, module, file)
        for config in list(apps.get_app_configs())
        if ownership.rank_of_file(str(Path(config.path) / "apps.py")) == ownership.OWN
        for module, file in _modules_of(config)
        if module not in sys.modules and is_meant(file)
    ]
    loaded = namespaces.loaded_files() if suspects else frozenset()
    to_come: frozenset[str] | None = None
    for config, module, file in suspects:
        line = None if os.path.realpath(file) in loaded else sources.source_of(file).connects
        if line is None:
            continue
        tried = _tries_to_import(config, module)
        if tried == "conditional":
            continue
        # A check runs before the first request, which may import it by way of a view.
        to_come = modules_to_come.modules_to_come() if to_come is None else to_come
        if module in to_come:
            continue
        yield Unimported(config, module, file, line, tried is not None)


def _modules_of(config: AppConfig) -> Iterator[tuple[str, Path]]:
    """Yield dotted name and file of what may connect receivers; an app can be a package without `__init__.py`."""
    folder = Path(config.path)
    for name in _NAMES:
        file = folder / f"{name}.py"
        if file.is_file():
            yield f"{config.name}.{name}", file
        package = folder / name
        if package.is_dir():
            for inner in sorted(package.rglob("*.py"))[:_MOST_OF_A_PACKAGE]:
                parts = inner.relative_to(folder).with_suffix("").parts
                if all(part.isidentifier() for part in parts) and "tests" not in parts:
                    if parts[-1] == "__init__":
                        parts = parts[:-1]
                    yield ".".join((config.name, *parts)), inner


def _tries_to_import(config: AppConfig, module: str) -> str | None:
    """
    Tell what the app's `ready()` does about a module: `suppressed` or `conditional`, None for nothing.

    It ran, and the module is not there: either it hides that the import fails, or it did not want it.
    """
    ready = functions.attribute_of_type(type(config), "ready")
    if type(ready) is not FunctionType or not functions.is_own(ready.__code__):
        return None
    names: set[str] = set()
    for code in functions.codes_within(ready.__code__):
        names.update(code.co_names)
        names.update(each for each in code.co_consts if type(each) is str)
    relative = module.removeprefix(f"{config.name}.")
    if not any(each in (module, relative, f".{relative}") for each in names):
        return None
    hides = {"suppress", "ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    return "suppressed" if names & hides else "conditional"


def _hint(config: AppConfig, module: str, *, is_tried: bool) -> str:
    kind = type(config)
    file, name = _file_of(kind), kind.__qualname__
    if is_tried:
        return (
            f"ready() of {name} in {file} tries to import it, and hides that it fails. See why: "
            f"`python manage.py shell -c 'import {module}'`."
        )
    package, _, last = module.removeprefix(f"{config.name}.").rpartition(".")
    line = f"from {config.name}{'.' if package else ''}{package} import {last}  # noqa: F401"
    if kind is not AppConfig:
        if "ready" in vars(kind):
            return f"Add to ready() of {name} in {file}:\n\n    {line}"
        return f"Import it in {name} in {file}:\n\n    def ready(self):\n        {line}"
    unused = _unused_config(config)
    if unused is not None:
        return (
            f'Its {unused} is not used. Write "{config.name}.apps.{unused}" in INSTALLED_APPS instead of '
            f'"{config.name}", and see to it that its ready() holds: {line}'
        )
    title = "".join(part.capitalize() for part in config.label.split("_"))
    where = words.place_words(str(Path(config.path) / "apps.py"), 1).removesuffix(":1")
    return (
        f"Write {where}:\n\n"
        "    from django.apps import AppConfig\n\n\n"
        f"    class {title}Config(AppConfig):\n"
        f'        name = "{config.name}"\n\n'
        f"        def ready(self):\n            {line}"
    )


def _unused_config(config: AppConfig) -> str | None:
    found = sources.source_of(Path(config.path) / "apps.py").classes_with_ready
    return found[0] if found else None


def _file_of(kind: type) -> str:
    module: Any = sys.modules.get(kind.__module__)
    file = vars(module).get(_FILE) if type(module) is ModuleType else None
    return kind.__module__ if file is None else words.place_words(file, 1).removesuffix(":1")
