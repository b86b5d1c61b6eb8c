"""
Reads a recording that anybody may have made. Owns the sizes that are let in; what it returns may be shown.

Whatever is wrong is a `RecordingError` that names the line, what was expected there and what was got.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple, TypeVar, cast

import msgspec

from tracer.dispatches import Record
from tracer.exceptions import RecordingError
from tracer.recordings import checking
from tracer.recordings.header import FORMAT, VERSION, Header
from tracer.showing import size, visible

MOST_BYTES = 128_000_000
MOST_LINE = 4_000_000
"""Bytes of one line."""
MOST_RECORDS = 50_000
TOLD_EACH = 1_000
"""Records after which it is told how far reading has come."""
MOST_LINES = 4 * MOST_RECORDS
"""Lines, empty ones too."""
_GOT = 60
"""Characters of a line that are shown when it is not what it should be."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Done = TypeVar("Done")

_header = msgspec.json.Decoder(Header)
_record: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class _Kind(msgspec.Struct):
    """As much of a header as tells whether it is one, and of which version."""

    format: str
    version: int


_kind = msgspec.json.Decoder(_Kind)


@dataclasses.dataclass(frozen=True, slots=True)
class Recording:
    """A recording as it was read, in the order of its file."""

    header: Header
    records: tuple[Record, ...]

    @property
    def missing(self) -> int:
        """Return how many records the header counts and the file does not have: it was cut off."""
        return max(self.header.records - len(self.records), 0)


class Progress(NamedTuple):
    """How far reading has come."""

    read: int
    """Records."""
    of: int
    """As many as the header counts; a file may have fewer, or more."""


Told = Generator[Progress, None, "Recording"]


def read(stream: BinaryIO) -> Recording:
    """
    Return the recording in a binary stream, whole or as much of it as there is when its end was cut off.

    Takes some seconds for the largest file that is let in. Raises `RecordingError`, and `OSError` as the stream does.
    """
    return result_of(read_on(stream))


def read_on(stream: BinaryIO) -> Told:
    """Do the same bit by bit, and yield how far it has come; whoever goes on no more has read nothing."""
    rows = _lines(stream)
    number, line = next(rows, (1, b""))
    header = _header_of(line, number)
    yield Progress(0, header.records)
    records: dict[str, tuple[int, Record]] = {}
    for number, line in rows:
        if len(records) == MOST_RECORDS:
            raise _at(number, checking.wrong(f"at most {MOST_RECORDS:,} records", "another"))
        try:
            record = _record_of(line)
        except RecordingError as error:
            if not line.endswith(b"\n") and len(records) < header.records:
                break  # The end of a file that was cut off.
            raise _at(number, error) from None
        if record.id in records:
            above = records[record.id][0]
            got = f"{record.id}, which is on line {above}"
            raise _at(number, checking.wrong("an id that no line before it has", got))
        records[record.id] = number, record
        if len(records) % TOLD_EACH == 0:
            yield Progress(len(records), header.records)
    yield Progress(len(records), header.records)
    checking.check_trees(records)
    return Recording(header, tuple(record for _, record in records.values()))


def result_of(work: Generator[Progress, None, Done]) -> Done:
    """Return what work that tells how far it has come has in the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return cast("Done", end.value)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not empty with their numbers, from 1."""
    number = read_bytes = 0
    while line := stream.readline(MOST_LINE + 1):
        number += 1
        read_bytes += len(line)
        if number == 1 and line.startswith(_UTF_16):
            hint = "UTF-16, as PowerShell's > writes it. Write the file with --output instead"
            raise _at(1, checking.wrong("UTF-8", hint))
        if len(line) > MOST_LINE:
            raise _at(number, checking.wrong(f"at most {size(MOST_LINE)}", "more"))
        if number > MOST_LINES:
            raise _at(number, checking.wrong(f"at most {MOST_LINES:,} lines", "another"))
        if read_bytes > MOST_BYTES:
            raise _at(number, checking.wrong(f"a file of at most {size(MOST_BYTES)}", "more"))
        if line.strip():
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _header_of(line: bytes, number: int) -> Header:
    expected = f'the header of a recording, {{"format":"{FORMAT}","version":{VERSION},…}}'
    try:
        kind = _kind.decode(line)
        if kind.format == FORMAT and kind.version != VERSION:
            made = "a newer Signalbox made it" if kind.version > VERSION else "there is no such one"
            raise _at(number, checking.wrong(f"version {VERSION}", f"{kind.version}: {made}"))
        header = _header.decode(line)
    except (msgspec.ValidationError, RecursionError) as error:
        if f'"{FORMAT}"'.encode() in line:
            expected = f"a header as Signalbox writes it ({_reason(error)})"
        raise _at(number, checking.wrong(expected, _shown(line))) from None
    except (msgspec.DecodeError, UnicodeError):
        raise _at(number, checking.wrong(expected, _shown(line) or "nothing")) from None
    texts = (header.name, header.made_on, header.made_by, header.project, header.signalbox)
    if max(map(len, texts)) > 1_000 or len(header.filter) > checking.MOST_TEXT:
        raise _at(number, checking.wrong("names of at most 1,000 characters", "longer ones"))
    if header.records < 0 or not 1970 <= header.made_at.year <= 9998:
        raise _at(number, checking.wrong("a number of records and a date", _shown(line)))
    return header


def _record_of(line: bytes) -> Record:
    try:
        record = _record.decode(line)
    except (msgspec.ValidationError, RecursionError) as error:
        expected = f"a dispatch or a marker ({_reason(error)})"
        raise checking.wrong(expected, _shown(line)) from None
    except (msgspec.DecodeError, UnicodeError):
        raise checking.wrong("a dispatch or a marker as a JSON object", _shown(line)) from None
    checking.check(record)
    return record


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested a few levels deep"
    words = str(error).replace(" - at `$", " at `")
    return words[:1].lower() + words[1:]


def _shown(line: bytes) -> str:
    return visible(line[: 4 * _GOT].decode("utf-8", "replace").strip())


def _at(number: int, error: RecordingError) -> RecordingError:
    return RecordingError(f"Line {number}: {visible(error)}")
