"""The demo site's application, which tells the counting app what is a request of Signalbox's own pages."""

from __future__ import annotations

import asyncio
import os
import time
from functools import cache
from typing import Any

from demo_site.asgi import application as _demo_site
from tests.soak.counting import in_own_page

OWN = "/signals/"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve the demo site."""
    await asyncio.shield(_filled_pool())
    in_own_page.set(scope.get("path", "").startswith(OWN))
    await _demo_site(scope, receive, send)


@cache
def _filled_pool() -> asyncio.Future[Any]:
    """
    Begin all threads that the loop's own pool may ever have.

    It begins one when all are busy, which may well be after an hour: that is no leak.
    """
    threads = min(32, (os.cpu_count() or 1) + 4)
    return asyncio.gather(*(asyncio.to_thread(time.sleep, 0.2) for _ in range(threads)))
