"""Orders are placed, cancelled and priced here, and the signals sent that say so."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from demo_site.shop.models import Order, OrderLine, Product
from demo_site.shop.signals import line_picked, order_cancelled, order_placed, price_changed

Basket = Sequence[tuple[Product, int]]
"""Products, and how many of each."""


class Sale:
    """A sender that is no model: half of everything for half an hour."""


def place_order(
    basket: Basket,
    *,
    customer: User | None = None,
    card: str = Order.Card.GOOD,
    delivery: str = Order.Delivery.POST,
) -> Order:
    """
    Make an order and send `order_placed`.

    A receiver that raises takes the order back: `CardDeclined` comes through.
    """
    with transaction.atomic():
        order = make_order(basket, customer=customer, card=card, delivery=delivery)
        order_placed.send(sender=Order, order=order)
    return order


def make_order(
    basket: Basket,
    *,
    customer: User | None = None,
    card: str = Order.Card.GOOD,
    delivery: str = Order.Delivery.POST,
) -> Order:
    """Make an order with its lines, and tell nobody yet."""
    total = sum((product.price * quantity for product, quantity in basket), Decimal())
    order = Order.objects.create(customer=customer, card=card, delivery=delivery, total=total)
    # bulk_create sends no signals for the lines; line_picked is sent for each when it is picked.
    OrderLine.objects.bulk_create(
        OrderLine(order=order, product=product, quantity=quantity, price=product.price)
        for product, quantity in basket
    )
    return order


def pick_lines(order: Order) -> int:
    """Send `line_picked` for each line of the order, and return how many there are."""
    lines = list(order.lines.select_related("product"))
    for line in lines:
        line_picked.send(sender=OrderLine, line=line)
    return len(lines)


def cancel_order(order: Order) -> None:
    """Take an order back and send `order_cancelled`."""
    order.cancelled_at = timezone.now()
    order.save(update_fields=["cancelled_at"])
    order_cancelled.send(sender=Order, order=order)


def change_price(price: Decimal, sender: type[Product | Sale] | None) -> None:
    """Send `price_changed` in the name of whoever changed it."""
    price_changed.send(sender=sender, price=price)
