"""What is done to a wagon, by two functions that do not know of each other."""

from __future__ import annotations

from demo_site.mishaps.models import Wagon


def fill(wagon: Wagon) -> None:
    """Put something in."""
    wagon.load += 1
    wagon.save()


def number(wagon: Wagon) -> None:
    """Paint a number on."""
    wagon.number = f"W {wagon.pk}"
    wagon.save()
