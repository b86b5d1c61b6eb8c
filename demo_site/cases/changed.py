"""The case of a change: the same button, and every second time the receivers of a later version."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.dispatch import Signal, receiver

from demo_site.cases.case import Case, Group
from demo_site.cases.props import basket
from demo_site.shop.checkout import make_order
from demo_site.shop.models import Order, Product
from demo_site.shop.signals import line_picked

PRINTER_S = 0.04

parcel_packed = Signal()

_turn = threading.Lock()
_is_later = False


@receiver(parcel_packed)
def choose_box(sender: type[Order], order: Order, **kwargs: object) -> int:
    """Find the box: by one query, later by one for each product."""
    if not _is_later:
        return order.lines.count()
    products = list(Product.objects.filter(lines__order=order))
    return sum(product.lines.filter(order=order).count() for product in products)


@receiver(parcel_packed)
def stick_stamps(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Stick stamps on it: later the printer does that."""


@receiver(parcel_packed)
def print_label(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Print the label, and save that it was printed: slower later, with the stamps on it."""
    if _is_later:
        time.sleep(PRINTER_S)
    order.save(update_fields=["total"])


@receiver(parcel_packed)
def close_parcel(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Close it."""


def check_address(sender: type[Order], order: Order, **kwargs: object) -> None:
    """Look whether there is such an address: only later, and what it sends is new too."""
    for line in order.lines.all():
        line_picked.send(sender=type(line), line=line)


def pack() -> str:
    """Pack a parcel, every second time as the later version does."""
    global _is_later
    with _turn:
        order = make_order(basket(6))
        if _is_later:
            with _later_receivers():
                parcel_packed.send(sender=Order, order=order)
        else:
            parcel_packed.send(sender=Order, order=order)
        packed, _is_later = ("later" if _is_later else "first"), not _is_later
    return f"The parcel of order {order} was packed by the {packed} version. Press again for the other."


@contextmanager
def _later_receivers() -> Iterator[None]:
    parcel_packed.disconnect(stick_stamps)
    parcel_packed.connect(check_address)
    try:
        yield
    finally:
        parcel_packed.disconnect(check_address)
        for each in (print_label, close_parcel):
            parcel_packed.disconnect(each)
        for each in (stick_stamps, print_label, close_parcel):
            parcel_packed.connect(each)


GROUP = Group(
    "before-and-after",
    "Before and after a change",
    (
        Case(
            slug="changed",
            title="The same again, after a change",
            does="Packs a parcel. Every second time the receivers are those of a later version.",
            look="Mark the first as before and press again. `check_address` is new and `stick_stamps` is "
            "gone, `print_label` is slower, and `choose_box` makes more queries.",
            filter="signal:parcel_packed",
            run=pack,
            button="Pack a parcel",
        ),
    ),
)
