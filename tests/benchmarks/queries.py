"""What a query costs in nanoseconds: in a request that dispatches nothing, and in a receiver call, which records it."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from itertools import repeat
from pathlib import Path
from time import perf_counter_ns

from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site

QUERIES, WARM_UP = 200, 50


def measure(folder: Path, rounds: int) -> Samples:
    """Return nanoseconds per query, by variant and by where it is executed."""
    set_up_small_site(folder)
    from django.core.management import call_command

    from tests.benchmarks import subjects, traced

    call_command("migrate", verbosity=0)
    subjects.connect()
    return interleave(
        [
            Variant("bare", nullcontext, {"request": _in_request, "receiver": _in_receiver}),
            Variant(
                "ours",
                traced.in_place,
                {"request": _in_request, "receiver": traced.recorded(_in_receiver, 1)},
            ),
        ],
        rounds,
    )


def _in_request() -> float:
    from django.core.signals import request_finished, request_started

    request_started.send(_in_request, environ={"REQUEST_METHOD": "GET", "PATH_INFO": "/queries/"})
    try:
        return _asked()
    finally:
        request_finished.send(_in_request)


def _in_receiver() -> float:
    from tests.benchmarks import subjects

    taken: list[float] = []
    subjects.around.send(_in_receiver, inside=partial(_note, taken))
    return taken[0]


def _note(taken: list[float]) -> None:
    taken.append(_asked())


def _asked() -> float:
    """Ask whether there is a user, which makes no instance and so sends no signal."""
    from django.contrib.auth.models import User

    users = User.objects.filter(pk=7)
    for _ in repeat(None, WARM_UP):
        users.exists()
    began_ns = perf_counter_ns()
    for _ in repeat(None, QUERIES):
        users.exists()
    return (perf_counter_ns() - began_ns) / QUERIES
