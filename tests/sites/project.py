"""A site as a stranger has it: made by `startproject`, with the built wheel in its environment."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.browser.server import free_port

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LIMIT_S = 60.0

BELL = """
from django.dispatch import Signal, receiver
from django.http import HttpResponse

rung = Signal()


@receiver(rung)
def chime(sender, **kwargs):
    return "ding"


def ring(request):
    rung.send(sender=None, times=1234567, weight=1234.5)
    return HttpResponse("rung")
"""
"""A module of the site, with a signal of its own and a view that sends it."""

RING = """
from project import bell

urlpatterns += [path("ring/", bell.ring)]
"""

MINIMAL = """
INSTALLED_APPS = ["daphne", "django.contrib.staticfiles", "tracer", "dashboard", "django_htmx"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
TEMPLATES = []
DATABASES = {}
"""
"""Settings of a site without users, sessions and database."""

NO_ADMIN = """
from django.urls import include, path

urlpatterns = []
"""
"""The URLs of a site without Django's admin."""


def run(*command: str | Path, cwd: Path, fails: bool | None = False) -> str:
    """Run a command as somebody who does not know the checkout; return what it says. `fails` is None for either."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=600
    )
    assert fails is None or (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    foreign = ("PYTHONPATH", "DJANGO_SETTINGS_MODULE", "DEMO_SITE_DATA", "RUN_MAIN")
    given = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**given, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


@dataclasses.dataclass(frozen=True)
class Project:
    """A project made by `startproject`, and the interpreter that runs it."""

    folder: Path
    python: Path

    def manage(self, *arguments: str, fails: bool | None = False) -> str:
        return run(self.python, "manage.py", *arguments, cwd=self.folder, fails=fails)

    def copy(self, folder: Path) -> Project:
        """Return the same project in another folder, for one test to edit."""
        ignored = shutil.ignore_patterns("venv", "__pycache__")
        return Project(shutil.copytree(self.folder, folder, ignore=ignored), self.python)

    def edit(self, module: str, block: str) -> None:
        """Put a block of the README into one of the project's modules."""
        path = self.folder / "project" / module
        text = path.read_text() if path.exists() else ""
        if "INSTALLED_APPS" in block:
            apps = "".join(f'    "{name}",\n' for name in re.findall(r'"(.+)",', block))
            text = text.replace("INSTALLED_APPS = [\n", f"INSTALLED_APPS = [\n{apps}")
        else:
            text = f"{text}\n{block}"
        path.write_text(text)

    def write(self, name: str, text: str) -> None:
        """Make a file of the project, folders and all."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def append(self, module: str, text: str) -> None:
        """Write something of the site's own below what stands in one of its modules."""
        path = self.folder / "project" / module
        path.write_text(f"{path.read_text()}\n{textwrap.dedent(text)}")

    def install(self) -> None:
        """Make the README's four edits, and give the site a bell."""
        for module, block in readme_edits():
            self.edit(module, block)
        self.write("project/bell.py", BELL)
        self.append("urls.py", RING)

    @contextmanager
    def served(self, *command: str | Path) -> Iterator[str]:
        """Serve the site, by `runserver` unless a command says otherwise; give its host and port."""
        address = f"127.0.0.1:{free_port()}"
        manage = ("manage.py", "runserver", address, "--noreload")
        given = [str(part).replace("PORT", address.rpartition(":")[2]) for part in command]
        log = self.folder / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [self.python, *(given or manage)],
                cwd=self.folder,
                env=environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_it_listens(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=LIMIT_S)


def wait_until_it_listens(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + LIMIT_S
    while True:
        assert server.poll() is None, log.read_text()
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, f"{address} does not answer:\n{log.read_text()}"
            time.sleep(0.02)
        else:
            return


def readme_edits(section: str = "Add it to your project") -> Sequence[tuple[str, str]]:
    """Return the module and the block of each edit that a section of the README shows."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    shown = text.split(f"## {section}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", shown, flags=re.DOTALL | re.MULTILINE)
    edits = []
    for block in map(textwrap.dedent, blocks):
        named = re.match(r"# (?:project/)?(\w+)\.py", block)
        if named is not None:
            edits.append((f"{named[1]}.py", block))
    return edits


def build_wheel(folder: Path) -> Path:
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, CHECKOUT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built
