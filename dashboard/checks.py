"""System checks of the install edits; each hint holds the line to paste. Imports no host module."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import ENVIRONMENT_VARIABLE, settings
from django.contrib.staticfiles import finders
from django.core import checks
from django.urls import NoReverseMatch, reverse

from dashboard import sources

Messages = list[checks.CheckMessage]


def register() -> None:
    """Make `manage.py check` run these checks; calling it twice is nothing."""
    checks.register(check_apps)
    checks.register(check_asgi)
    checks.register(check_urls)
    checks.register(check_static_files)


def check_apps(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Messages:
    """Report apps that the page needs. That daphne stands before staticfiles is its own check."""
    if not _is_used():
        return []
    where = f"INSTALLED_APPS in {_settings_file()}"
    found: Messages = []
    if not apps.is_installed("daphne"):
        found.append(
            checks.Warning(
                "daphne is not installed, so runserver opens no sockets and the feed is not live.",
                hint=f'Make this the first line of {where}:\n\n    "daphne",\n',
                id="signalbox_dashboard.W101",
            )
        )
    needs = {
        "django_htmx": ("E102", "The page's scripts and template tags are those of django_htmx."),
        "tracer": ("E106", "The dashboard shows what the tracer records."),
    }
    for name, (number, reason) in needs.items():
        if not apps.is_installed(name):
            found.append(
                checks.Error(
                    f"{name} is not in INSTALLED_APPS. {reason}",
                    hint=f'Add this line to {where}:\n\n    "{name}",\n',
                    id=f"signalbox_dashboard.{number}",
                )
            )
    return found


def check_asgi(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Messages:
    """Report an ASGI application that is missing, or that does not serve the feed's socket."""
    if not _is_used():
        return []
    dotted = getattr(settings, "ASGI_APPLICATION", None)
    if not isinstance(dotted, str) or "." not in dotted:
        project = str(settings.ROOT_URLCONF).partition(".")[0]
        dotted = f"{project}.asgi.application"
        unset = checks.Warning(
            "ASGI_APPLICATION is not set, so runserver opens no sockets.",
            hint=f'Add this line to {_settings_file()}:\n\n    ASGI_APPLICATION = "{dotted}"\n',
            id="signalbox_dashboard.W103",
        )
        # As it will be once that line is there.
        return [unset, *_check_socket(dotted)]
    return _check_socket(dotted)


def _check_socket(dotted: str) -> Messages:
    """Report an application, by its dotted path, that does not serve the feed's socket."""
    module, _, name = dotted.rpartition(".")
    if _is_wrapped(module, name):
        return []
    return [
        checks.Warning(
            f"{dotted} does not serve the dashboard's socket, so the feed is not live.",
            hint=f"Add these lines at the end of {sources.shown(module)}:\n\n"
            "    from dashboard.asgi import signalbox\n\n"
            f"    {name} = signalbox({name})\n",
            id="signalbox_dashboard.W104",
        )
    ]


def check_urls(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Messages:
    """Report a URLconf that does not include the page."""
    if not _is_used() or _is_included(settings.ROOT_URLCONF):
        return []
    return [
        checks.Warning(
            "The dashboard has no address: dashboard.urls is not included.",
            hint=f"Add these lines at the end of {sources.shown(settings.ROOT_URLCONF)}:\n\n"
            "    from django.urls import include, path\n\n"
            '    urlpatterns += [path("signals/", include("dashboard.urls"))]\n',
            id="signalbox_dashboard.W105",
        )
    ]


def check_static_files(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Messages:
    """Report that the page's scripts and styles will not be found; asks Django's finders."""
    if not _is_used():
        return []
    lost = "so the page's scripts and styles are not found."
    if not apps.is_installed("django.contrib.staticfiles"):
        where, line = "INSTALLED_APPS", "django.contrib.staticfiles"
        problem = f"django.contrib.staticfiles is not in INSTALLED_APPS, {lost}"
    elif finders.find("signalbox/signalbox.css") is None:
        where, line = (
            "STATICFILES_FINDERS",
            "django.contrib.staticfiles.finders.AppDirectoriesFinder",
        )
        problem = f"STATICFILES_FINDERS does not look into apps, {lost}"
    else:
        return []
    hint = f'Add this line to {where} in {_settings_file()}:\n\n    "{line}",\n'
    return [checks.Warning(problem, hint=hint, id="signalbox_dashboard.W107")]


def _is_used() -> bool:
    """Return whether anything is recorded here; in production the apps may lie idle."""
    given = getattr(settings, "SIGNALBOX", {})
    enabled = given.get("ENABLED") if isinstance(given, dict) else None
    return enabled is True or (enabled is None and settings.DEBUG)


def _is_wrapped(module: str, name: str) -> bool:
    """Return False only for certain: another wrapper may hide ours, and a source may be missing."""
    application = getattr(sys.modules.get(module), name, None)
    if getattr(application, "is_signalbox", False) is True:
        return True
    return sources.imports(module, "dashboard.asgi") is not False


def _is_included(urlconf: str) -> bool:
    """Return False only for certain."""
    if urlconf in sys.modules:
        try:
            reverse("signalbox:page", urlconf=urlconf)
        except NoReverseMatch:
            return False
        except Exception:  # noqa: BLE001  # a broken URLconf is for Django's own checks to report
            return True
        return True
    return sources.includes(urlconf, "dashboard.urls") is not False


def _settings_file() -> str:
    module = os.environ.get(ENVIRONMENT_VARIABLE)
    return sources.shown(module) if module else "the settings"
