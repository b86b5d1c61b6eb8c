"""What comes into the page: recordings, beside the live feed. Owns what may be brought; touches no store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.controls import only_from_page
from dashboard.exports import NDJSON
from dashboard.guard import guarded
from dashboard.rendering import render
from dashboard.shown import shelved
from dashboard.streaming import streamed
from tracer import recordings
from tracer.exceptions import RecordingError
from tracer.naming import clean
from tracer.showing import size, visible

MOST_BODY = recordings.MOST_BYTES + 1_000_000
"""Bytes of a request: the file, and what a form has around it."""


@only_from_page
def import_(request: HttpRequest) -> HttpResponseBase:
    """
    Keep the recording `file`.

    Answers a line of JSON for each thousand records that were read, `{"read": 1000, "of": 5000}`, and in the end
    `{"open": "/signals/…"}`, or `{"problem": "…"}` where nothing was kept.
    """
    # Links are made here: the lines may be written where the script name is another one.
    page = reverse("signalbox:page")
    return streamed(request, _keeping(request, page), NDJSON)


@guarded
@require_safe
def recordings_(request: HttpRequest) -> HttpResponse:
    """Answer the list of the recordings that can be opened."""
    return HttpResponse(render("_recordings.html", shelved=shelved()))


@only_from_page
def forget(request: HttpRequest, recording: str) -> HttpResponse:
    """Forget a recording, and answer the list of those that are left; from its own page, go to the live feed."""
    try:
        recordings.shelf().remove(recording)
    except RecordingError as error:
        return HttpResponse(render("_import_error.html", problem=str(error)))
    if "here" in request.POST:
        return HttpResponse(headers={"HX-Redirect": reverse("signalbox:page")})
    return HttpResponse(render("_recordings.html", shelved=shelved()))


def _keeping(request: HttpRequest, page: str) -> Iterator[bytes]:
    try:
        work = recordings.shelf().add_on(*_given(request))
        while True:
            try:
                yield _line(next(work)._asdict())
            except StopIteration as end:
                yield _line({"open": f"{page}recordings/{end.value.id}/"})
                return
    except RecordingError as error:
        yield _line({"problem": visible(error)})


def _line(said: dict[str, object]) -> bytes:
    return json.dumps(said).encode() + b"\n"


def _given(request: HttpRequest) -> tuple[BinaryIO, str]:
    """Return the file that came and its name."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BODY:
        raise RecordingError(
            f"Expected a file of at most {size(recordings.MOST_BYTES)}, got {size(int(length))}; "
            "a filter makes an export smaller."
        )
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.file is None:
        raise RecordingError("Expected a file, got none.")
    return cast("BinaryIO", file.file), visible(clean(file.name or ""))
