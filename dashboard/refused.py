"""The page for whoever may not look: why, and how to allow it, as far as a stranger may know. Decides nothing."""

from __future__ import annotations

import ipaddress
import logging
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve

from dashboard.access import Refusal
from dashboard.rendering import render_page
from tracer.showing import visible

logger = logging.getLogger("signalbox.dashboard")

_MOST_SAID = 300
"""Characters of a log line's parts."""
_ACCESS_LINE = 'SIGNALBOX = {"ACCESS": "project.access.may_look"}'


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """
    Answer 403, and log why.

    A part of a page has the page loaded again. Only under `DEBUG` the answer names settings and
    addresses; otherwise it says where the reason stands.
    """
    # It may quote a header.
    said = visible(refusal.text)[:_MOST_SAID]
    logger.warning("%s was refused: %s", visible(request.path)[:_MOST_SAID], said)
    is_told = settings.DEBUG or refusal.kind == "origin"
    if "HX-Request" in request.headers and refusal.kind != "origin":
        # The page was let in before, and is not now: loaded again it says so.
        return HttpResponse("Refused.\n", "text/plain", 403, headers={"HX-Refresh": "true"})
    page = render_page(
        request,
        "forbidden.html",
        reason=refusal.text if is_told else "",
        kind=refusal.kind if is_told else "",
        lines=_lines(refusal) if is_told else "",
        login=_login(request) if refusal.kind == "access" else "",
    )
    return HttpResponse(page, status=403)


def _lines(refusal: Refusal) -> str:
    """Return what to paste into the settings so that who was refused is let in."""
    if refusal.kind == "address" and _is_address(refusal.address):
        sign = "+=" if settings.INTERNAL_IPS else "="
        return f'INTERNAL_IPS {sign} ["{refusal.address}"]'
    return _ACCESS_LINE if refusal.kind in ("address", "debug") else ""


def _is_address(text: str) -> bool:
    """Return whether it is one: a header may hold anything."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _login(request: HttpRequest) -> str:
    """Return where to log in and come back from; empty where the site has no such page."""
    try:
        url = resolve_url(settings.LOGIN_URL)
        resolve(urlsplit(url).path)
    except (NoReverseMatch, Resolver404):
        return ""
    sign = "&" if "?" in url else "?"
    return f"{url}{sign}{urlencode({'next': request.get_full_path()})}"
