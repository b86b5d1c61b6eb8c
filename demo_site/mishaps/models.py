"""Rolling stock and what it carries."""

from __future__ import annotations

from django.db import models


class Stock(models.Model):
    """Whatever runs on rails: abstract, so that nothing is ever sent for it."""

    number = models.CharField(max_length=20)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number


class Wagon(Stock):
    """A wagon, the parent of another by multi-table inheritance."""

    load = models.PositiveIntegerField(default=0)


class TankWagon(Wagon):
    """A wagon that has a row in two tables."""

    litres = models.PositiveIntegerField(default=0)


class Engine(Stock):
    """What pulls."""


class Train(models.Model):
    """An engine's wagons, and how often they were counted."""

    wagons = models.ManyToManyField(Wagon)
    counted = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"Train {self.pk}"


class Parcel(models.Model):
    """Somebody's parcel."""

    label = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.label


class Crate(models.Model):
    """What is written in bulk, loaded from a fixture and deleted in one query."""

    label = models.CharField(max_length=40)
    weight = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.label


class Ticket(models.Model):
    """What there is a lot of."""

    label = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.label
