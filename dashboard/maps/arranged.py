"""The map's graph in the order in which it is drawn, worked out once for all viewers while nothing changes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from django.apps import apps

from dashboard.counters import Counters
from dashboard.maps.folding import group_key
from dashboard.maps.graph import Graph, Labels, graph
from dashboard.pictures.ordering import inserted, ordered

if TYPE_CHECKING:
    from dashboard.shown import Shown


@dataclasses.dataclass(frozen=True, slots=True)
class _Drawn:
    """A graph, and what it was made from."""

    signals: object
    counters: Counters
    version: int
    graph: Graph


class Arranged:
    """The map of one feed or recording, with senders and with origins. Use it with its lock held."""

    def __init__(self) -> None:
        self._orders: dict[bool, list[list[str]]] = {}
        self._drawn: dict[bool, _Drawn] = {}

    def graph(self, current: Shown, *, is_origins: bool, is_anew: bool = False) -> Graph:
        """
        Return the graph as it is now, the same object while nothing has changed.

        What was there before keeps its order, unless the whole is to be ordered anew.
        """
        signals, counters = current.registered.signals, current.window.counters
        known = self._drawn.get(is_origins)
        if known is not None and not is_anew:
            # The registry gives the same object while nothing has changed; it is long to compare.
            is_same = known.signals is signals and known.counters is counters
            if is_same and known.version == counters.version:
                return known.graph
        traffic = current.window.traffic
        new = graph(
            signals,
            counters.receivers,
            traffic.origins if is_origins else traffic.senders,
            traffic.caused,
            _labels(),
            is_origins=is_origins,
        )
        found = self._in_order(new, is_origins=is_origins, is_anew=is_anew)
        self._drawn[is_origins] = _Drawn(signals, counters, counters.version, found)
        return found

    def _in_order(self, new: Graph, *, is_origins: bool, is_anew: bool) -> Graph:
        columns = [[(node.key, group_key(node)) for node in column] for column in new.columns]
        before = self._orders.get(is_origins)
        if before is None or is_anew:
            order = ordered(columns, [(edge.source, edge.target) for edge in new.edges])
        elif _is_of(before, columns):
            order = before
        else:
            order = inserted(before, columns, [(edge.source, edge.target) for edge in new.edges])
        self._orders[is_origins] = order
        nodes = {node.key: node for column in new.columns for node in column}
        return dataclasses.replace(
            new, columns=tuple(tuple(nodes[key] for key in column) for column in order)
        )


def _is_of(order: list[list[str]], columns: list[list[tuple[str, str]]]) -> bool:
    return all(
        len(keys) == len(column) and {*keys} == {key for key, _ in column}
        for keys, column in zip(order, columns, strict=True)
    )


def _labels() -> Labels:
    """Return the installed apps' packages and labels, as far as they can be read without asking the host's objects."""
    found = []
    for config in apps.get_app_configs():
        held = vars(config)
        name, label = held.get("name"), held.get("label")
        if isinstance(name, str):
            found.append((name, label if isinstance(label, str) else name.rpartition(".")[2]))
    return sorted(found, key=lambda each: -len(each[0]))
