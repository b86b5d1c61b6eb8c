"""What may change in a picture of the map while all stands where it stood. Pure: a picture in, attributes out."""

from __future__ import annotations

import zlib

from dashboard import wording
from dashboard.maps.parts import EdgeView, MapView, NodeView

Change = dict[str, str]
"""Attributes of an element of the picture, and `text` for what it says."""


def shape(view: MapView) -> str:
    """Return a sum over where everything stands and what it is called; all else can change in place."""
    nodes = [
        [(node.y, node.name, node.is_folded) for node in column.nodes] for column in view.columns
    ]
    edges = [[(edge.source, edge.target) for edge in gap] for gap in view.gaps]
    return f"{zlib.crc32(repr((nodes, edges)).encode()):08x}"


def attributes(view: MapView) -> dict[str, Change]:
    """Return what can change in place, by the id of the element."""
    found: dict[str, Change] = {}
    for number, column in enumerate(view.columns):
        for at, node in enumerate(column.nodes):
            found[f"n{number}-{at}"] = _of_node(node)
    for number, gap in enumerate(view.gaps):
        for at, edge in enumerate(gap):
            found[f"e{number}-{at}"] = _of_edge(edge)
    return found


def _of_node(node: NodeView) -> Change:
    label = f"{wording.visible(node.name)}: {node.words}"
    return {"class": node.classes, "aria-label": label, "text": node.figure}


def _of_edge(edge: EdgeView) -> Change:
    return {
        "class": edge.classes,
        "data-words": edge.words,
        "d": edge.path,
        "stroke-width": f"{edge.width:g}",
    }
