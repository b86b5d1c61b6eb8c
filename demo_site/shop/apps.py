"""The Django app `shop`."""

from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Connects the receivers."""

    name = "demo_site.shop"

    def ready(self) -> None:
        """Import the receivers, which connects them."""
        from demo_site.shop import receivers  # noqa: F401
