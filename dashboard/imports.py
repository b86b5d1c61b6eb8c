"""What comes into the page: recordings, beside the live feed. Owns what may be brought; touches no store."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.controls import only_from_page
from dashboard.guard import guarded
from dashboard.rendering import render
from dashboard.shown import shelved
from tracer import recordings
from tracer.exceptions import RecordingError
from tracer.naming import clean
from tracer.showing import visible

MOST_BODY = recordings.MOST_BYTES + (1 << 20)
"""Bytes of a request: the file, and what a form has around it."""


@only_from_page
def import_(request: HttpRequest) -> HttpResponse:
    """Keep the recording `file` and send the page there; say what is wrong with it in its place otherwise."""
    try:
        kept = _keep(request)
    except RecordingError as error:
        return HttpResponse(render("_import_error.html", problem=str(error)))
    return HttpResponse(headers={"HX-Redirect": reverse("signalbox:recorded", args=[kept])})


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


def _keep(request: HttpRequest) -> str:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BODY:
        most = recordings.MOST_BYTES >> 20
        raise RecordingError(
            f"Expected a file of at most {most} MiB, got {int(length) >> 20} MiB; a filter makes an export smaller."
        )
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.file is None:
        raise RecordingError("Expected a file, got none.")
    return recordings.shelf().add(cast("BinaryIO", file.file), visible(clean(file.name or ""))).id
