"""The signals that go astray."""

from __future__ import annotations

from django.dispatch import Signal

whistle_blown = Signal()
"""Sent by `Train`, before anybody is connected."""

lamp_lit = Signal()
"""Sent by `Train`, after the only receiver was disconnected."""

points_set = Signal()
"""Sent by `Train`. One of its two receivers is async."""

bell_rung = Signal()
"""Sent by `Train`. A lambda that nobody holds receives it."""

gate_closed = Signal()
"""Sent by `Train`. Its receiver stands in a module that nobody imports."""

trunk_lost = Signal()
"""Sent by `Parcel`. Its receiver fails."""

lamps_out = Signal()
"""Sent by `Train`. Its three receivers are async, and each waits."""

track_asked_for = Signal()
"""Sent by `Train`. Its receiver waits for an answer that is long in coming."""

train_arrived = Signal()
"""Sent by `Train`. Its receiver looks sync, and is not."""
