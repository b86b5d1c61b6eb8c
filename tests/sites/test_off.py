"""What the installed apps cost where nothing is recorded: nothing."""

from __future__ import annotations

import json

from tests.sites.project import Project

LOOK = """
import json, threading
from django.core.management.base import BaseCommand
from django.db.backends.utils import CursorWrapper
from django.dispatch import Signal
from django.test import Client

from project import bell

sending = [getattr(Signal, name) for name in ("send", "send_robust", "asend", "asend_robust")]
others = [Signal.connect, Signal.disconnect, CursorWrapper.execute, BaseCommand.execute]
visitor = Client(SERVER_NAME="127.0.0.1")
print(json.dumps({
    "ring": visitor.get("/ring/").status_code,
    "page": visitor.get("/signals/").status_code,
    "recording": visitor.post("/signals/recording/", {"on": "1"}).status_code,
    "files": [method.__code__.co_filename for method in (*sending, *others)],
    "threads": [thread.name for thread in threading.enumerate()],
}))
"""


def test_debug_off_leaves_djangos_own_methods_no_thread_and_no_file(site: Project) -> None:
    site.append("settings.py", 'DEBUG = False\nALLOWED_HOSTS = ["127.0.0.1"]')
    site.write("look.py", LOOK)
    before = {path.name for path in site.folder.iterdir()}
    said = site.manage("shell", "-v", "0", "-c", "import look").splitlines()
    found = json.loads(next(line for line in said if line.startswith("{")))
    assert (found["ring"], found["page"], found["recording"]) == (200, 403, 403)
    assert all("/django/" in name for name in found["files"]), found["files"]
    assert found["threads"] == ["MainThread"]
    assert {path.name for path in site.folder.iterdir()} - before <= {"__pycache__"}
    assert "no issues" in site.manage("check")
