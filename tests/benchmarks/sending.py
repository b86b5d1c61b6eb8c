"""What a send costs the thread that sends, in nanoseconds: bare, over the floor, traced, and with sentry-sdk."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site

SENDS = 600
"""A sample takes a few milliseconds, so that the best ones hold no turn of another thread."""
SENTRYS_SENDS = 150
"""With five receivers they make 750 spans; a transaction holds 1,000."""


def measure(folder: Path, rounds: int) -> Samples:
    """Return nanoseconds per send, by variant and signal."""
    set_up_small_site(folder)
    from tests.benchmarks import floor, subjects, traced

    subjects.connect()
    send = subjects.send_in_request
    one = partial(send, subjects.one, SENDS)
    five = partial(send, subjects.five, SENDS // 2)
    unheard = partial(send, subjects.unheard, 4 * SENDS)
    variants = [
        Variant(
            "bare",
            nullcontext,
            {
                "one": one,
                "five": five,
                "unheard": unheard,
                "unconnected": partial(send, subjects.unconnected, 4 * SENDS),
            },
        ),
        Variant("floor", partial(floor.in_place, floor.send), {"one": one}),
        Variant("floor", partial(floor.in_place, floor.send_by_receiver), {"five": five}),
        Variant(
            "ours",
            traced.in_place,
            {
                "one": traced.recorded(one, SENDS),
                "five": traced.recorded(five, SENDS // 2),
                "unheard": traced.recorded(unheard, 4 * SENDS),
                "muted one": partial(send, subjects.muted_one, SENDS),
                "muted unheard": partial(send, subjects.muted_unheard, 4 * SENDS),
                "muted unconnected": partial(send, subjects.muted_unconnected, 4 * SENDS),
                "stopped one": traced.stopped(one),
            },
        ),
    ]
    if peers.has("sentry_sdk"):
        variants.append(_sentry())
    return interleave(variants, rounds)


def _sentry() -> Variant:
    from tests.benchmarks import subjects

    sentry = peers.Sentry()
    return Variant(
        "sentry-sdk",
        sentry.in_place,
        {
            name: sentry.in_transaction(
                partial(subjects.send_in_request, signal, SENTRYS_SENDS, warm_up=0),
                partial(subjects.send, signal, subjects.WARM_UP),
                at_least=SENTRYS_SENDS * receivers,
            )
            for name, signal, receivers in (("one", subjects.one, 1), ("five", subjects.five, 5))
        },
    )
