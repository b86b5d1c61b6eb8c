"""Where the feed's socket is. Asks Django's URLconf for the path; must not import it before a socket asks."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from dashboard.consumers import FeedConsumer
from dashboard.mounting import paths_of, script_name, within

feed_application = FeedConsumer.as_asgi()
"""The ASGI application of the socket."""


def is_feed(scope: dict[str, Any]) -> bool:
    """Return whether a scope is a socket on the feed's path; may import the host's URLconf."""
    if scope["type"] != "websocket" or not scope["path"].endswith("/feed/"):
        return False
    path = within(scope["path"], script_name(scope.get("root_path", "")))
    return path in paths_of("signalbox:feed", settings.ROOT_URLCONF)
