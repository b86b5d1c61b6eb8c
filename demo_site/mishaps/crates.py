"""What happens when a crate is saved."""

from __future__ import annotations

from django.db.models.signals import post_save
from django.dispatch import receiver

from demo_site.mishaps.models import Crate


# W009: it would have to look whether the row comes from a fixture.
@receiver(post_save, sender=Crate)
def announce_crate(
    sender: type[Crate], instance: Crate, created: bool, **kwargs: object
) -> str | None:
    """Announce a new crate, also one that a fixture brings."""
    return f"{instance} is here." if created else None
