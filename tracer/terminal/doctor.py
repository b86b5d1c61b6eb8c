"""`manage.py signals doctor`: whether all is installed, as findings; Django's check framework has the hints."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal

import django
from django.apps import apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core import checks
from django.core.checks.registry import registry as known_checks
from django.urls import NoReverseMatch, reverse

import tracer
from tracer import conf, faults, registry, stores
from tracer.exceptions import SettingError, StoreError
from tracer.showing import count, visible
from tracer.terminal.ink import Ink

_SIGNS: dict[str, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "look": ("!", "amber"),
    "bad": ("✗", "red"),
}
_OURS = ("signalbox_", "daphne.")
"""Daphne's own check says that it has to stand above `staticfiles`."""
_ABOUT_RECEIVERS = re.compile(r"signalbox_tracer\.W00\d")


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    kind: Literal["ok", "look", "bad"]
    text: str
    hint: str = ""
    must_be_mended: bool = False


def examine() -> Iterator[Finding]:
    """Yield what is found, in the order in which it is to be read."""
    yield _versions()
    yield _recording()
    yield from _store()
    yield _known()
    yield from _page()
    yield from _checks()


def lines(finding: Finding, ink: Ink) -> Iterator[str]:
    """Yield the lines of a finding, its hint as it stands, for it holds what to paste."""
    sign, style = _SIGNS[finding.kind]
    yield f"{ink(sign, style)} {visible(finding.text)}"
    for line in finding.hint.rstrip("\n").split("\n") if finding.hint else ():
        yield f"    {visible(line)}".rstrip()


def _versions() -> Finding:
    found = [f"Python {platform.python_version()}", f"Django {django.get_version()}"]
    for name in ("django-signalbox", "channels", "daphne", "django-htmx", "msgspec"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return Finding("ok", ", ".join(found))


def _recording() -> Finding:
    if tracer.is_installed():
        try:
            is_on = stores.shared().control().recording
        except StoreError:
            is_on = True
        if not is_on:
            return Finding(
                "look", "Recording was stopped on the page.", "Press r there to resume it."
            )
        return Finding("ok", "The tracer is installed and records.")
    try:
        enabled = conf.current().ENABLED
    except SettingError:
        return Finding("bad", "Nothing is recorded, for a setting is wrong; see below.")
    if faults.count:
        return Finding("bad", f"The tracer took itself off: {faults.last}", must_be_mended=True)
    if enabled is False:
        return Finding("look", 'Nothing is recorded: SIGNALBOX["ENABLED"] is False.')
    if enabled is None and not settings.DEBUG:
        return Finding(
            "look",
            "Nothing is recorded: DEBUG is off.",
            'To record nevertheless, set SIGNALBOX = {"ENABLED": True}.',
        )
    if not apps.is_installed("tracer"):
        return Finding(
            "bad",
            "The tracer is not in INSTALLED_APPS.",
            'Add "tracer" to it.',
            must_be_mended=True,
        )
    return Finding("bad", "The tracer was taken off.", must_be_mended=True)


def _store() -> Iterator[Finding]:
    try:
        settings_ = conf.current()
        store = stores.shared()
        # What is agreed on is written anew as it stands: nothing is recorded to try it.
        store.set_control(store.control())
        kept = count(store.count(), "record")
    except (StoreError, SettingError) as error:
        yield Finding("bad", f"The store cannot be used: {error}", must_be_mended=True)
        return
    is_stand_in = store.name == "memory" and settings_.STORE != "memory"
    if store.notice is not None:
        yield Finding(
            "bad" if is_stand_in else "look", f"The store: {store.notice}", "", is_stand_in
        )
    if not is_stand_in:
        yield Finding(
            "ok",
            f"The store can be written: {store.name}, {kept} of at most {settings_.CAPACITY:,}.",
        )
    if settings_.STORE == "memory":
        yield Finding(
            "look",
            "The store is this process's memory: `signals tail` and the page see no other process.",
            'SIGNALBOX = {"STORE": "sqlite"} shares it.',
        )


def _known() -> Finding:
    signals = registry.snapshot()
    receivers = sum(len(signal.receivers) for signal in signals)
    return Finding(
        "ok", f"{count(len(signals), 'signal')} and {count(receivers, 'receiver')} are known."
    )


def _settings_file() -> str:
    """Return the settings' file, relative to the working directory inside it."""
    module = os.environ.get(ENVIRONMENT_VARIABLE, "")
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return "the settings"
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _page() -> Iterator[Finding]:
    if not apps.is_installed("dashboard"):
        yield Finding(
            "look",
            "The dashboard is not in INSTALLED_APPS, so there is no page.",
            f"Make these the first lines of INSTALLED_APPS in {_settings_file()}:\n\n"
            '    "daphne",\n    "dashboard",\n    "django_htmx",\n',
        )
        return
    if not any(app.label == "signalbox_dashboard" for app in apps.get_app_configs()):
        yield Finding(
            "bad",
            "The package dashboard is the project's own, and Signalbox's has the same name.",
            "One project cannot have both. Without the page, the rest of this command works.",
            must_be_mended=True,
        )
        return
    try:
        yield Finding("ok", f"The dashboard is mounted at {reverse('signalbox:page')}")
    except NoReverseMatch:
        # Where something is recorded the dashboard's own check says so, with the lines to paste.
        if not tracer.is_installed():
            yield Finding("look", "The dashboard has no address.")
    except Exception as error:  # noqa: BLE001  # the host's URLconf may raise anything
        yield Finding(
            "bad",
            f"The URLconf cannot be imported: {type(error).__name__}: {error}",
            must_be_mended=True,
        )


def _checks() -> Iterator[Finding]:
    """Yield what Django's check framework has to say of us."""
    try:
        messages = checks.run_checks()
    except Exception as error:  # noqa: BLE001  # a check of the host's, or what it imports, may raise anything
        yield Finding("look", f"manage.py check itself fails: {type(error).__name__}: {error}")
        messages = [
            message
            for check in known_checks.get_checks()
            if check.__module__.partition(".")[0] in ("tracer", "dashboard", "daphne")
            for message in check(app_configs=None, databases=None)
        ]
    for message in sorted(messages, key=lambda each: each.id or ""):
        if not (message.id or "").startswith(_OURS) or message.is_silenced():
            continue
        is_about_receivers = _ABOUT_RECEIVERS.fullmatch(message.id or "") is not None
        yield Finding(
            "bad" if message.level >= checks.ERROR else "look",
            f"{message.id}  {message.msg}",
            message.hint or "",
            message.level >= checks.WARNING and not is_about_receivers,
        )
