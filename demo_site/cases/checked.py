"""The cases that `manage.py check` finds before anything runs: one for each warning."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from django.core.management import call_command

from demo_site.cases.case import Case, Group
from demo_site.failures import PorterAsleep
from demo_site.mishaps.models import Crate, Engine, Parcel, Ticket, Train, Wagon
from demo_site.mishaps.signals import bell_rung, gate_closed, train_arrived, trunk_lost

TICKETS = 20


def misspelled() -> str:
    """Save a wagon, for which a receiver was meant."""
    Wagon.objects.create(number="Heavy")
    return "A wagon was saved, and not weighed."


def abstract() -> str:
    """Save an engine, whose abstract parent a receiver is connected for."""
    Engine.objects.create(number="E 2")
    return "An engine was saved, and not insured."


def never_imported() -> str:
    """Send what a module that nobody imports would receive."""
    gate_closed.send(sender=Train)
    return "The gate was closed. The carts roll on."


def imported_twice() -> str:
    """Save a parcel, whose receiver is connected twice."""
    Parcel.objects.create(label="Gloves")
    return "One parcel was saved, and stamped twice."


def without_decorator() -> str:
    """Send to a receiver whose failures were to be kept quiet."""
    try:
        trunk_lost.send(sender=Parcel)
    except PorterAsleep as error:
        return f"{error}"
    return "Nobody complained."


def for_each_instance() -> str:
    """Make tickets, none of which is saved."""
    tickets = [Ticket(label=f"No. {number}") for number in range(TICKETS)]
    return f"{len(tickets)} tickets were made, and each was clipped."


def held_by_nobody() -> str:
    """Send to a lambda that nobody holds."""
    responses = bell_rung.send(sender=Train)
    return f"{len(responses)} receivers ran. In production there would be none."


async def never_awaited() -> str:
    """Send to a receiver that looks sync and gives back a coroutine."""
    responses: Sequence[tuple[object, object]] = await train_arrived.asend(sender=Train)
    unawaited = [each for _, each in responses if inspect.iscoroutine(each)]
    for each in unawaited:
        each.close()  # Whoever throws it away as it is gets the warning named below.
    return f"{len(unawaited)} receiver did not run: Python would warn that “ring_in” was never awaited."


def load_fixture() -> str:
    """Load two crates from a fixture."""
    call_command("loaddata", "crates", verbosity=0)
    return f"{Crate.objects.count()} crates are there."


GROUP = Group(
    "checked",
    "Before anything runs",
    (
        Case(
            slug="misspelled",
            check="W001",
            title="A sender that never came",
            does='Saves a wagon; `weigh_wagon` was connected with `sender="mishaps.Wagn"`.',
            look="`weigh_wagon` stands under “Not called”, waiting for `mishaps.Wagn`. In the registry it "
            "is marked `no such sender`.",
            filter="signal:post_save sender:mishaps.Wagon",
            run=misspelled,
            button="Save a wagon",
        ),
        Case(
            slug="abstract",
            check="W002",
            title="An abstract sender",
            does="Saves an `Engine`; `insure_stock` is connected for its abstract parent `Stock`.",
            look="`post_save` of `mishaps.Engine`, unheard. `insure_stock` is marked `abstract sender`.",
            filter="signal:post_save sender:mishaps.Engine",
            run=abstract,
            button="Save an engine",
        ),
        Case(
            slug="never-imported",
            check="W003",
            title="A module that nobody imports",
            does="Sends `gate_closed`, whose receiver stands in `mishaps/receivers.py`.",
            look="`gate_closed`, unheard. The module stands on top of the registry under “Worth a look”, "
            "marked `never imported`.",
            filter="signal:gate_closed is:unheard",
            run=never_imported,
            button="Close the gate",
        ),
        Case(
            slug="imported-twice",
            check="W004",
            title="A module of two names",
            does="Saves a parcel; `mishaps/parcels.py` was imported as `demo_site.mishaps.parcels` and as "
            "`mishaps.parcels`.",
            look="`stick_stamp` twice among the receiver calls, and twice in the registry, the second marked "
            "`connected twice`.",
            filter="receiver:stick_stamp",
            run=imported_twice,
            button="Save a parcel",
        ),
        Case(
            slug="lost-decorator",
            check="W005",
            title="A decorator above @receiver",
            does="Sends `trunk_lost`; `@quietly` above `@receiver` was to swallow the failure.",
            look="`wake_porter` raised `PorterAsleep`: the function that is connected has no `quietly`. It is "
            "marked `decorator lost`.",
            filter="signal:trunk_lost is:error",
            run=without_decorator,
            button="Lose a trunk",
        ),
        Case(
            slug="each-instance",
            check="W006",
            title="A receiver for each instance",
            does="Makes twenty instances of `Ticket`, and saves none.",
            look="Nothing at first: `post_init` is muted. Unmute it in the registry, where `clip_ticket` is "
            "marked `runs per instance`, press again, and it ran twenty times.",
            filter="signal:post_init sender:mishaps.Ticket",
            run=for_each_instance,
            button="Make twenty",
        ),
        Case(
            slug="bound-to-vanish",
            check="W007",
            title="A receiver that nobody holds",
            does="Sends `bell_rung`, to which `ready()` connected a lambda.",
            look="`bell_rung`, received by the lambda: a cache of Django’s holds it, and only under `DEBUG`. It is "
            "marked `bound to vanish`.",
            filter="signal:bell_rung",
            run=held_by_nobody,
            button="Ring",
        ),
        Case(
            slug="never-awaited",
            check="W008",
            title="A coroutine behind a decorator",
            does="Sends `train_arrived` by `asend`; `ring_in` is an `async def` behind a sync decorator.",
            look="`ring_in`, not marked async and done in no time: it gave back a coroutine, which nobody awaits. "
            "It is marked `never awaited`.",
            filter="signal:train_arrived method:asend",
            run=never_awaited,
            button="Arrive",
        ),
        Case(
            slug="raw",
            check="W009",
            title="Rows of a fixture",
            does="Loads two crates by `loaddata`.",
            look="`post_save` of `mishaps.Crate` twice, with `raw` True. `announce_crate` ran all the same, "
            "and is marked `W009`, which is no warning but something to know.",
            filter="signal:post_save sender:mishaps.Crate arg:raw=True",
            run=load_fixture,
            button="Load the fixture",
        ),
    ),
    about="`python -m demo_site.manage check` finds each of these without a press, and the registry marks it.",
)
