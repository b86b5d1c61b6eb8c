"""One row for one stop of recording, whoever counted what it left out. Owns the markers of the stops in a window."""

from __future__ import annotations

import msgspec

from tracer.dispatches import Marker


class Stops:
    """The markers of each stop: that of whoever stopped recording, and of others what they did not record."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, Marker]] = {}
        """By the stop's id, by their own."""

    def whole(self, marker: Marker) -> Marker:
        """Take a marker, and return that of its stop as it stands now: with the counts of all processes."""
        stop = marker.part_of or marker.id
        parts = self._parts.setdefault(stop, {})
        parts[marker.id] = marker
        first = parts.get(stop, marker)
        ends = [one.until_us for one in (first, *parts.values()) if one.until_us is not None]
        return msgspec.structs.replace(
            first,
            id=stop,
            part_of=None,
            until_us=ends[0] if ends else None,
            count=sum(one.count for one in parts.values()),
        )

    def forget(self, stop: str) -> None:
        """Forget a stop that has no row any more."""
        self._parts.pop(stop, None)
