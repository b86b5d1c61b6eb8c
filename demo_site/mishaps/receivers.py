"""What happens when the gate closes: nothing, for nobody imports this module, which is W003."""

from __future__ import annotations

from django.dispatch import receiver

from demo_site.mishaps.models import Train
from demo_site.mishaps.signals import gate_closed


@receiver(gate_closed)
def stop_the_carts(sender: type[Train], **kwargs: object) -> None:
    """Receive nothing, ever."""
