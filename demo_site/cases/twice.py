"""The cases in which a receiver runs more than once for the same thing."""

from __future__ import annotations

from demo_site.cases.case import Case, Group
from demo_site.mishaps import yard
from demo_site.mishaps.models import Parcel, Train, Wagon


def connected() -> str:
    """Save a parcel, whose receiver is connected twice."""
    Parcel.objects.create(label="Hats")
    return "One parcel was saved, and stamped twice."


def dispatched() -> str:
    """Save one wagon at two places."""
    wagon = Wagon.objects.bulk_create([Wagon(number="New")])[0]
    yard.fill(wagon)
    yard.number(wagon)
    return f"Wagon {wagon} was saved by two functions."


def re_entered() -> str:
    """Save a train, whose receiver saves it."""
    train = Train.objects.create()
    return f"{train} was saved once here, and {train.counted} times by its own receiver."


GROUP = Group(
    "twice",
    "Why twice?",
    (
        Case(
            slug="connected-twice",
            title="Connected twice",
            does="Saves a parcel once; the module of its receiver was imported under two names.",
            look="One `post_save` of `mishaps.Parcel`, and `stick_stamp` in it twice, marked "
            "`×2 connected`.",
            filter="signal:post_save sender:mishaps.Parcel",
            run=connected,
            button="Save a parcel",
        ),
        Case(
            slug="dispatched-twice",
            title="Saved twice",
            does="Saves one wagon in two functions, each with a `save()` of its own.",
            look="`post_save` of `mishaps.Wagon` twice. `grease_axles` is marked `×2 dispatched`, with "
            "`fill` and `number`, the two places that saved.",
            filter="signal:post_save sender:mishaps.Wagon",
            run=dispatched,
            button="Fill and number",
        ),
        Case(
            slug="re-entered",
            title="A receiver that sets itself off",
            does="Saves a train, whose receiver of `post_save` saves the train.",
            look="`post_save` of `mishaps.Train` four times, each under the one before. `count_wagons` is "
            "marked `×4 re-entered`; it stops itself there.",
            filter="signal:post_save sender:mishaps.Train",
            run=re_entered,
            button="Save a train",
        ),
    ),
    about="Open the dispatch: the receiver is marked ×2, with the places side by side.",
)
