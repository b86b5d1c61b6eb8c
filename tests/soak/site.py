"""The demo site as a process of its own: begins, reloads and ends it, and presses its dashboard's buttons."""

from __future__ import annotations

import os
import re
import time
import urllib.request
from pathlib import Path

from tests.browser.server import Process, free_port, post, wait_until_it_answers
from tests.soak.agreed import COUNTS, RELOAD
from tests.soak.counts import Made, made_by

SETTINGS = "tests.soak.settings"
LIMIT_S = 90.0


class Site:
    """One address and one folder, whichever process serves them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.store = f"sqlite:///{data / 'signalbox.sqlite3'}"
        self.pid = 0
        """Of the process that serves, which is a grandchild of the one that was started."""
        self._process: Process | None = None
        (data / RELOAD).touch()

    def start(self) -> None:
        """Run the demo, and wait until it serves."""
        arguments = ["demo_site", "--port", str(self.port), "--no-browser", "--no-traffic"]
        self._process = Process(arguments, self.data, DJANGO_SETTINGS_MODULE=SETTINGS)
        self._process.wait_for(r"Site\s+(http)", LIMIT_S)
        self._await_server()

    def reload(self) -> None:
        """Have the autoreloader take it for changed, and wait until the next process serves."""
        # A file system's clock may be coarser than what has passed since it was touched last.
        next_s = (self.data / RELOAD).stat().st_mtime + 2
        os.utime(self.data / RELOAD, (next_s, next_s))
        self._await_server()

    def stop(self) -> None:
        """End it as Ctrl+C does."""
        if self._process is not None:
            self._process.stop()

    def made(self) -> dict[int, Made]:
        """Return what each process of the site and its commands has counted, by pid."""
        return made_by(self.data / COUNTS)

    def run_command(self, code: str) -> Process:
        """Begin a management command that runs a line of Python within the site."""
        arguments = ["demo_site.manage", "shell", "-v", "0", "-c", code]
        return Process(arguments, self.data, DJANGO_SETTINGS_MODULE=SETTINGS)

    def press(self, button: str, **fields: str) -> None:
        """Press one of the dashboard's buttons."""
        post(f"{self.address}/signals/{button}/", **fields)

    def look_at(self, path: str) -> str:
        """Return one of the dashboard's pages or their parts."""
        address = f"{self.address}/signals/{path}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.read().decode()

    def errors(self) -> int:
        """Return how many tracebacks the server has printed."""
        output = "" if self._process is None else "".join(self._process.output)
        return len(re.findall(r"^Traceback ", output, re.MULTILINE))

    def output(self) -> str:
        """Return what the site has printed."""
        return "" if self._process is None else "".join(self._process.output)

    def _await_server(self) -> None:
        assert self._process is not None
        before, deadline = self.pid, time.monotonic() + LIMIT_S
        while True:
            served = [pid for child in children(self._process.pid) for pid in children(child)]
            if served and served[-1] != before:
                break
            assert time.monotonic() < deadline, f"No server came:\n{self.output()}"
            time.sleep(0.05)
        self.pid = served[-1]
        wait_until_it_answers(f"{self.address}/signals/help/", LIMIT_S)


def children(parent: int) -> list[int]:
    """Return the pids of what a process has started and has not ended, by pid (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # It has ended meanwhile.
        if int(text.rpartition(")")[2].split()[1]) == parent:
            found.append(int(stat.parent.name))
    return sorted(found)
