"""What the detail of a dispatch shows: its tree over time, its origin. Pure: records in, words out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from dashboard import rows, wording
from dashboard.enqueued import Link
from dashboard.trees import TreeView, tree_view, weight_of
from tracer.dispatches import Argument, Dispatch


@dataclasses.dataclass(frozen=True, slots=True)
class DetailView:
    """All that the detail's template needs."""

    dispatch: Dispatch
    name: str
    family: str
    instance: str
    took: str
    weight: rows.Weight
    queries: int
    arguments: tuple[tuple[str, str], ...]
    tree: TreeView
    is_zoomed: bool
    clock: str
    full_time: str
    enqueued_by: Link | None
    """What enqueued the task in which it was sent."""
    enqueued: tuple[Link, ...]
    """The tasks that it enqueued."""


def detail_view(
    dispatch: Dispatch,
    tree: Sequence[Dispatch],
    slow_ns: int,
    *,
    is_zoomed: bool = False,
    now_us: int | None = None,
    enqueued_by: Link | None = None,
    enqueued: tuple[Link, ...] = (),
) -> DetailView:
    """
    Return the detail of a dispatch; `tree` is its root with all below it, as far as they are kept.

    `now_us` is as `tree_view` takes it.
    """
    tree = tree or [dispatch]
    instance = dispatch.arguments.get("instance")
    return DetailView(
        dispatch=dispatch,
        name=wording.short(dispatch.signal),
        family=wording.family(dispatch.signal),
        instance=instance if isinstance(instance, str) else "",
        took=wording.took_of(dispatch),
        weight=weight_of(dispatch, slow_ns),
        queries=sum(call.query_count for call in dispatch.calls),
        arguments=tuple((name, _value(value)) for name, value in dispatch.arguments.items()),
        tree=tree_view(tree, dispatch, slow_ns, now_us),
        is_zoomed=is_zoomed,
        clock=wording.clock(dispatch.started_us),
        full_time=wording.full_time(dispatch.started_us),
        enqueued_by=enqueued_by,
        enqueued=enqueued,
    )


def _value(value: Argument) -> str:
    return (
        repr(value)
        if isinstance(value, str) and " #" not in value and not value.startswith("<")
        else str(value)
    )
