"""Draws one line of the feed as its `<tr>`. A row is drawn once for all viewers; nothing here knows of any of them."""

from __future__ import annotations

import dataclasses
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

from dashboard import rows
from dashboard.rendering import render
from dashboard.window import Row, Window
from tracer.dispatches import Dispatch, Marker


@dataclasses.dataclass(frozen=True, slots=True)
class Lost:
    """What came and is not kept in the window any more."""

    number: int
    """Of dispatches."""
    dropped: int = 0
    """Of dispatches that were counted as dropped, by markers that are not kept either."""
    is_exact: bool = True
    """Else it is about so many."""


@dataclasses.dataclass(slots=True, eq=False)
class Line:
    """One `<tr>` of the feed; a dispatch's line may stand for several."""

    kind: Literal["origin", "dispatch", "marker", "gap"]
    key: str
    members: list[Row]
    origin_id: str | None = None
    is_full_time: bool = False
    count: int = 0
    lost: Lost | None = None


def draw(line: Line, window: Window, slow_ns: int) -> SafeString:
    """Return the line's `<tr>`."""
    match line.kind:
        case "origin":
            return _draw_origin(line, window)
        case "gap":
            ids = [row.record.id for row in line.members]
            return render(
                "_gap.html",
                key=line.key,
                count=line.count,
                lost=line.lost,
                first=ids[0] if ids else None,
                last=ids[-1] if ids else None,
            )
        case "marker":
            marker = line.members[0].record
            assert isinstance(marker, Marker)
            return render(
                "_marker.html", key=line.key, marker=marker, text=rows.marker_text(marker)
            )
        case _:
            return _draw_dispatch(line, slow_ns)


def _draw_dispatch(line: Line, slow_ns: int) -> SafeString:
    dispatches = [row.record for row in line.members if isinstance(row.record, Dispatch)]
    cache = line.members[0].html if len(dispatches) == 1 else {}
    variant = "full" if line.is_full_time else "short"
    if variant not in cache:
        view = rows.row_view(dispatches, slow_ns)
        cache[variant] = render("_row.html", row=view, is_full_time=line.is_full_time)
    return mark_safe(cache[variant])  # noqa: S308  # rendered by the template just above


def _draw_origin(line: Line, window: Window) -> SafeString:
    first = line.members[0].record
    assert isinstance(first, Dispatch)
    assert line.origin_id is not None
    origin = window.origins.get(line.origin_id)
    return render(
        "_origin.html",
        key=line.key,
        first=first,
        origin=origin,
        took_ns=(origin.ended_us - origin.started_us) * 1000 if origin else None,
    )
