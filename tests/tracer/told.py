"""What other processes would tell of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracer import registries, stores
from tracer.registries import PublishedRegistry
from tracer.registry import GoneReceiver, RegisteredReceiver, RegisteredSignal, short_name


def receiver(name: str, **given: Any) -> RegisteredReceiver:
    values: dict[str, Any] = {
        "name": name,
        "short": short_name(name),
        "place": "shop/late.py:12",
        "file": None,
        "line": 0,
        "sender": None,
        "shape": "function",
        "is_weak": True,
        "is_async": False,
        "dispatch_uid": None,
        "is_dead": False,
        "connected_at": None,
        "connected_us": None,
    }
    return RegisteredReceiver(**values | given)


def gone(name: str, how: Any = "disconnected", sender: str | None = None) -> GoneReceiver:
    return GoneReceiver(
        name=name,
        short=short_name(name),
        place=None,
        sender=sender,
        shape="function",
        how=how,
        connected_at=None,
        connected_us=1,
        ended_at=None,
        ended_us=None,
    )


def signal(
    name: str, *receivers: RegisteredReceiver, gone: Iterable[GoneReceiver] = ()
) -> RegisteredSignal:
    module, _, short = name.rpartition(".")
    return RegisteredSignal(
        name=name,
        module=module,
        short=short,
        is_muted=False,
        receivers=receivers,
        gone=tuple(gone),
    )


def registry(
    process: str, *signals: RegisteredSignal, modules: Iterable[str] = ()
) -> PublishedRegistry:
    return registries.published(process, signals, modules)


def tell(*told: PublishedRegistry) -> None:
    """Put into the store what processes say of themselves."""
    for each in told:
        stores.shared().set_registry(each.process, registries.encode(each))
