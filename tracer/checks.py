"""System checks of the `SIGNALBOX` setting and of what is connected. Owns their ids; imports no host module."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from tracer import conf

if TYPE_CHECKING:
    from tracer.rules import Finding


def register() -> None:
    """Make `manage.py check` run these checks; calling it twice is nothing."""
    checks.register(check_settings)
    checks.register(check_connections)


def check_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Report a `SIGNALBOX` that is no dictionary, unknown keys, values of a wrong kind."""
    given = getattr(settings, "SIGNALBOX", {})
    if type(given) is not dict:
        return [
            checks.Error(
                f"SIGNALBOX is not a dictionary but {type(given).__name__}.",
                hint='Write SIGNALBOX = {"STORE": "sqlite"} in the settings, or leave it out.',
                id="signalbox_tracer.E001",
            )
        ]
    found: list[checks.CheckMessage] = []
    for name, value in given.items():
        if name not in conf.DEFAULTS:
            found.append(_unknown(name))
        elif (problem := conf.problem_of(name, value)) is not None:
            found.append(_unusable(name, problem))
        elif name == "OTEL" and value and not conf.has_opentelemetry():
            found.append(_no_opentelemetry())
    return found


def check_connections(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Report the findings of `tracer.rules` on this process, W001 to W009; nothing where nothing is recorded."""
    if not conf.is_wanted():
        return []
    from tracer import rules  # Late: it needs the models.

    return [_message(finding) for finding in rules.findings()]


def _message(finding: Finding) -> checks.CheckMessage:
    kind = checks.Info if finding.level == "info" else checks.Warning
    text = finding.text if finding.place is None else f"{finding.place}: {finding.text}"
    return kind(text, hint=finding.hint, id=f"signalbox_tracer.{finding.id}")


def _unknown(name: object) -> checks.Error:
    known = ", ".join(conf.DEFAULTS)
    nearest = difflib.get_close_matches(str(name).upper(), conf.DEFAULTS, n=1)
    hint = f'Did you mean "{nearest[0]}"?' if nearest else f"Known are {known}."
    return checks.Error(
        f"SIGNALBOX has no key {name!r:.80}.", hint=hint, id="signalbox_tracer.E002"
    )


def _no_opentelemetry() -> checks.Error:
    return checks.Error(
        'SIGNALBOX["OTEL"] is True, but opentelemetry-api is not installed, so no spans are made.',
        hint='Run pip install "django-signalbox[otel]".',
        id="signalbox_tracer.E004",
    )


def _unusable(name: str, problem: str) -> checks.Error:
    return checks.Error(
        problem,
        hint=f'Until then nothing is recorded. The default is "{name}": {conf.DEFAULTS[name]!r}.',
        id="signalbox_tracer.E003",
    )
