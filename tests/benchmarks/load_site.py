"""The demo site over the store that a load goes into; settings for one server process."""

from __future__ import annotations

import os

from demo_site.settings import *

SIGNALBOX = {"STORE": os.environ["LOAD_STORE"], "ENABLED": False}
"""It only looks: what it wrote itself, with a capacity as others have, would make room in the stream."""
