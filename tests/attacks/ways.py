"""The ways in: a request over WSGI, one over ASGI, a socket; each with headers as an attacker writes them."""

from __future__ import annotations

import re

from asgiref.sync import async_to_sync
from channels.testing import HttpCommunicator, WebsocketCommunicator
from django.core.asgi import get_asgi_application
from django.test import Client
from django.urls import get_resolver

from dashboard.asgi import signalbox

Headers = list[tuple[bytes, bytes]]

APPLICATION = signalbox(get_asgi_application())
HERE = "127.0.0.1"
OWN: Headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]


def all_paths() -> list[str]:
    """Return the path of each view there is, a recording's too."""
    patterns = get_resolver("dashboard.urls").url_patterns
    return [
        "/signals/" + re.sub("<slug:recording>", "nowhere", str(each.pattern)) for each in patterns
    ]


def over_wsgi(
    headers: Headers, address: str = HERE, path: str = "/signals/", method: str = "GET"
) -> int:
    """Return the status; a header that comes twice is one to WSGI, with a comma."""
    environ: dict[str, str] = {}
    for key, value in headers:
        name = f"HTTP_{key.decode().upper().replace('-', '_')}"
        environ[name] = ",".join(filter(None, [environ.get(name), value.decode("latin-1")]))
    client = Client(enforce_csrf_checks=True)
    return client.generic(method, path, REMOTE_ADDR=address, **environ).status_code


def over_asgi(
    headers: Headers, address: str = HERE, path: str = "/signals/", method: str = "GET"
) -> int:
    """Return the status."""

    async def ask() -> int:
        asked = HttpCommunicator(APPLICATION, method, path, headers=headers)
        asked.scope |= {"client": [address, 50_000], "scheme": "http", "server": ["localhost", 80]}
        answer = await asked.get_response(timeout=10)
        # Until it has tidied up.
        await asked.wait(timeout=10)
        return int(answer["status"])

    return async_to_sync(ask)()


def by_socket(
    headers: Headers, address: str = HERE, path: str = "/signals/feed/", method: str = ""
) -> int:
    """Return 101 for a socket that opens, else 403."""

    async def ask() -> int:
        page = WebsocketCommunicator(APPLICATION, path, headers)
        page.scope["client"] = [address, 50_000]
        is_open, _ = await page.connect(timeout=10)
        await page.disconnect()
        return 101 if is_open else 403

    return async_to_sync(ask)()
