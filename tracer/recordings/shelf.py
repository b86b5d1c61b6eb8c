"""
The recordings that were imported, as files beside the store. Owns their folder; never touches the store.

A folder and no table of the store: what was imported must not mix with what this project dispatches.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from tracer import conf, stores
from tracer.exceptions import RecordingError
from tracer.recordings.header import Header
from tracer.recordings.reading import Progress, Recording, read, read_on, result_of
from tracer.recordings.writing import lines

MOST_SHELVED = 20
"""Recordings that are kept; the one that was imported first makes room."""
_ID = re.compile(r"[0-9a-f]{16}")
_header = msgspec.json.Decoder(Header)


@dataclasses.dataclass(frozen=True, slots=True)
class Shelved:
    """A recording on the shelf, by its header."""

    id: str
    """Sixteen hexadecimal digits, drawn from what is in it: the same file twice is one recording."""
    header: Header


class Shelf:
    """The recordings of a folder. Any thread or process may use it; raises `RecordingError` and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, stream: BinaryIO, name: str = "") -> Shelved:
        """
        Read a recording and keep it under a name, or under its own where none is given.

        Nothing changes when it is refused.
        """
        return result_of(self.add_on(stream, name))

    def add_on(self, stream: BinaryIO, name: str = "") -> Generator[Progress, None, Shelved]:
        """Do the same bit by bit, and yield how far reading has come; whoever goes on no more has kept nothing."""
        try:
            recording = yield from read_on(stream)
            header = recording.header
            if name:
                header = msgspec.structs.replace(header, name=name[:200])
            return self._keep(dataclasses.replace(recording, header=header))
        except OSError as error:
            raise RecordingError(f"The recording could not be kept: {_words(error)}.") from error

    def all(self) -> list[Shelved]:
        """Return what is kept, the one that was imported last first."""
        return [
            Shelved(path.stem, header)
            for path in reversed(self._paths())
            if (header := _header_in(path)) is not None
        ]

    def open(self, recording_id: str) -> Recording | None:
        """Return a recording by its id, or None when it is not kept."""
        if not _ID.fullmatch(recording_id):
            return None
        try:
            with self._path(recording_id).open("rb") as stream:
                return read(stream)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RecordingError(f"The recording cannot be read: {_words(error)}.") from error

    def has(self, recording_id: str) -> bool:
        """Return whether a recording is kept."""
        return _ID.fullmatch(recording_id) is not None and self._path(recording_id).is_file()

    def remove(self, recording_id: str) -> None:
        """Forget a recording; one that is not kept is forgotten already."""
        if _ID.fullmatch(recording_id):
            try:
                self._path(recording_id).unlink(missing_ok=True)
            except OSError as error:
                raise RecordingError(f"It could not be forgotten: {_words(error)}.") from error

    def _keep(self, recording: Recording) -> Shelved:
        self._folder.mkdir(parents=True, exist_ok=True)
        ignore = self._folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            try:
                for line in lines(recording.records, recording.header):
                    digest.update(line)
                    file.write(line)
                file.close()
                recording_id = digest.hexdigest()[:16]
                Path(file.name).replace(self._path(recording_id))
            except BaseException:
                file.close()
                Path(file.name).unlink(missing_ok=True)
                raise
        for oldest in self._paths()[:-MOST_SHELVED]:
            oldest.unlink(missing_ok=True)
        return Shelved(recording_id, recording.header)

    def _path(self, recording_id: str) -> Path:
        return self._folder / f"{recording_id}.ndjson"

    def _paths(self) -> list[Path]:
        """Return the files in the order in which they were imported."""
        return [path for _, path in sorted(self._dated())]

    def _dated(self) -> Iterator[tuple[int, Path]]:
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*.ndjson"):
                if _ID.fullmatch(path.stem):
                    with contextlib.suppress(OSError):
                        yield path.stat().st_mtime_ns, path


def shelf() -> Shelf:
    """Return the shelf of this project, beside the store's file."""
    return Shelf(stores.file_of(conf.current().STORE).with_suffix(".recordings"))


def _header_in(path: Path) -> Header | None:
    try:
        with path.open("rb") as file:
            return _header.decode(file.readline(1 << 20))
    except (OSError, msgspec.MsgspecError, UnicodeError):
        return None


def _words(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
