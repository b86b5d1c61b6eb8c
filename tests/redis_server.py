"""A real Redis server of one's own: on a free loopback port, in a temporary folder, ended by its own pid."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

EXECUTABLE = shutil.which("redis-server") or shutil.which("valkey-server")
WHY_SKIPPED = "needs a Redis: apt-get install redis-server (Debian, Ubuntu)"
START_S = 10.0


class RedisServer:
    """A server whose data outlives a restart; `options` are lines of its configuration."""

    def __init__(self, **options: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="signalbox-redis-"))
        self.port = free_port()
        # Written at once, and left to the system from there: what it took is there when it was killed.
        self._options = {"appendonly": "yes", "appendfsync": "no", "save": "", **options}
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert EXECUTABLE is not None, WHY_SKIPPED
        command = [EXECUTABLE, "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--dir", str(self._folder)]
        for name, value in self._options.items():
            command += [f"--{name.replace('_', '-')}", *(value.split() or [""])]
        with (self._folder / "redis.txt").open("ab") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=said)
        deadline = time.monotonic() + START_S
        while not self._answers():
            text = (self._folder / "redis.txt").read_text()
            assert self._process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.02)

    def client(self) -> redis.Redis:
        """Return a client of the test's own, to be closed by it."""
        return redis.Redis(port=self.port, password=self._options.get("requirepass"), protocol=2)

    def kill(self) -> None:
        """End it at once, as a failing machine does."""
        self.send(signal.SIGKILL)

    def stop(self) -> None:
        """Let it stand still: its port accepts, and nobody answers."""
        self.send(signal.SIGSTOP)

    def go_on(self) -> None:
        self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait(timeout=START_S)
            self._process = None

    def forget_everything(self) -> None:
        """Remove its data while it is down."""
        assert self._process is None
        for path in self._folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def free_port() -> int:
    """Return a port of this machine on which nobody listens just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
