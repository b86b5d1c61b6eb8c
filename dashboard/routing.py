"""Where the feed's socket is. Asks Django's URLconf for the path; must not import it before a socket asks."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse

from dashboard.consumers import FeedConsumer

feed_application = FeedConsumer.as_asgi()
"""The ASGI application of the socket."""


def is_feed(scope: dict[str, Any]) -> bool:
    """Return whether a scope is a socket on the feed's path; may import the host's URLconf."""
    if scope["type"] != "websocket" or not scope["path"].endswith("/feed/"):
        return False
    try:
        path = reverse("signalbox:feed")
    except NoReverseMatch:
        return False
    root: str = scope.get("root_path", "")
    return scope["path"] in (path, root.rstrip("/") + path)
