"""How many dispatches each process made: three numbers in a file of its own, which outlives it. Knows no tracer."""

from __future__ import annotations

import mmap
import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

_FORM = struct.Struct("3Q")


@dataclass(frozen=True, slots=True)
class Made:
    """Dispatches of one process up to now."""

    all: int = 0
    own: int = 0
    """Of these, sent in requests of Signalbox's own pages."""
    muted: int = 0
    """Of these, of the signal that the soak mutes now and then."""


class Counting:
    """This process's own numbers; `add` may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        file = folder / str(os.getpid())
        file.write_bytes(bytes(_FORM.size))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _FORM.size)
        self._lock = threading.Lock()
        self._numbers = [0, 0, 0]

    def add(self, *, is_own: bool, is_muted: bool) -> None:
        """Count one dispatch; it stands in the file at once, even if the process is killed."""
        with self._lock:
            self._numbers[0] += 1
            self._numbers[1] += is_own
            self._numbers[2] += is_muted
            _FORM.pack_into(self._memory, 0, *self._numbers)


def made_by(folder: Path) -> dict[int, Made]:
    """Return what every process has counted so far, by its pid."""
    # One that has just begun may not have written anything yet.
    return {
        int(file.name): Made(*_FORM.unpack(file.read_bytes().ljust(_FORM.size, b"\0")))
        for file in folder.glob("*")
    }
