"""Runs a program of its own with the tracer in it, and reads what it left in its store."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tracer.dispatches import Dispatch, Record
from tracer.stores import open_store

CHECKOUT = Path(__file__).parents[3]

_BEGINNING = """
    import os, sys, threading
    from django.conf import settings
    settings.configure(
        SIGNALBOX={{"STORE": "sqlite:///{store}"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    )
    import django; django.setup()
    import tracer
    from django.dispatch import Signal
    signal = Signal()
"""


def run(tmp_path: Path, *body: str, install: bool = True, timeout_s: float = 60) -> str:
    """Run a program to its end, which must be a quiet and good one; return what it printed."""
    program = write(tmp_path, *body, install=install)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=tmp_path,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def write(tmp_path: Path, *body: str, install: bool = True) -> Path:
    """Write a program whose parts are indented each as it stands, and return its path."""
    beginning = _BEGINNING.format(store=store_file(tmp_path))
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(beginning)
        + ("tracer.install()\n" if install else "")
        + "".join(map(textwrap.dedent, body)),
        encoding="utf-8",
    )
    return program


def environment() -> dict[str, str]:
    """Return that of a program, in which this checkout comes first."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *_inherited()])}


def records(tmp_path: Path) -> list[Record]:
    """Return all that a program left in its store, oldest first."""
    store = open_store(f"sqlite:///{store_file(tmp_path)}", 100_000)
    try:
        return [record for _, record in store.newest(100_000)]
    finally:
        store.close()


def dispatches(tmp_path: Path) -> list[Dispatch]:
    """Return the dispatches that a program left in its store."""
    return [record for record in records(tmp_path) if isinstance(record, Dispatch)]


def store_file(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


def _inherited() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
