"""Runs a script in a small site twice, with Signalbox and without, and keeps what the host sees and what we say."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tracer.dispatches import Dispatch, Marker, Record
from tracer.stores import open_store

CHECKOUT = Path(__file__).parents[2]
TIMEOUT_S = 150
"""Far longer than any script takes; only what hangs meets it."""

BEGINNING = """
import os, sys, threading
sys.path.insert(0, os.getcwd())
from tests.faults.observer import Observer
from django.conf import settings
from django.dispatch import Signal
box = Observer(os.environ["SIGNALBOX_STORE"])
settings.configure(**box.settings(__name__))
import django; django.setup()
from django.urls import include, path
urlpatterns = box.urls()
signal = Signal()
"""


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a script did with Signalbox; the host saw the same without."""

    stdout: str
    code: int
    said: dict[str, dict[str, Any]]
    """By the name of each look of the script: what the page, the store and the counts said."""
    log: str
    """What our loggers wrote."""
    folder: Path

    @property
    def records(self) -> list[Record]:
        """What is in the store's file, oldest first."""
        store = open_store(f"sqlite:///{store_file(self.folder)}", 1_000_000)
        try:
            return [record for _, record in store.newest(1_000_000)]
        finally:
            store.close()

    @property
    def dispatches(self) -> list[Dispatch]:
        return [record for record in self.records if isinstance(record, Dispatch)]

    @property
    def markers(self) -> list[Marker]:
        return [record for record in self.records if isinstance(record, Marker)]

    @property
    def dropped(self) -> int:
        """Dispatches of which a row says that they were lost."""
        return sum(marker.count for marker in self.markers if marker.kind == "dropped")


def store_file(folder: Path) -> Path:
    return folder / "store" / "box.sqlite3"


def run_twice(
    folder: Path,
    *body: str,
    beginning: str = "",
    store: Path | None = None,
    around: Sequence[str] = (),
    code: int | None = 0,
) -> Seen:
    """
    Run the parts one after the other, each indented as it stands, in two processes at once, and hold them together.

    `beginning` stands before anything of Django's or ours is imported. `around` is a command that the interpreter is
    run under. `code` is what both end with; None for any, of the host's own.
    """
    program = folder / "program.py"
    text = (*(beginning,), BEGINNING, *body)
    program.write_text("".join(map(textwrap.dedent, text)), encoding="utf-8")
    started = []
    for is_on in ("", "1"):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]),
            "DJANGO_SETTINGS_MODULE": "",
            "SIGNALBOX_IS_ON": is_on,
            "SIGNALBOX_STORE": str(store or store_file(folder)),
        }
        started.append(
            subprocess.Popen(
                [*around, sys.executable, "-W", "error", str(program)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=folder,
                env=environment,
            )
        )
    without, with_ours = [_end_of(process) for process in started]
    assert host_sees(with_ours) == host_sees(without), with_ours.stderr
    if code is not None:
        assert with_ours.returncode == code, with_ours.stderr
    said = {}
    for file in sorted(folder.glob("look-*.json")):
        said[file.stem.partition("-")[2]] = json.loads(file.read_text(encoding="utf-8"))
    log = folder / "signalbox.log"
    return Seen(
        with_ours.stdout,
        with_ours.returncode,
        said,
        log.read_text(encoding="utf-8") if log.exists() else "",
        folder,
    )


def _end_of(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    try:
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    finally:
        # What hangs.
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def host_sees(ended: subprocess.CompletedProcess[str]) -> tuple[int, list[str], list[str]]:
    """Return exit code and output as lines; in tracebacks, frames that stand in Django's place are as Django's."""
    return ended.returncode, ended.stdout.splitlines(), _lines(ended.stderr)


# Below Python 3.12 asyncio puts a frame of its own around what is awaited and no coroutine, as our stand-ins are.
_DISPATCHER = re.compile(
    r'  File "[^"]*(?:(?:tracer/(?:mirror|calling|instrument|_compat)|dispatch/dispatcher)\.py", line \d+, in .*'
    r'|asyncio/tasks\.py", line \d+, in _wrap_awaitable)'
)


def _lines(stderr: str) -> list[str]:
    """Return the lines without those of the frames between who sends and who receives."""
    lines: list[str] = []
    is_between = False
    for line in stderr.splitlines():
        if line.startswith("  File "):
            is_between = _DISPATCHER.fullmatch(line) is not None
        elif not line.startswith("    "):
            is_between = False
        if not is_between:
            lines.append(re.sub(r"0x[0-9a-f]+", "0x…", line))
    return lines
