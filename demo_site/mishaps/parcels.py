"""What happens when a parcel is saved. The app imports this module under two names."""

from __future__ import annotations

from django.db.models.signals import post_save
from django.dispatch import receiver

from demo_site.mishaps.models import Parcel


# W004: two modules of this file, two functions, two connections.
@receiver(post_save, sender=Parcel)
def stick_stamp(sender: type[Parcel], instance: Parcel, **kwargs: object) -> None:
    """Put a stamp on the parcel. Twice."""
