"""One call that gives an ASGI application the feed's socket. All other scopes pass through untouched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tracer.context import quiet

Application = Callable[[Any, Any, Any], Awaitable[Any]]


class signalbox:  # noqa: N801  # it is written as a call in the host's asgi.py
    """
    Wrap an ASGI application, one of Channels' routers too.

    `application = signalbox(get_asgi_application())` in `asgi.py`.
    """

    is_signalbox = True

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Answer the feed's socket; hand everything else on."""
        if scope["type"] != "websocket":
            return await self.application(scope, receive, send)
        with quiet():
            from dashboard import routing

            is_ours = await asyncio.to_thread(routing.is_feed, scope)
            if is_ours:
                return await routing.feed_application(scope, receive, send)
        return await self.application(scope, receive, send)
