"""The cases in which a receiver does not run, and the code looks right."""

from __future__ import annotations

from importlib import import_module

from django.db.migrations.loader import MigrationLoader

from demo_site.cases.case import Case, Group
from demo_site.cases.props import basket
from demo_site.mishaps import timing
from demo_site.mishaps.models import Engine, TankWagon, Wagon
from demo_site.shop.checkout import make_order
from demo_site.shop.models import Product, RushOrder
from demo_site.shop.signals import shelf_emptied


def child() -> str:
    """Save a child by multi-table inheritance, and delete it."""
    wagon = TankWagon.objects.create(number="Tank")
    wagon.delete()
    return "A tank wagon was saved and deleted, in two tables each time."


def parent() -> str:
    """Save the parent of a child by multi-table inheritance."""
    Wagon.objects.create(number="Plain")
    return "A wagon was saved. It is no tank wagon."


def proxy() -> str:
    """Save an order as itself, and again as its proxy."""
    order = make_order(basket())
    RushOrder.objects.get(pk=order.pk).save()
    return f"Order {order} was saved as shop.Order, then as shop.RushOrder."


def historical() -> str:
    """Do what a migration does, with the models of its time."""
    # As `migrate` has them, without a table being touched.
    state = MigrationLoader(None).project_state(("mishaps", "0001_initial"))
    first_engine = import_module("demo_site.mishaps.migrations.0002_first_engine")
    first_engine.add_engine(state.apps, None)
    return "An engine was saved, as a migration saves it."


def family() -> str:
    """Save an engine, which a receiver of `pre_save` hears of."""
    Engine.objects.create(number="E 1")
    return "An engine was saved."


class Robot:
    """Reorders what has run out, while it lives."""

    def reorder(self, sender: type[Product], **kwargs: object) -> None:
        """Receive `shelf_emptied`."""


def collected() -> str:
    """Connect the method of an object that nobody keeps, then send."""
    # A method, not a local function: under DEBUG Django's cache of signatures would keep that alive.
    shelf_emptied.connect(Robot().reorder)
    responses = shelf_emptied.send(sender=Product)
    return f"{len(responses)} receivers ran. The robot that was connected is gone."


def too_late() -> str:
    """Connect after sending."""
    timing.connect_too_late()
    return "The whistle was blown, and then somebody was connected."


def too_early() -> str:
    """Disconnect before sending."""
    timing.disconnect_too_early()
    return "Somebody was disconnected, and then the lamp was lit."


async def within_a_loop() -> str:
    """Send from async code as from sync code."""
    try:
        timing.send_within_the_loop()
    except RuntimeError as error:
        return f"{error} The points are set, and the telegraph is silent."
    return "No event loop ran."


GROUP = Group(
    "missed",
    "Why did mine not run?",
    (
        Case(
            slug="child",
            title="A receiver for the parent",
            does="Saves a `TankWagon` and deletes it; the receivers are connected for its parent `Wagon`.",
            look="`post_save` of `mishaps.TankWagon`, which does not call `grease_axles`. `post_delete` "
            "is sent for the parent too: `scrap_wagon` ran.",
            filter="signal:post_save,post_delete sender:mishaps.TankWagon,mishaps.Wagon",
            run=child,
            button="Save and delete",
        ),
        Case(
            slug="parent",
            title="A receiver for the child",
            does="Saves a `Wagon`; `rinse_tank` is connected for its child `TankWagon`.",
            look="`post_save` of `mishaps.Wagon`. `rinse_tank` stands under “Not called”, first, as it "
            "is connected for a child.",
            filter="signal:post_save sender:mishaps.Wagon",
            run=parent,
            button="Save the parent",
        ),
        Case(
            slug="proxy",
            title="A proxy is another sender",
            does="Saves an order as `shop.Order`, and again as its proxy `shop.RushOrder`.",
            look="`remember_order` ran for `shop.Order` only, `hurry_up` for `shop.RushOrder` only. Django "
            "matches the very class.",
            filter="signal:post_save sender:shop.Order,shop.RushOrder",
            run=proxy,
            button="Save both ways",
        ),
        Case(
            slug="historical",
            title="A migration’s model",
            does="Saves an `Engine` as a migration does, by `apps.get_model()`.",
            look="`pre_save` of `mishaps.Engine`, unheard. `paint_number` is connected for that label, and "
            "for another class: the historical model is one of its own.",
            filter="signal:pre_save sender:mishaps.Engine",
            run=historical,
            button="Migrate an engine",
        ),
        Case(
            slug="family",
            title="Before, not after",
            does="Saves an `Engine`, and looks for its receiver under `post_save`.",
            look="`post_save` of `mishaps.Engine`, unheard. `paint_number` receives `pre_save`, and ran "
            "there.",
            filter="signal:pre_save,post_save sender:mishaps.Engine",
            run=family,
            button="Save an engine",
        ),
        Case(
            slug="collected",
            title="A receiver that was collected",
            does="Connects the method of an object that nobody keeps, then sends.",
            look="`shelf_emptied`, unheard. Connections are weak: the receiver was gone before the "
            "signal was sent.",
            filter="signal:shelf_emptied",
            run=collected,
            button="Connect and send",
        ),
        Case(
            slug="later",
            title="Connected too late",
            does="Sends `whistle_blown`, and connects `close_doors` after it.",
            look="`whistle_blown`, unheard. `close_doors` stands under “Not called”, with the time and the "
            "line at which it was connected.",
            filter="signal:whistle_blown",
            run=too_late,
            button="Send, then connect",
        ),
        Case(
            slug="earlier",
            title="Disconnected too early",
            does="Connects `draw_curtain`, disconnects it, and sends `lamp_lit` then.",
            look="`lamp_lit`, unheard. `draw_curtain` stands under “Not called”, with the time and the line "
            "at which it was disconnected.",
            filter="signal:lamp_lit",
            run=too_early,
            button="Disconnect, then send",
        ),
        Case(
            slug="running-loop",
            title="send in a running loop",
            does="Sends `points_set` from an async view by `send`; one of its receivers is async.",
            look="`points_set` ended with `RuntimeError`. `lock_points` ran; `telegraph`, the async one, "
            "was never reached.",
            filter="signal:points_set is:error",
            run=within_a_loop,
            button="Send from the loop",
        ),
    ),
    about="Open the dispatch: each receiver that was not called stands there with the reason.",
)
