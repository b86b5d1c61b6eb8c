"""The demo site's settings as a server of another kind serves it, or by another name."""

from __future__ import annotations

import os

from demo_site.settings import *

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "box.test"]

if os.environ.get("SERVED_WITHOUT") == "daphne":
    INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "daphne"]
    del ASGI_APPLICATION  # noqa: F821
