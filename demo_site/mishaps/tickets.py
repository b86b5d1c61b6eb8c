"""What happens when a ticket is made."""

from __future__ import annotations

from django.db.models.signals import post_init
from django.dispatch import receiver

from demo_site.mishaps.models import Ticket


# W006: it runs for each row of each list of tickets.
@receiver(post_init, sender=Ticket)
def clip_ticket(sender: type[Ticket], instance: Ticket, **kwargs: object) -> None:
    """Receive every ticket, also one that is only read."""
