"""The cases in which something is written and no signal sent."""

from __future__ import annotations

from django.db.models import F

from demo_site.cases.case import Case, Group
from demo_site.mishaps.models import Crate, Train, Wagon


def in_bulk() -> str:
    """Write to the database by ways that send nothing."""
    crates = Crate.objects.bulk_create(Crate(label=f"Bulk {number}") for number in range(3))
    Crate.objects.bulk_update(crates, ["label"])
    updated = Crate.objects.update(weight=F("weight") + 1)
    return f"{len(crates)} crates were created and {updated} updated, without a signal."


def fast_delete() -> str:
    """Delete what nobody listens for."""
    Crate.objects.bulk_create(Crate(label=f"Light {number}") for number in range(3))
    deleted, _ = Crate.objects.all().delete()
    return f"{deleted} crates were deleted by one query."


def many_to_many() -> str:
    """Add a wagon to a train and take it off; nobody listens."""
    train = Train.objects.bulk_create([Train()])[0]
    wagon = Wagon.objects.bulk_create([Wagon(number="Coupled")])[0]
    train.wagons.add(wagon)
    train.wagons.remove(wagon)
    return f"A wagon was coupled to train {train.pk} and uncoupled."


GROUP = Group(
    "unsent",
    "Was anything sent?",
    (
        Case(
            slug="silence",
            title="Written in bulk",
            does="Writes crates with `bulk_create()`, `bulk_update()` and `QuerySet.update()`.",
            look="Nothing but the request: none of the three sends a signal, and `announce_crate`, "
            "connected to `post_save`, does not run.",
            filter="origin:/cases/silence/",
            run=in_bulk,
            button="Write in bulk",
        ),
        Case(
            slug="fast-delete",
            title="A fast delete",
            does="Deletes all crates by `QuerySet.delete()`; nobody receives `pre_delete` or `post_delete` of them.",
            look="Nothing but the request: where nobody listens and nothing cascades, one query deletes "
            "all rows and no signal is sent.",
            filter="origin:/cases/fast-delete/",
            run=fast_delete,
            button="Delete them all",
        ),
        Case(
            slug="m2m-unheard",
            title="A relation that nobody listens to",
            does="Adds a wagon to a train, and removes it.",
            look="`m2m_changed` with action `pre_remove` and `post_remove`, unheard. `add()` sent nothing: "
            "it asks first whether anybody listens.",
            filter="signal:m2m_changed sender:mishaps.Train_wagons",
            run=many_to_many,
            button="Couple and uncouple",
        ),
    ),
)
