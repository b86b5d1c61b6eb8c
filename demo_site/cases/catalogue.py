"""All cases, in the order in which the page shows them."""

from __future__ import annotations

from demo_site.cases import (
    changed,
    checked,
    connecting,
    django_signals,
    missed,
    orders,
    sending,
    twice,
    unsent,
)
from demo_site.cases.case import Case, Group, Part

PARTS: tuple[Part, ...] = (
    Part(
        "What signals do",
        (django_signals.GROUP, orders.GROUP, connecting.GROUP, sending.GROUP, changed.GROUP),
    ),
    Part("What goes wrong", (missed.GROUP, unsent.GROUP, twice.GROUP, checked.GROUP)),
)

GROUPS: tuple[Group, ...] = tuple(group for part in PARTS for group in part.groups)

CASES: dict[str, Case] = {case.slug: case for group in GROUPS for case in group.cases}
"""By slug."""
