"""What a site would have to do to fail the soak: faults that its tests plant, named by `SOAK_LEAK`, with commas."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse

from tests.soak.counting import connect
from tracer.context import quiet

kept: list[object] = []
hidden = Signal()


def descriptor() -> None:
    """Never close a file."""
    kept.append(os.open(os.devnull, os.O_RDONLY))


def thread() -> None:
    """Never end a thread."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def dispatch() -> None:
    """Send what nobody records."""
    with quiet():
        hidden.send(None)


LEAKS = {"descriptor": descriptor, "thread": thread, "dispatch": dispatch}


def leaking(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Return a middleware that leaks at each request."""
    chosen = [LEAKS[name] for name in os.environ["SOAK_LEAK"].split(",")]
    connect()

    def leaks(request: HttpRequest) -> HttpResponse:
        for leak in chosen:
            leak()
        return get_response(request)

    return leaks
