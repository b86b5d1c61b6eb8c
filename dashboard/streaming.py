"""Answers that are sent as they are made. Owns how their pieces come under WSGI and under ASGI, not what is in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TypeVar

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

_PIECE = 1 << 16
"""Bytes that are sent at once, at the least."""
_T = TypeVar("_T")


def streamed(request: HttpRequest, pieces: Iterator[bytes], media: str) -> StreamingHttpResponse:
    """
    Return an answer of these pieces, made in a thread, each as it can be sent.

    Where whoever asked has gone no more are made; the one under way is finished, and its iterator let go.
    """
    content = _from_thread(pieces) if isinstance(request, ASGIRequest) else pieces
    # A proxy that collects an answer would hide how far it has come.
    headers = {"X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
    return StreamingHttpResponse(content, content_type=media, headers=headers)


def in_pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes, in fewer and larger pieces."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


async def _from_thread(pieces: Iterator[_T]) -> AsyncIterator[_T]:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
