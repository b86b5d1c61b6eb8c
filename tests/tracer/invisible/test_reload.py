"""`runserver` reloads and ends as it does without us, and what each of its processes dispatched is kept."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import WaitUntil
from tests.tracer.invisible import programs
from tracer.dispatches import Dispatch, Marker

SITE = """
import os, sys
from django.http import HttpResponse
from django.dispatch import Signal

DEBUG = True
SECRET_KEY = "s"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "site_that_reloads"
INSTALLED_APPS = ["tracer"]
USE_TZ = True
SIGNALBOX = {"STORE": "sqlite:///STORE_FILE"}
visited = Signal()
VERSION = 1

def visit(request):
    visited.send(None, version=VERSION)
    return HttpResponse(str(VERSION))

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "site_that_reloads"
    sys.argv[0] = "manage.py"
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
else:
    from django.urls import path
    urlpatterns = [path("", visit)]
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "site_that_reloads.py").write_text(
        SITE.replace("STORE_FILE", str(programs.store_file(tmp_path))), encoding="utf-8"
    )
    (tmp_path / "manage.py").write_text(
        "import runpy; runpy.run_module('site_that_reloads', run_name='__main__')",
        encoding="utf-8",
    )
    with (tmp_path / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "manage.py", "runserver", f"127.0.0.1:{port}"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(programs.CHECKOUT)}
            # What is written anew within a second, and as long as it was, would pass for its compiled file.
            | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_reload_and_interrupt_lose_nothing_and_say_nothing(
    server: subprocess.Popen[str], port: int, tmp_path: Path, wait_until: WaitUntil
) -> None:
    def version() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                visits.append(answer.read().decode())
                return str(visits[-1])
        except OSError:
            assert server.poll() is None, (tmp_path / "stderr").read_text(encoding="utf-8")
            return ""

    visits: list[str] = []
    wait_until(lambda: version() == "1", 30)
    source = tmp_path / "site_that_reloads.py"
    source.write_text(
        source.read_text(encoding="utf-8").replace("VERSION = 1", "VERSION = 2"), encoding="utf-8"
    )

    def is_new() -> bool:
        answered = version()
        if answered == "1":
            # The reloader takes no notice of what was changed before it first looked.
            source.touch()
        return answered == "2"

    # Visited until the moment it goes, so that dispatches are in flight.
    wait_until(is_new, 30)
    os.killpg(server.pid, signal.SIGINT)
    assert server.wait(15) in (0, -signal.SIGINT, 1)

    said = (tmp_path / "stderr").read_text(encoding="utf-8")
    assert "Signalbox" not in said
    # Django's server may itself fail to start a thread as it ends, below the command that we name as an origin.
    assert not re.search(r'File ".*/(tracer|dashboard)/(?!installing)', said)
    found = programs.records(tmp_path)
    visited = [d for d in found if isinstance(d, Dispatch) and d.signal.endswith(".visited")]
    versions = [str(d.arguments["version"]) for d in visited]
    assert versions == sorted(versions)
    assert versions.count("2") == visits.count("2")
    # One request may be answered while the interpreter is going down, after the tail was written.
    assert visits.count("1") - 1 <= versions.count("1") <= visits.count("1") + 1
    assert {d.origin for d in visited} == {"GET /"}
    assert len({d.process for d in visited}) == 2
    assert sum(isinstance(m, Marker) and m.kind == "started" for m in found) == 2
