"""The order of the feed: trees whole, parents before children, those of a request together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from tracer.dispatches import Dispatch, Record

T = TypeVar("T")

_MIXED = 8
"""Requests served at once whose records are kept apart."""
_TOGETHER_US = 1_000_000


def in_feed_order(items: Iterable[T], record_of: Callable[[T], Record]) -> list[T]:
    """
    Return what holds records as the feed shows them; what begins at once stays in the order in which it came.

    A store moves what it replaces to its end, and requests that are served at once mix.
    """
    trees: dict[str, list[T]] = {}
    for item in items:
        record = record_of(item)
        key = record.root_id if isinstance(record, Dispatch) else f"marker {record.id}"
        trees.setdefault(key, []).append(item)
    for tree in trees.values():
        tree.sort(key=lambda item: _start(record_of(item)))
    runs: list[tuple[str | None, int, list[T]]] = []
    for tree in sorted(trees.values(), key=lambda tree: _start(record_of(tree[0]))):
        first = record_of(tree[0])
        origin = first.origin_id if isinstance(first, Dispatch) else None
        start_us = _start(first)[0]
        for known, began_us, members in runs[-_MIXED:]:
            if origin is not None and origin == known and start_us - began_us < _TOGETHER_US:
                members.extend(tree)
                break
        else:
            runs.append((origin, start_us, list(tree)))
    return [item for _, _, members in runs for item in members]


def _start(record: Record) -> tuple[int, int]:
    if isinstance(record, Dispatch):
        return record.started_us, record.depth
    return record.at_us, 0
