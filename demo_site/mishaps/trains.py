"""What happens when a train is saved: it is saved."""

from __future__ import annotations

from django.db.models.signals import post_save
from django.dispatch import receiver

from demo_site.mishaps.models import Train

MOST = 3


@receiver(post_save, sender=Train)
def count_wagons(sender: type[Train], instance: Train, **kwargs: object) -> None:
    """Save the train that was just saved, which calls this again."""
    if instance.counted < MOST:  # Without it, up to Python's limit of recursion.
        instance.counted += 1
        instance.save()
