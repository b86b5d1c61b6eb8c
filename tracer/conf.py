"""The settings, read once into a frozen record. Owns their names and defaults; reports nothing."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tracer.exceptions import SettingError


@dataclasses.dataclass(frozen=True, slots=True)
class Conf:
    """The `SIGNALBOX` setting with its defaults filled in."""

    ENABLED: bool | None = None
    """Record from start-up on. None: when `DEBUG` is on."""
    STORE: str = "sqlite"
    """`sqlite`, `sqlite:///path/to/file`, `memory`, or `redis://…`."""
    CAPACITY: int = 20_000
    """Records that the store keeps; older ones make room, trees with an error and the slowest last."""
    CAPACITY_MB: int = 256
    """Megabytes of these, in their wire form; not in Redis, which has a limit of its own."""
    MUTED: tuple[str, ...] = (
        "django.db.models.signals.pre_init",
        "django.db.models.signals.post_init",
    )
    """Dotted names of signals that are not recorded until somebody unmutes them on the page."""
    SAMPLE: float = 1.0
    """Of the requests, commands and tasks, how many are kept, 0 to 1; trees with an error always, and all counted."""
    REDACT: tuple[str, ...] = ()
    """Regular expressions; an argument with a match in its name, in either case, is masked."""
    QUERIES: bool = True
    """Record the queries of receiver calls: how many, how long, and their statements without values."""
    OTEL: bool = False
    """Make spans of dispatches and receiver calls, with the OpenTelemetry tracer provider that the host configured."""
    SLOW_MS: float = 10.0
    """Milliseconds from which a receiver call counts as slow."""
    ACCESS: str | None = None
    """Dotted path of a callable that takes a request or a socket's scope and says who may look."""
    EDITOR: str | None = None
    """What opens a source's line: a name in `EDITORS`, or a URL with `{path}` and `{line}`. None: no links."""


DEFAULTS: Mapping[str, Any] = {field.name: field.default for field in dataclasses.fields(Conf)}

_NOTHING: dict[str, Any] = {}
_read: tuple[object, Conf] | None = None

_TYPES: Mapping[str, tuple[str, str]] = {
    "ENABLED": ("True, False or None", "True"),
    "STORE": ('"sqlite", "sqlite:///path", "memory" or "redis://host:6379/0"', '"sqlite"'),
    "CAPACITY": ("a whole number of dispatches from 100 up", "20_000"),
    "CAPACITY_MB": ("a whole number of megabytes from 1 up", "256"),
    "MUTED": ("a list of dotted names of signals", '["django.db.models.signals.pre_init"]'),
    "SAMPLE": ("a number from 0 to 1", "0.1"),
    "REDACT": ("a list of regular expressions", '["iban", "card_.*"]'),
    "QUERIES": ("True or False", "True"),
    "OTEL": ("True or False", "True"),
    "SLOW_MS": ("a number of milliseconds above 0", "10.0"),
    "ACCESS": ("the dotted path of a callable, or None", '"project.access.may_look"'),
    "EDITOR": (
        'None, "vscode", "pycharm", "zed", "sublime", or a URL with {path} and {line}',
        '"vscode"',
    ),
}

EDITORS: Mapping[str, str] = {
    "vscode": "vscode://file{path}:{line}",
    "pycharm": "pycharm://open?file={path}&line={line}",
    "zed": "zed://file{path}:{line}",
    "sublime": "subl://open?url=file://{path}&line={line}",
}
"""The URL of each editor that is known by its name; a path begins with a slash."""
_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):[^\s\x00-\x1f]*", re.IGNORECASE)
_NOT_EDITORS = frozenset({"javascript", "data", "vbscript", "file", "blob"})


def current() -> Conf:
    """Return the settings in force, read once; raise `SettingError` when one is not usable."""
    global _read
    given = getattr(settings, "SIGNALBOX", _NOTHING)
    # By identity, so that overridden settings are seen without a receiver of ours on `setting_changed`.
    if _read is None or _read[0] is not given:
        _read = given, _conf_of(given)
    return _read[1]


def is_wanted() -> bool:
    """Tell whether the settings ask for the tracer; not while they are wrong."""
    try:
        enabled = current().ENABLED
    except SettingError:
        return False
    return settings.DEBUG if enabled is None else enabled


def has_opentelemetry() -> bool:
    """Tell whether `opentelemetry-api` is installed, which `OTEL` needs."""
    try:
        return importlib.util.find_spec("opentelemetry.trace") is not None
    except (ImportError, ValueError):
        return False


def _conf_of(given: object) -> Conf:
    if type(given) is not dict:
        raise SettingError(
            'SIGNALBOX: expected a dictionary, such as {"STORE": "sqlite"}, '
            f"got {type(given).__name__}."
        )
    return read(given)


def project_folder() -> Path:
    """Return the host project's folder: `BASE_DIR` of its settings, else where the process was started."""
    try:
        base = getattr(settings, "BASE_DIR", None)
    except ImproperlyConfigured:
        base = None
    return Path(base).absolute() if isinstance(base, str | os.PathLike) else Path.cwd()


def read(given: Mapping[str, Any]) -> Conf:
    """Return the record of a `SIGNALBOX` dictionary; checks.py reports the keys unknown here."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in DEFAULTS:
            continue
        problem = problem_of(name, value)
        if problem is not None:
            raise SettingError(problem)
        values[name] = tuple(value) if name in ("MUTED", "REDACT") else value
    return Conf(**values)


def problem_of(name: str, value: object) -> str | None:
    """Return a sentence on what is wrong with a known setting's value, or None."""
    if _fits(name, value):
        return None
    expected, example = _TYPES[name]
    got = _without_password(value) if name == "STORE" and isinstance(value, str) else value
    return f'SIGNALBOX["{name}"]: expected {expected}, such as {example}, got {got!r:.80}.'


def _fits(name: str, value: object) -> bool:
    match name:
        case "QUERIES" | "OTEL":
            return isinstance(value, bool)
        case "ENABLED":
            return value is None or isinstance(value, bool)
        case "STORE":
            return isinstance(value, str) and (
                value in ("sqlite", "memory")
                or value.startswith(("sqlite:///", "redis://", "rediss://"))
            )
        case "CAPACITY":
            return _is_whole_from(100, value)
        case "CAPACITY_MB":
            return _is_whole_from(1, value)
        case "SLOW_MS":
            return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        case "SAMPLE":
            return (
                isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
            )
        case "ACCESS":
            return value is None or (isinstance(value, str) and "." in value)
        case "EDITOR":
            return value is None or (
                isinstance(value, str) and (value in EDITORS or _is_editor_url(value))
            )
        case "REDACT":
            return _is_list_of_str(value) and all(_compiles(pattern) for pattern in value)
        case _:
            return _is_list_of_str(value)


def _without_password(url: str) -> str:
    """Leave out what may be a user or a password of a URL, however it is misspelt."""
    _, at, place = url.rpartition("@")
    return f"…{at}{place}".partition("?")[0] if at else url.partition("?")[0]


def _is_whole_from(least: int, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_list_of_str(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_editor_url(template: str) -> bool:
    url = _URL.fullmatch(template)
    return url is not None and "{path}" in template and url["scheme"].lower() not in _NOT_EDITORS


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
