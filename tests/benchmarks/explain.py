"""Where the time goes: the same send with one thing more at each step, then the recorder's work by its stations."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from itertools import repeat
from pathlib import Path
from time import perf_counter_ns, thread_time_ns
from typing import Any

import msgspec
from django.db.models import base
from django.dispatch import Signal

from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site

SENDS = 600
FRAMES = 5
"""Frames of Django between `post_save.send` and the line of the user's that saved, as good as always."""

BATCH = 100
"""Dispatches that a site under some load makes in one of the recorder's periods."""

_numbers = itertools.count()


def measure(folder: Path, rounds: int) -> Samples:
    """Return nanoseconds per send, step by step, and nanoseconds per dispatch on the recorder's side."""
    set_up_small_site(folder)
    from tests.benchmarks import subjects, traced

    subjects.connect()
    steps = _steps()
    samples = interleave(
        [
            Variant("bare", nullcontext, steps),
            Variant(
                "ours",
                traced.in_place,
                {
                    name: traced.recorded(step, 0 if name == "muted" else SENDS)
                    for name, step in steps.items()
                },
            ),
        ],
        rounds,
    )
    with traced.in_place():
        traced.fill_store()
        for _ in range(rounds):
            _record(samples)
    return samples


def _steps() -> dict[str, Callable[[], float]]:
    from tests.benchmarks import subjects

    in_request = subjects.send_in_request
    one = partial(in_request, subjects.one, SENDS)
    return {
        "muted": _warm(partial(subjects.send, subjects.muted_unconnected)),
        "nothing": _warm(_send_nothing),
        "arguments": _warm(partial(subjects.send, subjects.unconnected)),
        "request": partial(in_request, subjects.unconnected, SENDS),
        "one": one,
        "five": partial(in_request, subjects.five, SENDS),
        "far": partial(in_request, _Far(subjects.one), SENDS),
        "one without gc": partial(_without_gc, one),
    }


def _warm(send: Callable[[int], float]) -> Callable[[], float]:
    from tests.benchmarks import subjects

    return lambda: (send(subjects.WARM_UP), send(SENDS))[1]


class _Far:
    """Sends from within frames that have Django's own file for their place, as `Model.save()` does."""

    _SOURCE = """
def save(frames, send, named):
    return save(frames - 1, send, named) if frames else send(**named)
"""

    def __init__(self, signal: Signal) -> None:
        namespace: dict[str, Any] = {}
        exec(compile(self._SOURCE, base.__file__, "exec"), namespace)
        self._save, self._signal = namespace["save"], signal

    def send(self, sender: Any, **named: Any) -> Any:
        named["sender"] = sender
        return self._save(FRAMES - 1, self._signal.send, named)


def _send_nothing(sends: int) -> float:
    from tests.benchmarks import subjects

    signal = subjects.unconnected
    began_ns = perf_counter_ns()
    for _ in repeat(None, sends):
        signal.send(sender=None)
    return (perf_counter_ns() - began_ns) / sends


def _without_gc(measure: Callable[[], float]) -> float:
    gc.disable()
    try:
        return measure()
    finally:
        gc.enable()


def _record(samples: Samples) -> None:
    """Do the recorder's work for one sample on this thread, then its last two stations once more by themselves."""
    from tests.benchmarks import subjects, traced
    from tracer import stores
    from tracer.dispatches import encode

    traced.bring_up_to_date()
    cursor = traced.newest_cursor()
    whole_ns = traced.time_of_handing_on(partial(subjects.send_in_request, subjects.one, SENDS))
    if whole_ns is None:
        return
    records = [record for _, record in stores.shared().read(cursor, SENDS * 2)]
    anew = [
        msgspec.structs.replace(record, id=f"{record.id}-{next(_numbers)}") for record in records
    ]
    for name, taken_ns in (
        ("all", whole_ns),
        ("store", _time_of(lambda: stores.shared().append(anew))),
        ("encoding", _time_of(lambda: [encode(record) for record in anew])),
    ):
        samples.setdefault(f"ours/recorder, {name}", []).append(taken_ns / len(records))
    batch = [msgspec.structs.replace(record, id=f"{record.id}-again") for record in anew[:BATCH]]
    taken_ns = _time_of(lambda: stores.shared().append(batch))
    samples.setdefault("ours/recorder, small batch", []).append(taken_ns / BATCH)


def _time_of(work: Callable[[], object]) -> int:
    began_ns = thread_time_ns()
    work()
    return thread_time_ns() - began_ns
