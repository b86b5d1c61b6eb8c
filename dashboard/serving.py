"""Why a page has no websocket, and the lines that get it one. Looks at settings and sources; changes nothing."""

from __future__ import annotations

import dataclasses

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

from dashboard import checks

_ABOUT_SOCKETS = {f"signalbox_dashboard.W{number}" for number in (101, 103, 104)}
_NGINX = (
    "    proxy_http_version 1.1;\n"
    "    proxy_set_header Host $http_host;\n"
    "    proxy_set_header Upgrade $http_upgrade;\n"
    '    proxy_set_header Connection "upgrade";\n'
)


@dataclasses.dataclass(frozen=True, slots=True)
class Advice:
    """One thing that keeps the page from having a socket."""

    text: str
    hint: str
    """Sentences, and lines to paste, which are indented; as in the hint of a check."""


def advice(request: HttpRequest) -> tuple[Advice, ...]:
    """Return what would have to be otherwise for the page that asks to have a socket; never empty."""
    found = [*checks.check_apps(None), *checks.check_asgi(None)]
    edits = tuple(Advice(one.msg, one.hint or "") for one in found if one.id in _ABOUT_SOCKETS)
    is_wsgi = not isinstance(request, ASGIRequest)
    if is_wsgi:
        return edits or (_wsgi(),)
    # Another server than runserver needs no daphne, and has an application of its own.
    return tuple(one for one in edits if "dashboard.asgi" in one.hint) or _not_passed_on()


def _wsgi() -> Advice:
    dotted = str(getattr(settings, "ASGI_APPLICATION", None) or "project.asgi.application")
    module, _, name = dotted.rpartition(".")
    return Advice(
        "This site is served over WSGI, which has no websockets. An ASGI server has them.",
        f"Run runserver without --noasgi, or for example:\n\n    daphne {module}:{name}\n",
    )


def _not_passed_on() -> tuple[Advice, ...]:
    return (
        Advice(
            "A websocket was tried and did not open: a proxy in front of the site must pass it on.",
            f"In the location of an nginx:\n\n{_NGINX}",
        ),
        Advice(
            "Uvicorn opens websockets only with a library for them beside it.",
            "Install one where it runs:\n\n    pip install websockets\n",
        ),
    )
