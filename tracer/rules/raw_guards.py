"""W009: a receiver of `post_save` or `pre_save` without a guard for `raw`, while fixtures exist that are loaded raw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FunctionType

from django.apps import apps
from django.conf import settings
from django.db.models.signals import post_save, pre_save

from tracer import ownership
from tracer.rules import functions
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject

_MOST_FILES = 200
_MOST_BYTES = 5_000_000
_ENDINGS = (".json", ".jsonl", ".yaml", ".yml", ".xml")
_MODEL = re.compile(rb"""["']?\bmodel["']?\s*[:=]\s*["']?(\w+\.\w+)""")
_read: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}


def raw_guards(connected: Iterable[Subject]) -> Iterator[Finding]:
    """
    Yield one finding for each connection for what a fixture holds.

    Fixtures are looked for only when a receiver has no guard, and each is read once until it changes; one
    that names no model, or cannot be read, being packed, may hold everything.
    """
    unguarded = [
        each
        for each in connected
        if (each.signal is post_save or each.signal is pre_save)
        and functions.is_own(each.code)
        and not _is_guarded(each.receiver)
    ]
    fixtures = list(_fixtures()) if unguarded else []
    if not fixtures:
        return
    models_by_file = [_models_in(file) for file in fixtures]
    models = frozenset().union(*models_by_file) if all(models_by_file) else frozenset()
    for each in unguarded:
        if models and not each.is_for_all and (each.sender_words or "").lower() not in models:
            continue
        yield Finding(
            id="W009",
            level="info",
            signal=each.signal_name,
            receiver=each.name,
            sender=each.sender_words,
            place=each.place,
            text=(
                f"{each.name} receives {each.signal_short} and does not look at raw: loaddata calls it too, "
                "when the rows that an instance refers to may not be there yet."
            ),
            hint='Leave it at once for fixtures:\n\n    if kwargs.get("raw"):\n        return',
            tag="no guard for raw",
        )


def _is_guarded(receiver: object) -> bool:
    function = functions.function_of(receiver)
    if function is None:
        return True
    for each in functions.functions_within(function):
        if _names_raw(each):
            return True
        # What it hands its arguments on to may look.
        for name in each.__code__.co_names:
            called = each.__globals__.get(name)
            if (
                type(called) is FunctionType
                and functions.is_own(called.__code__)
                and _names_raw(called)
            ):
                return True
    return False


def _names_raw(function: FunctionType) -> bool:
    return any(
        "raw" in names
        for code in functions.codes_within(function.__code__)
        for names in (
            code.co_varnames,
            code.co_names,
            [c for c in code.co_consts if type(c) is str],
        )
    )


def _fixtures() -> Iterator[Path]:
    folders = [Path(folder) for folder in settings.FIXTURE_DIRS]
    folders += [
        Path(config.path) / "fixtures"
        for config in list(apps.get_app_configs())
        if ownership.rank_of_file(str(Path(config.path) / "apps.py")) == ownership.OWN
    ]
    files = (file for folder in folders if folder.is_dir() for file in sorted(folder.rglob("*")))
    for count, file in enumerate(file for file in files if _is_fixture(file)):
        if count >= _MOST_FILES:
            return
        yield file


def _is_fixture(file: Path) -> bool:
    return file.is_file() and any(ending in file.suffixes for ending in _ENDINGS)


def _models_in(file: Path) -> frozenset[str]:
    """Return the labels of the models that a fixture names, in lower case; none for one that cannot be read."""
    try:
        status = file.stat()
        stamp = status.st_mtime_ns, status.st_size
        known = _read.get(str(file))
        if known is not None and known[0] == stamp:
            return known[1]
        is_readable = file.suffix in _ENDINGS and status.st_size <= _MOST_BYTES
        text = file.read_bytes() if is_readable else b""
    except OSError:
        return frozenset()
    found = frozenset(label.decode().lower() for label in _MODEL.findall(text))
    if len(_read) >= 2 * _MOST_FILES:
        _read.clear()
    _read[str(file)] = stamp, found
    return found
