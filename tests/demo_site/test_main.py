"""`python -m demo_site`: its sentences when it cannot run, and its beginning and end when it can."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import WaitUntil

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo_site", "--no-browser", *arguments]


def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {"DEMO_SITE_DATA": str(data)}


def refusal(data: Path, *arguments: str) -> str:
    """Run the demo, which cannot, and return its only line on stderr."""
    ended = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=environment(data),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    return line


def test_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]
        line = refusal(tmp_path, "--port", str(port))
    assert line.startswith(f"Port {port} cannot be used (address already in use); choose another")


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "8000.5", "", "²"])
def test_impossible_port_is_one_sentence(tmp_path: Path, port: str) -> None:
    line = refusal(tmp_path, f"--port={port}")
    assert "expected a port from 1 to 65535, such as 8000, got" in line


def test_unknown_option_is_one_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path, "--prot", "8000") == "Unrecognized arguments: --prot 8000."


def file_in_the_way(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "data"


def folder_in_place_of_the_database(folder: Path) -> Path:
    (folder / "db.sqlite3").mkdir()
    return folder


def file_that_is_no_database(folder: Path) -> Path:
    (folder / "db.sqlite3").write_text("this is no database " * 100)
    return folder


def folder_of_the_kernel(folder: Path) -> Path:
    return Path("/proc/signalbox")


@pytest.mark.parametrize(
    "obstacle",
    [
        file_in_the_way,
        folder_in_place_of_the_database,
        file_that_is_no_database,
        folder_of_the_kernel,
    ],
)
def test_database_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, obstacle: Callable[[Path], Path]
) -> None:
    data = obstacle(tmp_path)
    line = refusal(data, "--port", "0")
    assert line.startswith(f"The database in {data} cannot be written (")
    assert line.endswith("; set DEMO_SITE_DATA to a folder that can.")


class Demo:
    """A running demo."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.banner = ""
        while "Ctrl+C" not in self.banner:
            line = process.stdout.readline()
            assert line, f"it ended before it was ready:\n{self.banner}"
            self.banner += line
        [self.site] = re.findall(r"Site +(\S+)", self.banner)

    def descendants(self) -> list[int]:
        """Return the ids of all processes that it began, directly or not."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(stat.parent.name)] = int(fields[1])
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found[1:]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """Run the demo with visitors on a free port."""
    process = subprocess.Popen(
        command("--port", "0"),
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Demo(process)
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_demo_serves_and_leaves_nothing_behind(
    demo: Demo, wait_until: WaitUntil, number: int, code: int
) -> None:
    with urllib.request.urlopen(demo.site, timeout=TIMEOUT_S) as answer:
        assert answer.status == 200
    assert re.search(r"Admin +\S+/admin/ +admin · \w{8}", demo.banner)
    assert "Faults are planted: python -m demo_site.manage check lists them." in demo.banner
    assert "signalbox_tracer.W" not in demo.banner
    # runserver, the server that it reloads, and the visitors
    begun = wait_until(lambda: len(found := demo.descendants()) >= 3 and found, TIMEOUT_S)
    demo.process.send_signal(number)
    rest, _ = demo.process.communicate(timeout=TIMEOUT_S)
    assert demo.process.returncode == code
    assert "Traceback" not in rest
    assert [pid for pid in begun if Path(f"/proc/{pid}").exists()] == []
