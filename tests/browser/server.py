"""A demo site of its own for the browser tests, as a process on this machine's loopback."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Process:
    """A server process, its output kept to be shown when something fails."""

    def __init__(
        self, arguments: list[str], data: Path, root: Path = ROOT, **environment: str
    ) -> None:
        self.output: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", *arguments],
            cwd=root,
            env={**os.environ, "DEMO_SITE_DATA": str(data), "PYTHONWARNINGS": "default"}
            | {"PYTHONPATH": str(root)}
            | {"DJANGO_SETTINGS_MODULE": "demo_site.settings"}
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process itself, not of what it started."""
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)

    def wait_for(self, pattern: str, timeout_s: float = 60.0) -> str:
        """Return the first group of a pattern in the output."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            found = re.search(pattern, "".join(self.output))
            if found:
                return found[1]
            assert self._process.poll() is None, "".join(self.output)
            time.sleep(0.05)
        raise AssertionError(f"{pattern} did not come:\n{''.join(self.output)}")

    def finish(self, timeout_s: float = 60.0) -> None:
        """Wait until it has ended of its own accord, and well."""
        code = self._process.wait(timeout_s)
        self.stop()
        assert code == 0, "".join(self.output)

    def stand_still(self) -> None:
        """Stop it as a debugger does: its sockets stay open, and it answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on where it stood still."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it as Ctrl+C would."""
        if self._process.poll() is None:
            self.go_on()
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def demo(data: Path, root: Path = ROOT) -> Iterator[str]:
    """Run a demo site without visitors of its own, and give its address."""
    process = Process(["demo_site", "--port", "0", "--no-browser", "--no-traffic"], data, root)
    try:
        yield process.wait_for(r"Site\s+(http://127\.0\.0\.1:\d+)/")
    finally:
        process.stop()


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_until_it_answers(url: str, timeout_s: float = 60.0) -> None:
    """Return once a page answers, whatever it answers."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return


def post(url: str, **fields: str) -> None:
    """Press one of the dashboard's buttons, as its page would."""
    origin = url[: url.index("/", 8)]
    request = urllib.request.Request(
        url,
        data="&".join(f"{name}={value}" for name, value in fields.items()).encode(),
        headers={"Origin": origin, "HX-Request": "true"},
        method="POST",
    )
    urllib.request.urlopen(request, timeout=10).close()
