"""`manage.py signals export` and `import`: recordings out of the store, and onto the shelf beside it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.urls import NoReverseMatch, reverse

from tracer import conf, recordings
from tracer.exceptions import RecordingError
from tracer.filters import Filter
from tracer.recordings import Header, Shelved
from tracer.showing import count, moment, visible
from tracer.stores import Store


def exported(open_store: Callable[[], Store], text: str) -> tuple[Iterator[bytes], str]:
    """
    Return the lines of a recording of what the store keeps, and what to say of it.

    Raises `FilterError`, and `StoreError` when the store cannot be read.
    """
    settings = conf.current()
    filter_ = Filter.parse(text, slow_ns=round(settings.SLOW_MS * 1_000_000))
    store = open_store()
    try:
        header, records = recordings.of_store(store, settings.CAPACITY, filter_, text)
    finally:
        store.close()
    said = f"{count(len(records), 'record')} exported."
    if len(records) > recordings.MOST_RECORDS:
        said += f" Import takes {recordings.MOST_RECORDS:,} at most; a filter makes them fewer."
    return recordings.lines(records, header), said


def write(lines: Iterable[bytes], path: str, out: Any) -> None:
    """Write lines to a file, or where the path is empty to the command's output; raise `OSError`."""
    if path:
        with Path(path).open("wb") as file:
            file.writelines(lines)
        return
    # Bytes: whatever the terminal's encoding is, the format's is UTF-8.
    binary = getattr(out, "buffer", None)
    for line in lines:
        if binary is not None:
            binary.write(line)
        else:
            out.write(line.decode(), ending="")


def imported(path: str, name: str) -> Shelved:
    """Put a file, or with `-` what comes on standard input, onto the shelf; raise `RecordingError`."""
    try:
        with _stream(path) as stream:
            return recordings.shelf().add(stream, name or (Path(path).name if path != "-" else ""))
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}.") from error


def summary(shelved: Shelved) -> Iterator[str]:
    """Yield the lines that say what was imported and where it stands."""
    header = shelved.header
    yield visible(f"{header.name}: {count(header.records, 'record')}, {origin_words(header)}")
    try:
        page = reverse("signalbox:page", args=())
        yield f"Open it in the page: {page}recordings/{shelved.id}/"
    except NoReverseMatch:
        yield "This project has no page to open it in: add the dashboard, as `signals doctor` says."
    except Exception as error:  # noqa: BLE001  # the host's URLconf may raise anything
        yield f"It opens in the page, once the URLconf can be imported: {type(error).__name__}."


def origin_words(header: Header) -> str:
    """Return where and when a recording was made: `made 2026-11-28 17:40:11 on worker-3 by runserver 4121@worker-3`."""
    made = moment(header.made_us).strftime("%Y-%m-%d %H:%M:%S")
    return visible(f"made {made} on {header.made_on} by {header.made_by}")


def _stream(path: str) -> contextlib.AbstractContextManager[BinaryIO]:
    return contextlib.nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb")
