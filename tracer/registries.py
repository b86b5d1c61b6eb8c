"""What a process tells the others of its registry: the form in which it is in the store. Looks at nothing live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from tracer.registry import GoneReceiver, RegisteredReceiver, RegisteredSignal
from tracer.stores import Store

MOST_GONE = 5
"""Receivers that are gone, of one signal, that the others are told of: the last ones."""
MOST_MODULES = 5_000

_read: dict[bytes, PublishedRegistry | None] = {}
"""What was read last, by the form that the store keeps."""

Cause = Literal["unimported", "collected", "disconnected", "unknown"]
"""Why a receiver is not connected in a process, as far as its registry tells."""


class PublishedRegistry(msgspec.Struct, frozen=True, kw_only=True):
    """What is connected in a process, as of some seconds ago at the most."""

    process: str
    """As `Dispatch.process` has it."""
    signals: tuple[RegisteredSignal, ...]
    """Without the files of receivers: which file is read is nothing that others have a say in."""
    modules: frozenset[str]
    """Those of the project's packages that were imported."""

    def find(self, signal: str) -> RegisteredSignal | None:
        """Return a signal by its dotted name, or None when the process knows none of that name."""
        return next((each for each in self.signals if each.name == signal), None)

    def connected(
        self, signal: str, receiver: str, sender: str | None
    ) -> RegisteredReceiver | None:
        """Return a connection that has this receiver called for this sender, or None when there is none."""
        known = self.find(signal)
        for each in known.receivers if known is not None else ():
            is_for_it = each.sender is None or each.sender == sender
            if each.name == receiver and is_for_it and not each.is_dead:
                return each
        return None

    def cause(self, signal: str, receiver: str, sender: str | None, module: str | None) -> Cause:
        """Return why a receiver is not connected; `module` is the one that defines it, None where nobody knows."""
        known = self.find(signal)
        gone: list[GoneReceiver | RegisteredReceiver] = []
        if known is not None:
            gone = [*known.gone, *(each for each in known.receivers if each.is_dead)]
        for each in reversed(gone):
            if (each.name, each.sender) == (receiver, sender):
                return each.how if isinstance(each, GoneReceiver) else "collected"
        return "unimported" if module is not None and module not in self.modules else "unknown"


def published(
    process: str, signals: Iterable[RegisteredSignal], modules: Iterable[str]
) -> PublishedRegistry:
    """Return a registry as it may be told: without files, and without what is agreed on by all anyway."""
    return PublishedRegistry(
        process=process,
        signals=tuple(
            msgspec.structs.replace(
                each,
                is_muted=False,
                receivers=tuple(
                    msgspec.structs.replace(receiver, file=None, line=0)
                    for receiver in each.receivers
                ),
                gone=each.gone[-MOST_GONE:],
            )
            for each in signals
        ),
        modules=frozenset(sorted(modules)[:MOST_MODULES]),
    )


def encode(registry: PublishedRegistry) -> bytes:
    """Return the form that the store keeps: the same bytes for the same registry."""
    return msgspec.msgpack.encode(registry, order="deterministic")


def read(store: Store) -> tuple[PublishedRegistry, ...]:
    """
    Return the registries of the processes that are heard from, by their names; raises `StoreError`.

    One that another version wrote and that cannot be read is passed over. The same object while it is unchanged.
    """
    global _read
    before = _read
    # Only what is there now: one that changes all the time would leave a great many behind.
    _read = {
        data: before[data] if data in before else _decoded(data)
        for data in store.registries().values()
    }
    return tuple(each for each in _read.values() if each is not None)


def module_of(name: str, modules: Iterable[frozenset[str]]) -> str | None:
    """Return the module that defines a receiver, by its dotted name; None where none of these is it."""
    module = name
    while module := module.rpartition(".")[0]:
        if any(module in known for known in modules):
            return module
    return None


def _decoded(data: bytes) -> PublishedRegistry | None:
    try:
        return msgspec.msgpack.decode(data, type=PublishedRegistry)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
