"""The map's page, its fragment, and what a viewer of it is sent. Owns what the page was sent last; no sockets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from dashboard.feed import Feed
from dashboard.maps.changes import Change, attributes, shape
from dashboard.maps.graph import Graph
from dashboard.maps.parts import MapView
from dashboard.maps.state import MapState
from dashboard.maps.tables import tables
from dashboard.maps.view import map_view
from dashboard.rendering import render
from dashboard.shown import Shown

PACE_S = 0.25
"""Seconds between two pictures that are sent to one viewer, at the least."""
TABLE_S = 1.0
"""The same of a table."""
AGEING_S = 1.0
"""Seconds after which a picture is looked at again although nothing came: what shone has grown dim."""
_PANELS = ("process", "status", "recording", "notices")


@dataclasses.dataclass(frozen=True, slots=True)
class MapPush:
    """One message to a page with the map: partials, what changed in the picture, and the cursor of it."""

    content: str
    cursor: int
    epoch: str
    """The shape of the picture, which the page gives back when it resumes."""
    changes: dict[str, Change]
    """By the element's id."""
    added: int = 0
    errors: int = 0


def map_html(
    current: Shown, state: MapState, *, is_anew: bool = False, is_polled: bool = False
) -> SafeString:
    """Return the map, the live one with the address of its socket or that which it polls; its lock is held."""
    is_live = current.recorded is None
    graph = current.arranged.graph(
        current, is_origins=state.is_origins, is_anew=is_anew and is_live
    )
    view = map_view(graph, state, _now_us() if is_live else None)
    return render(
        "_map.html",
        view=view,
        tables=tables(view) if state.is_table else (),
        state=state,
        cursor=current.window.cursor,
        shape=shape(view),
        here=current.page,
        is_live=is_live,
        is_polled=is_polled,
    )


class MapViewer:
    """One viewer of the map; its methods run in one thread at a time and hold the feed's lock while they look."""

    idle_s: float | None = AGEING_S

    def __init__(self, feed: Feed, state: MapState) -> None:
        self._feed = feed
        self._state = state
        self._shape = ""
        self._sent: dict[str, Change] = {}
        self._graph: Graph | None = None
        """What the table was sent of last."""
        self._panels: dict[str, str] = {}
        self._is_frozen = state.freeze
        self.pace_s = TABLE_S if state.is_table else PACE_S

    def resume(self, cursor: int, epoch: str, *, is_frozen: bool) -> None:
        """Go on from the picture that the page has; what stands for an epoch is the shape of it."""
        with self._feed.lock:
            self._is_frozen = is_frozen
            self._shape, self._sent = epoch, {}

    def know(self, panels: Mapping[str, str]) -> None:
        """Send these parts around the rows only when they have changed, by name and HTML; the page has them."""
        self._panels = dict(panels)

    def freeze(self, *, is_frozen: bool) -> None:
        """Send no more pictures, or send them again."""
        with self._feed.lock:
            self._is_frozen = is_frozen

    def next_push(self) -> MapPush | None:
        """Return what is new for this page, or None when nothing is."""
        with self._feed.lock:
            parts = self._panel_parts()
            changes: dict[str, Change] = {}
            if not self._is_frozen:
                graph = self._feed.arranged.graph(self._feed, is_origins=self._state.is_origins)
                if self._state.is_table:
                    parts += self._table_parts(graph)
                else:
                    view = map_view(graph, self._state, _now_us())
                    parts_, changes = self._picture_parts(view)
                    parts += parts_
            if not parts and not changes:
                return None
            return MapPush("".join(parts), self._feed.window.cursor, self._shape, changes)

    def _picture_parts(self, view: MapView) -> tuple[list[str], dict[str, Change]]:
        """Return the whole picture where anything stands elsewhere, else what has changed in it."""
        before, self._sent = self._sent, attributes(view)
        if shape(view) != self._shape:
            self._shape = shape(view)
            html = render("_map_picture.html", view=view, here=self._feed.page)
            return [_partial("#sb-map-picture", "innerHTML", html)], {}
        return [], {key: change for key, change in self._sent.items() if before.get(key) != change}

    def _table_parts(self, graph: Graph) -> list[str]:
        if graph is self._graph:
            return []
        self._graph = graph
        view = map_view(graph, self._state, _now_us())
        html = render("_map_table.html", tables=tables(view), here=self._feed.page)
        return [_partial("#sb-map-picture", "innerMorph", html)]

    def _panel_parts(self) -> list[str]:
        parts: list[str] = []
        for name in _PANELS:
            html = self._feed.panels.get(name)
            if html is not None and self._panels.get(name) != html:
                self._panels[name] = html
                parts.append(_partial(f"#sb-{name}", "innerMorph", html))
        return parts


def _now_us() -> int:
    return time.time_ns() // 1000


def _partial(target: str, swap: str, html: Any) -> SafeString:
    return render("_partial.html", target=target, swap=swap, html=mark_safe(html))  # noqa: S308
