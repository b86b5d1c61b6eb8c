"""What happens when rolling stock is saved or deleted: each receiver is for one class, and for no kin of it."""

from __future__ import annotations

from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from demo_site.mishaps.models import Engine, Stock, TankWagon, Wagon


@receiver(post_save, sender=Wagon)
def grease_axles(sender: type[Wagon], instance: Wagon, **kwargs: object) -> None:
    """Receive what a wagon saves, and nothing that a tank wagon does."""


@receiver(post_delete, sender=Wagon)
def scrap_wagon(sender: type[Wagon], instance: Wagon, **kwargs: object) -> None:
    """Receive the end of a wagon, and of a tank wagon's half that is one."""


@receiver(post_save, sender=TankWagon)
def rinse_tank(sender: type[TankWagon], instance: TankWagon, **kwargs: object) -> None:
    """Receive what a tank wagon saves, and nothing that a wagon does."""


@receiver(pre_save, sender=Engine)
def paint_number(sender: type[Engine], instance: Engine, **kwargs: object) -> None:
    """Receive an engine before it is saved, not after."""


# W001: there is no such model; Wagon was meant.
@receiver(post_save, sender="mishaps.Wagn")
def weigh_wagon(sender: type[Wagon], instance: Wagon, **kwargs: object) -> None:
    """Receive nothing, ever."""


# W002: nothing is sent for an abstract model, also when a child of it is saved.
@receiver(post_save, sender=Stock)
def insure_stock(sender: type[Stock], instance: Stock, **kwargs: object) -> None:
    """Receive nothing, ever."""
