"""The cases of one signal with nine receivers: `order_placed`."""

from __future__ import annotations

from demo_site.cases.case import Case, Group
from demo_site.cases.props import basket
from demo_site.failures import CardDeclined
from demo_site.shop.checkout import pick_lines, place_order
from demo_site.shop.models import Order


def order() -> str:
    """Place an order with which all is well."""
    return f"Order {place_order(basket())} was placed."


def express() -> str:
    """Place an order for which the courier must be asked."""
    placed = place_order(basket(), delivery=Order.Delivery.EXPRESS)
    return f"Order {placed} was placed, once the courier had answered."


def declined() -> str:
    """Place an order that the card does not pay."""
    try:
        place_order(basket(), card=Order.Card.DECLINED)
    except CardDeclined as error:
        return f"{error} Nothing was ordered."
    return "The card was not declined."


def whole_shop() -> str:
    """Place an order of twelve lines and pick them."""
    placed = place_order(basket(12))
    return f"Order {placed} was placed, and its {pick_lines(placed)} lines were picked."


GROUP = Group(
    "orders",
    "One signal, nine receivers",
    (
        Case(
            slug="order",
            title="An order",
            does="Places an order. Everything is in order.",
            look="`order_placed` with nine receivers in the order in which they were connected. "
            "`reserve_stock`, the first, is done in a moment.",
            filter="signal:order_placed",
            run=order,
            button="Order",
        ),
        Case(
            slug="slow",
            title="A slow receiver",
            does="Places an order that goes by express, and waits for the courier.",
            look="`order_placed` takes more than 120 ms, and nearly all of it is `book_courier`.",
            filter="signal:order_placed took:>100ms",
            run=express,
            button="Order by express",
        ),
        Case(
            slug="failing",
            title="A receiver that fails",
            does="Places an order with a card that is declined.",
            look="`charge_card` raised `CardDeclined`. `thank_customer` and `send_receipt` after it were "
            "never reached: that is what `send` does.",
            filter="signal:order_placed is:error method:send",
            run=declined,
            button="Order with a bad card",
        ),
        Case(
            slug="async",
            title="An async receiver",
            does="Places an order whose receipt is sent by an async function.",
            look="`send_receipt` is marked async and runs last: `send` runs the sync receivers first, "
            "then waits for the async ones.",
            filter="signal:order_placed receiver:send_receipt is:async",
            run=order,
            button="Order",
        ),
        Case(
            slug="nested",
            title="A signal in a signal in a signal",
            does="Places an order, whose invoice is saved by a receiver and announced by another.",
            look="Three storeys: `order_placed`, under it `post_save` of `shop.Invoice`, under that "
            "`invoice_issued`.",
            filter="signal:invoice_issued depth:>1",
            run=order,
            button="Order",
        ),
        Case(
            slug="queries",
            title="A receiver of many queries",
            does="Places an order, after which `update_bestsellers` asks about each product alone.",
            look="`update_bestsellers` among the receiver calls, marked N+1: one query for the products, "
            "and one more for each of them.",
            filter="receiver:update_bestsellers",
            run=order,
            button="Order",
        ),
        Case(
            slug="twelve",
            title="Twelve times the same",
            does="Orders twelve products, and picks them line by line.",
            look="`line_picked` twelve times with the same sender, receiver and call site, shown as one "
            "row with ×12.",
            filter="signal:line_picked",
            run=whole_shop,
            button="Order twelve things",
        ),
    ),
)
