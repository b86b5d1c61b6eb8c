"""Where the browser is. Uses the standard library alone, for it is asked before anything is installed."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a Chromium, or None when there is none on the path."""
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)
