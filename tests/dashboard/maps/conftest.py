"""Signals and counts to make a map of."""

from __future__ import annotations

from typing import Any

from dashboard.counters import Count
from tracer.registry import RegisteredReceiver, RegisteredSignal

LABELS = [("demo_site.shop", "shop"), ("django.contrib.auth", "auth")]


def make_count(calls: int = 1, **given: Any) -> Count:
    values: dict[str, Any] = {"ended": calls, "total_ns": calls * 1_000, "last_us": 1_000_000}
    return Count(calls=calls, **values | given)


def make_signal(name: str, *receivers: str, is_dead: bool = False) -> RegisteredSignal:
    return RegisteredSignal(
        name=name,
        module=name.rpartition(".")[0],
        short=name.rpartition(".")[2],
        is_muted=False,
        receivers=tuple(
            RegisteredReceiver(
                name=receiver,
                short=receiver.rpartition(".")[2],
                place=None,
                file=None,
                line=0,
                sender=None,
                shape="function",
                is_weak=True,
                is_async=False,
                dispatch_uid=None,
                is_dead=is_dead,
                connected_at=None,
                connected_us=None,
            )
            for receiver in receivers
        ),
        gone=(),
    )
