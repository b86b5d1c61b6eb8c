"""Products, orders and invoices."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import User
from django.db import models
from django.urls import reverse


class Product(models.Model):
    """Something to buy."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(unique=True)
    description = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=7, decimal_places=2)
    reserved = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the product's page."""
        return reverse("shop:product", args=[self.slug])


def new_reference() -> str:
    """Return a reference that nobody can guess."""
    return secrets.token_hex(6)


class Order(models.Model):
    """What somebody bought."""

    class Card(models.TextChoices):
        """How the bank will answer."""

        GOOD = "good", "A card that pays"
        DECLINED = "declined", "A card that is declined"

    class Delivery(models.TextChoices):
        """Who brings it."""

        POST = "post", "By post"
        EXPRESS = "express", "By express courier, who takes a while to answer"

    reference = models.CharField(max_length=12, unique=True, default=new_reference)
    customer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True)
    card = models.CharField(max_length=8, choices=Card.choices, default=Card.GOOD)
    delivery = models.CharField(max_length=7, choices=Delivery.choices, default=Delivery.POST)
    total = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    placed_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-placed_at", "-pk")

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """Return the path of the order's page."""
        return reverse("shop:order", args=[self.reference])


class RushOrder(Order):
    """An order that cannot wait. A proxy: the same table, another sender."""

    class Meta:
        proxy = True


class OrderLine(models.Model):
    """So many of one product."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lines")
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=7, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"


class Invoice(models.Model):
    """The paper that belongs to an order."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE)
    issued_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Invoice {self.pk}"
