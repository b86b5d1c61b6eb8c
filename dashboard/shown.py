"""What a page shows: the live feed, or a recording beside it. Owns the choice; the two never mix."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property, wraps
from types import MappingProxyType
from typing import Protocol

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from dashboard.feed import feed
from dashboard.maps.arranged import Arranged
from dashboard.rendering import render_page
from dashboard.window import Window
from tracer import recordings
from tracer.exceptions import RecordingError
from tracer.presence import Differences
from tracer.recordings import Header, Recording, Shelved
from tracer.registries import PublishedRegistry
from tracer.registry import RegisteredSignal
from tracer.rules import Finding

_OPEN = 3
"""Recordings that are kept in memory, read."""


class Known(Protocol):
    """What is known of signals and receivers besides what was dispatched."""

    @property
    def signals(self) -> tuple[RegisteredSignal, ...]: ...  # noqa: D102
    @property
    def findings(self) -> tuple[Finding, ...]: ...  # noqa: D102
    def look(self) -> None: ...  # noqa: D102
    @property
    def registries(self) -> tuple[PublishedRegistry, ...]: ...  # noqa: D102
    @property
    def differences(self) -> Differences: ...  # noqa: D102
    def find(self, signal: str) -> RegisteredSignal | None: ...  # noqa: D102


class Shown(Protocol):
    """Where the views look."""

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """Held around every look at the window."""

    @property
    def window(self) -> Window:
        """The records."""

    @property
    def epoch(self) -> str:
        """Changes when the records are others."""

    @property
    def problem(self) -> str | None:
        """Why they could not be read just now, or None."""

    @property
    def panels(self) -> dict[str, str]:
        """The parts of the page around the rows that are pushed."""

    def panels_of(self, process: str) -> dict[str, str]:
        """Return them as whoever sees them who has chosen the registry of one process."""

    @property
    def registered(self) -> Known:
        """What is connected; nothing is known of that in a recording."""

    @property
    def arranged(self) -> Arranged:
        """The map in its order."""

    @property
    def recorded(self) -> Recorded | None:
        """The recording that it is; None for the live feed."""

    @property
    def page(self) -> str:
        """The path of its page, below which its fragments are."""

    def catch_up(self) -> None:
        """Read what is new."""


class _Unknown:
    """What this process has connected says nothing of a recording, which another one may have made."""

    signals: tuple[RegisteredSignal, ...] = ()
    findings: tuple[Finding, ...] = ()
    registries: tuple[PublishedRegistry, ...] = ()
    differences: Differences = MappingProxyType({})

    def look(self) -> None:
        """There is nothing to look at."""

    def find(self, signal: str) -> RegisteredSignal | None:
        """Return None."""


class Recorded:
    """A recording as a window over all of it, which never changes."""

    problem: str | None = None

    def __init__(self, recording_id: str, recording: Recording) -> None:
        self.id = recording_id
        self.header: Header = recording.header
        self.records = recording.records
        self.missing = recording.missing
        self.lock = threading.RLock()
        self.window = Window(max(len(recording.records), 1))
        self.window.add(list(enumerate(recording.records, 1)))
        self.epoch = recording_id
        self.panels: dict[str, str] = {}
        self.registered = _Unknown()
        self.arranged = Arranged()

    @property
    def recorded(self) -> Recorded:
        """Return itself."""
        return self

    @cached_property
    def page(self) -> str:
        """Return the path of its page."""
        return reverse("signalbox:recorded", args=[self.id])

    def part(self, records: int, filter_text: str) -> Header:
        """Return the header of so many of its records: where and when they were made stays as it is."""
        text = " ".join(filter(None, (self.header.filter, filter_text)))
        return msgspec.structs.replace(self.header, records=records, filter=text)

    def catch_up(self) -> None:
        """There is nothing to read."""

    def panels_of(self, process: str) -> dict[str, str]:
        """Return none: nobody wrote down what was connected."""
        return self.panels


_lock = threading.Lock()
_opened: OrderedDict[str, Recorded] = OrderedDict()


def shown(recording_id: str = "") -> Shown | None:
    """
    Return the live feed, or the recording of that id; None when that is not kept.

    Reading a recording anew takes a second for each ten thousand records. Raises `RecordingError` for
    a file that was damaged where it is kept.
    """
    if not recording_id:
        return feed()
    shelf = recordings.shelf()
    with _lock:
        known = _opened.get(recording_id)
        if known is not None and shelf.has(recording_id):
            _opened.move_to_end(recording_id)
            return known
        _opened.pop(recording_id, None)
    recording = shelf.open(recording_id)
    if recording is None:
        return None
    found = Recorded(recording_id, recording)
    with _lock:
        _opened[recording_id] = found
        while len(_opened) > _OPEN:
            _opened.popitem(last=False)
    return found


def of_shown(
    view: Callable[[HttpRequest, Shown], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give a view what it is to look at, by the recording in its path; answer that it is gone when it is."""

    @wraps(view)
    def looking(request: HttpRequest, recording: str = "") -> HttpResponseBase:
        try:
            current, problem = shown(recording), ""
        except RecordingError as error:
            current, problem = None, str(error)
        if current is not None:
            return view(request, current)
        if "HX-Request" in request.headers:
            # The page of it says so.
            gone = reverse("signalbox:recorded", args=[recording])
            return HttpResponse(headers={"HX-Redirect": gone})
        return HttpResponse(render_page(request, "gone.html", problem=problem), status=404)

    return looking


def shelved() -> list[Shelved]:
    """Return the recordings that can be opened, the one that was imported last first."""
    return recordings.shelf().all()
