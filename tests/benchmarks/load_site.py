"""The demo site over the store that a load goes into; settings for one server process."""

from __future__ import annotations

import os

from demo_site.settings import *

SIGNALBOX = {"STORE": os.environ["LOAD_STORE"], "CAPACITY": int(os.environ["LOAD_CAPACITY"])}
