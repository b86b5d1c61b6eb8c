"""The Django app `mishaps`."""

from __future__ import annotations

import sys
from importlib import util

from django.apps import AppConfig


class MishapsConfig(AppConfig):
    """Connects receivers, and makes two mistakes of its own in doing so."""

    name = "demo_site.mishaps"

    def ready(self) -> None:
        """Import what connects receivers; all of it but `receivers.py`, which is W003."""
        from demo_site.mishaps import (  # noqa: F401
            crates,
            parcels,
            rolling_stock,
            station,
            tickets,
            timing,
            trains,
        )
        from demo_site.mishaps.signals import bell_rung

        # W007: nobody holds the lambda. Under DEBUG a cache of Django's does, by accident.
        bell_rung.connect(lambda **kwargs: "The bell was heard.")

        # W004: as after `from mishaps import parcels` where demo_site/ itself is on the path.
        self._import_again("mishaps.parcels", parcels.__file__)

    def _import_again(self, name: str, file: str) -> None:
        if name in sys.modules:
            return  # As for an import: once, however often this app is made ready.
        spec = util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
