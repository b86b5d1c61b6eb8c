"""Takes samples of things that are to be compared, turn by turn; knows nothing of what is measured."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

Samples = dict[str, list[float]]
"""By `variant/measure`; in the unit of the measure."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run the same work: bare, over the floor, traced, with a peer."""

    name: str
    in_place: Callable[[], AbstractContextManager[object]]
    """Puts it in place for a turn, outside of what is timed."""
    measures: Mapping[str, Callable[[], float]]


def interleave(variants: Sequence[Variant], rounds: int) -> Samples:
    """
    Measure every variant once a round, each round beginning with another one.

    The garbage collector runs as it does in a site, but what was there before is no part of it, and each
    sample begins with nothing to collect: who makes objects pays for them, and nobody pays for another.
    """
    samples: Samples = {}
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        first = number % len(variants)
        for variant in [*variants[first:], *variants[:first]]:
            with variant.in_place():
                for name, measure in variant.measures.items():
                    gc.collect()
                    samples.setdefault(f"{variant.name}/{name}", []).append(measure())
    return samples
