"""What a recorded dispatch costs the processor until it is in the SQLite store, all threads together, in ns."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time_ns

from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site

WARM_UP = 5_000
"""Sends before each sample, some ten milliseconds: the processor, too, needs a while after it was idle."""
LEAVES = 10
"""Dispatches inside of each: trees of eleven."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many trees are sent at once, and how often."""

    trees: int
    steps: int = 1
    pause_s: float = 0.0

    @property
    def dispatches(self) -> int:
        """Return how many there are of them in a sample."""
        return self.trees * self.steps * (LEAVES + 1)


BURST = Pace(trees=600)
"""Fewer dispatches than the ring holds, so that none is lost however late the recorder comes."""
STEADY = Pace(trees=10, steps=12, pause_s=0.05)
"""Some two thousand dispatches a second: fewer of them share what the recorder does once in each period."""


def measure(folder: Path, rounds: int) -> Samples:
    """Return nanoseconds of processor time per dispatch, sent in one burst and at a steady rate."""
    set_up_small_site(folder)
    from tests.benchmarks import floor, subjects, traced

    subjects.connect()
    with traced.in_place():
        traced.fill_store()
    bursts = interleave(
        [
            Variant("bare", nullcontext, {"burst": partial(_send, BURST)}),
            Variant("floor", partial(floor.in_place, floor.send), {"burst": partial(_send, BURST)}),
            Variant("ours", traced.in_place, {"burst": partial(_send_and_wait, BURST)}),
        ],
        rounds,
    )
    # By itself, since a processor that was idle between the steps is slow in the sample after them.
    steady = interleave(
        [
            Variant("bare", nullcontext, {"steady": partial(_send, STEADY)}),
            Variant("ours", traced.in_place, {"steady": partial(_send_and_wait, STEADY)}),
        ],
        rounds // 2,
    )
    return bursts | steady


def _send(pace: Pace) -> float:
    from tests.benchmarks import subjects

    subjects.send(subjects.one, WARM_UP)
    began_ns = process_time_ns()
    _send_trees(pace)
    return (process_time_ns() - began_ns) / pace.dispatches


def _send_and_wait(pace: Pace) -> float:
    from tests.benchmarks import subjects, traced

    subjects.send(subjects.one, WARM_UP)
    traced.bring_up_to_date()
    cursor = traced.newest_cursor()
    began_ns = process_time_ns()
    _send_trees(pace)
    traced.wait_until_stored(cursor + pace.dispatches)
    return (process_time_ns() - began_ns) / pace.dispatches


def _send_trees(pace: Pace) -> None:
    from tests.benchmarks import subjects

    leaves = partial(subjects.send, subjects.one, LEAVES)
    for _ in range(pace.steps):
        for _ in range(pace.trees):
            subjects.around.send(sender=None, inside=leaves)
        time.sleep(pace.pause_s)
