"""How long a generated example may take: a busy machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("signalbox", deadline=None)
settings.load_profile("signalbox")
