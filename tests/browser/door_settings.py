"""The demo site's settings with a door: a file in its folder keeps everybody out."""

from __future__ import annotations

from typing import Any

from demo_site.settings import *

CLOSED = DATA / "closed"


def is_open(seeker: Any) -> bool:
    """Return whether the page may be looked at."""
    return not CLOSED.exists()


SIGNALBOX = {**SIGNALBOX, "ACCESS": "tests.browser.door_settings.is_open"}
