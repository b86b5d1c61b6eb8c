"""The demo site as the soak runs it: its own count of dispatches, all signals recorded, a small store."""

from __future__ import annotations

import os

from demo_site.settings import *
from tests.soak.agreed import CAPACITY

ASGI_APPLICATION = "tests.soak.asgi.application"
# Those muted at first would count as not recorded while recording is stopped, and as nothing otherwise.
SIGNALBOX |= {"CAPACITY": CAPACITY, "MUTED": []}

if os.environ.get("DEMO_SITE_RECORDING") != "off":
    _place = INSTALLED_APPS.index("tracer")
    INSTALLED_APPS.insert(_place, "tests.soak.counting.CountingConfig")

if os.environ.get("SOAK_LEAK"):
    MIDDLEWARE = ["tests.soak.leaking.leaking", *MIDDLEWARE]
