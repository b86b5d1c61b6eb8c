"""
What a flood costs the site that makes it: a million in a loop, many in one receiver's call, and a recursion to its end.

Time of the thread that sends is told apart from the wall's: the recorder's thread takes its turns with it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.memory import resident_mb
from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site

LOOP = 1_000_000
IN_ONE_REQUEST = 50_000
FRAMES = 15_000
"""Python's limit for the recursion, which takes two a dispatch."""
STORED_S = 60.0


def measure(folder: Path, share: float) -> Samples:
    """Return nanoseconds a dispatch, and MB added at most, of that share of each flood."""
    set_up_small_site(folder)
    from tests.benchmarks import floor, subjects, traced

    subjects.connect()
    fallen = [0]

    def falls(sender: Any, **named: Any) -> None:
        fallen[0] += 1
        deep.send(sender=sender)

    deep = type(subjects.one)()
    deep.connect(falls)
    wall: dict[str, list[float]] = {}

    def timed(name: str, send: Callable[[], int]) -> float:
        """Return nanoseconds of this thread's processor for each dispatch, and note those of the wall."""
        wall_began_ns, began_ns = time.perf_counter_ns(), time.thread_time_ns()
        number = send()
        taken_ns = time.thread_time_ns() - began_ns
        wall.setdefault(name, []).append((time.perf_counter_ns() - wall_began_ns) / number)
        return taken_ns / number

    def loop(number: int) -> int:
        subjects.send(subjects.one, number)
        return number

    def request(number: int) -> int:
        subjects.send_in_request(subjects.one, number, warm_up=0)
        return number

    def fall() -> int:
        fallen[0] = 0
        sys.setrecursionlimit(FRAMES)
        try:
            deep.send(sender=None)
        except RecursionError:
            pass
        finally:
            sys.setrecursionlimit(1_000)
        return fallen[0]

    floods = {
        "loop": partial(loop, int(LOOP * share)),
        "request": partial(request, int(IN_ONE_REQUEST * share)),
        "recursion": fall,
    }
    before_mb, peak_mb = resident_mb(), [0.0]

    def of(variant: str, after: Callable[[], object]) -> dict[str, Callable[[], float]]:
        def once(name: str, send: Callable[[], int]) -> float:
            try:
                return timed(f"{variant}/{name} wall", send)
            finally:
                peak_mb[0] = max(peak_mb[0], resident_mb())
                after()

        return {name: partial(once, name, send) for name, send in floods.items()}

    samples = interleave(
        [
            Variant("bare", nullcontext, of("bare", lambda: None)),
            Variant("floor", partial(floor.in_place, floor.send), of("floor", lambda: None)),
            Variant("ours", traced.in_place, of("ours", _until_stored)),
        ],
        3,
    )
    return samples | wall | {"ours/peak": [peak_mb[0] - before_mb]}


def _until_stored() -> None:
    """Leave nothing of a flood to the sample that comes next."""
    from tracer.keeper import keeper
    from tracer.recorder import recorder

    deadline = time.monotonic() + STORED_S
    while recorder.ring or keeper.is_behind:
        if time.monotonic() > deadline:
            raise RuntimeError("the recorder is not done with the flood")
        time.sleep(0.05)
