"""The processes of a load: a server that looks, producers that dispatch what they are told. Measures nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.load_viewer import Viewer
from tests.redis_server import free_port

ROOT = Path(__file__).parents[2]
CAPACITY = 1_000_000
"""Of the store."""
ANSWER_S = 60.0


def started_server(url: str, folder: Path, stack: ExitStack) -> tuple[subprocess.Popen[bytes], int]:
    """Return a server that only looks at a store, and its port; ended with the stack."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.load_site",
        "DEMO_SITE_DATA": str(folder),
        "LOAD_STORE": url,
    }
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port)),
            *("-v", "0", "demo_site.asgi:application"),
        ],
        cwd=ROOT,
        env=environment,
    )
    stack.callback(_end, server)
    return server, port


def connected(server: subprocess.Popen[bytes], port: int) -> Viewer:
    """Return a viewer of a server, as soon as that answers."""
    deadline = time.monotonic() + ANSWER_S
    while True:
        try:
            return Viewer(port)
        except ConnectionError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def producer(url: str, stack: ExitStack, capacity: int = CAPACITY) -> subprocess.Popen[str]:
    """Return a producer that has yet to say that it is ready; ended with the stack."""
    producer = subprocess.Popen(
        [sys.executable, "-m", "tests.tracer.stores.producer", url, str(capacity)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(_end, producer)
    return producer


def tell(producer: subprocess.Popen[str], command: str) -> None:
    """Give a producer a command."""
    assert producer.stdin is not None
    producer.stdin.write(command + "\n")
    producer.stdin.flush()


def heard(producer: subprocess.Popen[str]) -> str:
    """Return the line with which it answers."""
    assert producer.stdout is not None
    return producer.stdout.readline()


def _end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def processor_s(pid: int) -> float:
    """Return the seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
