"""Disks of a test's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

Around = tuple[str, ...]


@pytest.fixture
def disk(tmp_path: Path) -> tuple[Path, Around]:
    """Return a folder, and a command under which a program finds a small disk there that it may fill and remount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = f"mount -t tmpfs -o size=2M none '{folder}'"
    for unshare in (("unshare", "-m"), ("unshare", "-rm")):
        if shutil.which("unshare") and _can(*unshare, "sh", "-c", mount):
            return folder, (*unshare, "sh", "-c", f'{mount} && exec "$@"', "sh")
    pytest.skip("no rights to mount a disk of one's own: needs root, or user namespaces")


def _can(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
