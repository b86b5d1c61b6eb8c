"""The Django app `articles`."""

from __future__ import annotations

from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    """Connects the receivers."""

    name = "demo_site.articles"

    def ready(self) -> None:
        """Import the receivers, which connects them."""
        from demo_site.articles import receivers  # noqa: F401
