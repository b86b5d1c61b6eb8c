"""The Django app `cases`."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Holds the page of buttons; has no models and connects nothing."""

    name = "demo_site.cases"
