"""The demo site with one more page, which dispatches as often as it is told; settings of one server process."""

from __future__ import annotations

from demo_site.settings import *

SIGNALBOX = SIGNALBOX | {"CAPACITY": 1_000_000}
"""So that nothing makes room before it is read, and all can be told apart."""
ROOT_URLCONF = "tests.benchmarks.flood_views"
