"""The cases of the ways in which a receiver can be connected."""

from __future__ import annotations

from demo_site.cases.case import Case, Group
from demo_site.cases.props import basket
from demo_site.shop.checkout import Sale, cancel_order, change_price, make_order, place_order
from demo_site.shop.models import Invoice, Product


def note() -> str:
    """Place an order, which the ledger notes."""
    return f"Order {place_order(basket())} stands in the ledger."


def place_and_cancel() -> str:
    """Place an order and cancel it."""
    placed = place_order(basket())
    cancel_order(placed)
    return f"Order {placed} was placed and cancelled."


def change_prices() -> str:
    """Change a price in three names."""
    [(product, _)] = basket(1)
    for sender in (Product, Sale, None):
        change_price(product.price, sender)
    return f"The price of “{product}” was announced three times."


def save_order() -> str:
    """Save an order without telling anybody."""
    return f"Order {make_order(basket())} was saved."


def invoice() -> str:
    """Save an invoice."""
    issued = Invoice.objects.create(order=make_order(basket()))
    return f"{issued} was saved."


GROUP = Group(
    "connecting",
    "Ways to connect",
    (
        Case(
            slug="bound-method",
            title="A bound method",
            does="Places an order, which the method of a ledger receives.",
            look="`Ledger.note_order` is the second of the nine receivers.",
            filter="receiver:Ledger.note_order",
            run=note,
            button="Order",
        ),
        Case(
            slug="two-signals",
            title="One receiver, two signals",
            does="Places an order and cancels it; `@receiver` was given a list.",
            look="`order_placed` and `order_cancelled`, and `keep_audit_trail` receives both.",
            filter="receiver:keep_audit_trail",
            run=place_and_cancel,
            button="Order and cancel",
        ),
        Case(
            slug="any-sender",
            title="Any sender",
            does="Announces a price by `Product`, by a class that is no model, and by nobody.",
            look="`price_changed` three times. `note_price`, connected without a sender, receives all of "
            "them; `relabel_shelf`, connected for `Product`, only the first.",
            filter="signal:price_changed",
            run=change_prices,
            button="Change a price",
        ),
        Case(
            slug="lazy-sender",
            title="A sender by its name",
            does='Saves an order; a receiver was connected with `sender="shop.Order"`.',
            look="`post_save` of `shop.Order`, received by `remember_order`: the name was resolved when "
            "the model came.",
            filter="signal:post_save sender:shop.Order",
            run=save_order,
            button="Save an order",
        ),
        Case(
            slug="dispatch-uid",
            title="Connected twice, run once",
            does="Saves an invoice; its receiver was connected twice with one `dispatch_uid`.",
            look="`file_invoice` stands once among the receivers of `shop.Invoice`’s `post_save`.",
            filter="signal:post_save sender:shop.Invoice",
            run=invoice,
            button="Save an invoice",
        ),
    ),
)
