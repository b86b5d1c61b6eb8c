"""The demo site's settings, its files in a folder of this run: no test writes to the checkout."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "DEMO_SITE_DATA" not in os.environ:
    os.environ["DEMO_SITE_DATA"] = tempfile.mkdtemp(prefix="signalbox-tests-")
    atexit.register(shutil.rmtree, os.environ["DEMO_SITE_DATA"], ignore_errors=True)

from demo_site.settings import *

# Tests install the tracer themselves, and capture what they look at.
SIGNALBOX = {"ENABLED": False, "STORE": "memory"}

# In a file, for SQLite in memory cannot be closed between tests (tests/conftest.py).
DATABASES["default"]["TEST"] = {"NAME": DATA / "test.sqlite3"}
