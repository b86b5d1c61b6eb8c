"""Recordings: what was recorded as a file that opens on another machine. Touches no store; knows nothing of the web."""

from tracer.recordings.header import FORMAT, VERSION, Header, header_for
from tracer.recordings.reading import MOST_BYTES, MOST_RECORDS, Progress, Recording, read
from tracer.recordings.shelf import Shelf, Shelved, shelf
from tracer.recordings.writing import lines, of_store, with_markers

__all__ = [
    "FORMAT",
    "MOST_BYTES",
    "MOST_RECORDS",
    "VERSION",
    "Header",
    "Progress",
    "Recording",
    "Shelf",
    "Shelved",
    "header_for",
    "lines",
    "of_store",
    "read",
    "shelf",
    "with_markers",
]
