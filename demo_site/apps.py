"""The Django app `demo_site`: what the site's apps share."""

from __future__ import annotations

from django.apps import AppConfig


class DemoSiteConfig(AppConfig):
    """Holds the frame of the pages, the stylesheet and the `traffic` command."""

    name = "demo_site"
    verbose_name = "Demo site"
