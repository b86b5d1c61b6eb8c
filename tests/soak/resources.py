"""What a process holds at a moment, by what Linux says of it in `/proc`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """Of one process, at one moment."""

    pid: int
    at_s: float
    """Since the soak began."""
    memory_mb: float
    """Resident."""
    threads: int
    descriptors: int
    """Without the spare ones."""
    connections: int
    """To the database's file and the store's: each has one descriptor of the file's log."""
    spare: int
    """
    Descriptors of these files that belong to no connection.

    SQLite cannot close one while another connection of the process has a lock on the file, since that would
    release the lock; it keeps it, and gives it to the next connection.
    """
    is_full: bool
    """Whether the store was full, as far as the soak fills it."""


def sample(pid: int, at_s: float, *, is_full: bool) -> Sample:
    """Return what a process holds now; raise `OSError` when there is none."""
    status = Path(f"/proc/{pid}/status").read_text()
    files = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            files.append(str(link.readlink()))
        except FileNotFoundError:
            continue  # Closed meanwhile.
    logs = sum(file.endswith(".sqlite3-wal") for file in files)
    spare = max(sum(file.endswith(".sqlite3") for file in files) - logs, 0)
    return Sample(
        pid,
        at_s,
        _number(status, "VmRSS") / 1024,
        _number(status, "Threads"),
        len(files) - spare,
        logs,
        spare,
        is_full,
    )


def _number(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    assert found is not None
    return int(found[1])
