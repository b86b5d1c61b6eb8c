"""The sites that are measured: a small one of two apps. Owns their settings, not what is done in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
from django.conf import settings

MUTED = ("one", "unheard", "unconnected")


def set_up_small_site(
    folder: Path, *, apps: Sequence[str] = (), store: str = "", **more: Any
) -> None:
    """Configure a site as `startproject` makes it, its database, and the tracer's store if none is given, there."""
    settings.configure(
        DEBUG=True,
        BASE_DIR=folder,
        SECRET_KEY="good for nothing else",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *apps],
        USE_TZ=True,
        SIGNALBOX={
            "STORE": store or f"sqlite:///{folder / 'signalbox.sqlite3'}",
            "MUTED": [
                "django.db.models.signals.pre_init",
                "django.db.models.signals.post_init",
                *(f"tests.benchmarks.subjects.muted_{name}" for name in MUTED),
            ],
        },
        **more,
    )
    django.setup()
