"""What happens when something is ordered. The order in which they stand is the order in which they run."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

from django.db.models import F, Sum
from django.db.models.signals import post_save
from django.dispatch import receiver

from demo_site.failures import CardDeclined
from demo_site.shop.ledger import audit_trail, ledger
from demo_site.shop.models import Invoice, Order, OrderLine, Product, RushOrder
from demo_site.shop.signals import (
    invoice_issued,
    line_picked,
    order_cancelled,
    order_placed,
    price_changed,
)

COURIER_S = 0.12
RECEIPT_S = 0.006


@receiver(order_placed)
def reserve_stock(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Put the goods aside: fast."""
    for line in order.lines.all():
        Product.objects.filter(pk=line.product_id).update(reserved=F("reserved") + line.quantity)


# A bound method. The connection is weak, so the ledger must live somewhere: it lives in its module.
order_placed.connect(ledger.note_order)


@receiver([order_placed, order_cancelled])
def keep_audit_trail(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Write down what came and what went: one receiver of two signals."""
    audit_trail.append(order.reference)


@receiver(order_placed)
def issue_invoice(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Save an invoice, which sends signals of its own: nested."""
    Invoice.objects.create(order=order)


@receiver(order_placed)
def update_bestsellers(sender: type[Order], order: Order, **kwargs: object) -> str:
    """Find what sells best by asking about each product alone: many queries."""
    sold = {
        product.name: product.lines.aggregate(sold=Sum("quantity"))["sold"] or 0
        for product in Product.objects.all()
    }
    return max(sold, key=lambda name: sold[name], default="")


@receiver(order_placed)
def book_courier(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Wait for the courier's answer: slow, for express orders."""
    if order.delivery == Order.Delivery.EXPRESS:
        time.sleep(COURIER_S)


@receiver(order_placed)
def charge_card(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Take the money: fails, for a card that is declined."""
    if order.card == Order.Card.DECLINED:
        raise CardDeclined(f"Order {order.reference}: the card was declined.")


@receiver(order_placed)
def thank_customer(sender: type[Order], order: Order, **kwargs: object) -> str:
    """Thank whoever paid: never reached when the card is declined."""
    return f"Thank you for order {order.reference}."


@receiver(order_placed)
async def send_receipt(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Send the receipt to a mail server that takes its time: async."""
    await asyncio.sleep(RECEIPT_S)


@receiver(line_picked)
def weigh_parcel(sender: type[OrderLine], line: OrderLine, **kwargs: object) -> int:
    """Put one more thing on the scales."""
    return line.quantity


@receiver(post_save, sender="shop.Order")
def remember_order(sender: type[Order], instance: Order, **kwargs: object) -> None:
    """Receive what the model with this name saves; the name could be written before the model was."""


@receiver(post_save, sender=RushOrder)
def hurry_up(sender: type[RushOrder], instance: RushOrder, **kwargs: object) -> None:
    """Receive what the proxy saves, and nothing that `Order` itself does."""


@receiver(post_save, sender=Invoice)
def announce_invoice(
    sender: type[Invoice], instance: Invoice, created: bool, **kwargs: object
) -> None:
    """Send `invoice_issued` for a new invoice."""
    if created:
        invoice_issued.send(sender=Invoice, invoice=instance)


def file_invoice(sender: type[Invoice], instance: Invoice, **kwargs: object) -> None:
    """File the invoice, once."""


# A module that is imported under two names connects twice. The dispatch_uid makes it one connection.
post_save.connect(file_invoice, sender=Invoice, dispatch_uid="shop.file_invoice")
post_save.connect(file_invoice, sender=Invoice, dispatch_uid="shop.file_invoice")


@receiver(invoice_issued)
def enter_in_books(sender: type[Invoice], invoice: Invoice, **kwargs: object) -> None:
    """Receive the innermost of the three dispatches that an order nests."""


@receiver(price_changed, sender=Product)
def relabel_shelf(sender: type[Product], price: Decimal, **kwargs: object) -> None:
    """Print a label when `Product` sends."""


@receiver(price_changed)
def note_price(sender: object, price: Decimal, **kwargs: object) -> None:
    """Write every price down, whoever sends it: connected without a sender."""
