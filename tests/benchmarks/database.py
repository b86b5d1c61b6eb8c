"""What a send costs in nanoseconds with django-orbit, which writes to the host's database, and with the tracer."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site

SENDS = 600
ORBITS_SENDS, ORBITS_WARM_UP = 20, 5


def measure(folder: Path, rounds: int) -> Samples:
    """Return nanoseconds per send, in autocommit mode and inside `atomic()`; nothing when there is no orbit."""
    if not peers.has("orbit"):
        return {}
    from django.dispatch import Signal

    djangos = Signal.send
    set_up_small_site(folder, apps=["orbit"], ORBIT=peers.ORBIT)
    orbit = peers.Orbit(djangos)
    from django.core.management import call_command
    from django.db import transaction

    from tests.benchmarks import subjects, traced

    call_command("migrate", verbosity=0)
    subjects.connect()
    send = partial(subjects.send_in_request, subjects.one)
    ways = {"autocommit": nullcontext, "atomic": transaction.atomic}
    sent = {way: partial(send, SENDS, within=within) for way, within in ways.items()}
    orbits = {
        way: orbit.recorded(
            partial(send, ORBITS_SENDS, warm_up=ORBITS_WARM_UP, within=within), ORBITS_SENDS
        )
        for way, within in ways.items()
    }
    return interleave(
        [
            Variant("bare", nullcontext, sent),
            Variant(
                "ours",
                traced.in_place,
                {way: traced.recorded(measure, SENDS) for way, measure in sent.items()},
            ),
            Variant("orbit", orbit.in_place, orbits),
        ],
        rounds,
    )
