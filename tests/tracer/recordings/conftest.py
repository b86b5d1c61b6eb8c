"""Records as they are, and files of them as anybody might make them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from tracer.dispatches import Counted, Dispatch, Marker, Query, ReceiverCall

Row = dict[str, Any]
Write = Callable[..., io.BytesIO]

HEADER: Row = {
    "format": "signalbox-recording", "version": 1, "name": "checkout", "made_at": "2026-11-28T17:40:11Z",
    "made_on": "worker-3", "made_by": "runserver 4121@worker-3", "project": "site", "records": 1,
}  # fmt: skip
ROW: Row = {
    "type": "dispatch", "id": "abc123-1", "process": "runserver 1@h", "thread": "MainThread", "signal": "a.b.saved",
    "method": "send", "started_us": 1_700_000_000_000_000, "duration_ns": 5, "state": "ok", "root_id": "abc123-1",
}  # fmt: skip


@pytest.fixture
def write() -> Write:
    """Return what writes a file of a header and rows; a row may be raw bytes."""

    def written(*rows: Row | bytes, ends: bytes = b"\n", **header: Any) -> io.BytesIO:
        first = {**HEADER, "records": len(rows), **header}
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        return io.BytesIO(b"\n".join([json.dumps(first).encode(), *lines]) + ends)

    return written


@pytest.fixture
def records() -> list[Dispatch | Marker]:
    """Return a marker and a tree that use every field."""
    call = ReceiverCall(
        receiver="shop.receivers.bill",
        place="shop/receivers.py:3",
        started_ns=10,
        duration_ns=900,
        is_async=True,
        error="ValueError",
        raised_at="shop/receivers.py:5 bill",
        query_count=2,
        query_ns=300,
        queries=(Query(sql="SELECT …", count=2, duration_ns=300, at_ns=(20, 40)),),
    )
    skipped = ReceiverCall(receiver="shop.receivers.mail", skipped="bill raised before it")
    root = Dispatch(
        id="abc123-1",
        process="runserver 1@h",
        thread="MainThread",
        task="Task-1",
        signal="shop.signals.placed",
        sender="shop.Order",
        method="asend",
        started_us=1_700_000_000_000_000,
        duration_ns=1_000,
        state="error",
        error="ValueError",
        root_id="abc123-1",
        origin="POST /päckchen/\u202e",
        origin_id="abc123-0",
        call_site="shop/views.py:9 place",
        enqueued_by="origin:abc123-9",
        trace="00-1-2-01",
        arguments={"instance": "shop.Order #1", "rate": 0.5, "n": 3, "is_new": True, "none": None},
        calls=(call, skipped),
        transaction="rolled back",
        database="default",
    )
    child = Dispatch(
        id="abc123-2",
        process="runserver 1@h",
        thread="MainThread",
        signal="shop.signals.billed",
        method="send_robust",
        started_us=1_700_000_000_000_000,
        state="running",
        parent_id=root.id,
        parent_call=0,
        root_id=root.id,
        depth=1,
    )
    marker = Marker(
        id="abc123-m1",
        process="runserver 1@h",
        kind="stopped",
        at_us=1_600_000_000_000_000,
        until_us=1_600_000_000_000_001,
        count=4,
        text="x",
    )
    counted = Counted(
        signal="a.b", receiver="c.d", calls=2, errors=1, ended=2, total_ns=9, max_ns=5
    )
    sampled = Marker(id="abc123-m2", process="p", kind="sampled", at_us=1, counts=(counted,))
    return [sampled, marker, root, child]
