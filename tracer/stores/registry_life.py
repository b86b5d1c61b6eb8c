"""How long a store keeps the registry of a process that is not heard from, and of how many processes."""

from __future__ import annotations

KEPT_S = 20.0
"""After this a process that has said nothing counts as ended; one that lives says so four times as often."""
MOST = 100
"""Processes whose registries are given; of more, the first by name."""
