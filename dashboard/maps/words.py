"""Figures, names, classes and filters of the map's nodes and edges. Pure: counts and names in, text out."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from dashboard import wording
from dashboard.counters import Count
from dashboard.maps.folding import Row
from dashboard.maps.graph import Node
from dashboard.maps.state import MapState
from dashboard.traffic import NO_ORIGIN, OTHERS
from tracer.filters import with_term

LETTERS = 23
"""Of a name, for which a column has room beside the figure."""
AGES_S = (1.5, 10.0, 60.0, 300.0)
"""Seconds since something passed until which it has the first brightness, the second, and so on."""
RECORDED_AGE = 1
"""The brightness of all that is in a recording."""
SHARES = (0.0, 0.02, 0.1, 0.5)
"""Shares of errors above which an edge has the first tint of red, the second, and so on."""

Terms = tuple[tuple[str, str], ...]
"""What the feed is filtered to, by field and value; empty for what no filter says."""


def weight(count: Count, state: MapState) -> int:
    """Return what an edge's width grows with: calls, or nanoseconds; 0 for what never fired."""
    if not count.calls:
        return 0
    return max(count.total_ns, 1) if state.is_time else count.calls


def figure(count: Count, state: MapState) -> str:
    """Return what stands beside a name: how often, or how long altogether; empty for nothing of either."""
    if not count.calls:
        return ""
    return wording.took(count.total_ns or None) if state.is_time else wording.count(count.calls)


def classes(count: Count, now_us: int | None) -> str:
    """Return the classes, each after a space, of how long ago something passed, if that is known, and what failed."""
    if not count.calls:
        return " sb-never"
    age = RECORDED_AGE
    if now_us is not None:
        age = sum((now_us - count.last_us) / 1_000_000 > limit for limit in AGES_S)
    share = count.errors / count.calls
    tint = sum(share > limit for limit in SHARES)
    return f" sb-age-{age}" + (f" sb-share-{tint}" if tint else "")


def figures(count: Count, noun: str) -> str:
    """Return all that is counted, in words."""
    if not count.calls:
        return "never fired"
    parts = [
        wording.count(count.calls, noun),
        f"{wording.count(count.errors, 'error')} ({count.errors / count.calls:.0%})"
        if count.errors
        else "",
        f"{wording.took(count.average_ns)} each" if count.total_ns else "",
        f"{wording.took(count.total_ns)} together" if count.total_ns and count.ended > 1 else "",
        f"last at {wording.full_time(count.last_us)}",
    ]
    return " · ".join(part for part in parts if part)


def short(node: Node) -> str:
    """Return a name without its app; of an origin, without its method."""
    if node.column == "origin":
        return node.name.partition(" ")[2] or node.name
    return wording.short(node.name)


def group_label(group: str) -> str:
    """Return the name of a group by its key."""
    return group.partition(":")[2] or "no app"


def cut(text: str, taken: int = 0) -> str:
    """Return text as far as a column has room for it, of which some letters are taken."""
    text, letters = wording.visible(text), LETTERS - taken
    return text if len(text) <= letters else f"{text[: max(letters - 1, 4)]}…"


def terms(row: Row) -> Terms:
    """Return what the feed is filtered to, by field and value; nothing for a group."""
    if row.is_folded:
        return ()
    node = row.members[0]
    if node.name in (OTHERS, NO_ORIGIN):
        return ()
    match node.column:
        case "origin":
            # Up to what differs from request to request.
            return (("origin", node.name.partition("*")[0]),)
        case "next":
            return (("signal", node.name), ("depth", ">0"))
        case column:
            return ((column, node.name),)


def edge_terms(source: Row, target: Row) -> Terms:
    """Return what the feed is filtered to by a click on an edge."""
    # What a receiver dispatched does not say by which: a filter looks at one dispatch.
    is_next = target.members[0].column == "next"
    return terms(target) if is_next else (*terms(source), *terms(target))


@lru_cache(4_096)
def feed_query(*wanted: tuple[str, str]) -> str:
    """Return the query string of the feed that is filtered so, `?` included; empty for no filter."""
    text = ""
    for field, value in dict.fromkeys(wanted):
        text = with_term(text, field, value) if field != "depth" else f"{text} {field}:{value}"
    return f"?{urlencode({'filter': text}, errors='replace')}" if text else ""
