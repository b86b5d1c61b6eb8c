"""What a send costs the thread that sends while the store, a Redis, answers, and while it stands still."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks.rounds import Samples, Variant, interleave
from tests.benchmarks.site import set_up_small_site
from tests.redis_server import EXECUTABLE, RedisServer
from tracer.keeper import keeper

SENDS = 600


def measure(folder: Path, rounds: int) -> Samples:
    """Return nanoseconds per send; nothing where there is no Redis."""
    if EXECUTABLE is None:
        return {}
    with RedisServer(appendonly="no") as server:
        set_up_small_site(folder, store=server.url)
        from tests.benchmarks import subjects, traced

        subjects.connect()
        one = traced.recorded(partial(subjects.send_in_request, subjects.one, SENDS), SENDS)
        samples = interleave(
            [
                Variant("answering", _answering, {"one": one}),
                Variant("hanging", partial(_hanging, server), {"one": one}),
            ],
            rounds,
        )
        keeper.finish()
    return samples


@contextmanager
def _answering() -> Iterator[None]:
    from tests.benchmarks import traced

    with traced.in_place():
        _send_until(is_refused=False)
        yield


@contextmanager
def _hanging(server: RedisServer) -> Iterator[None]:
    from tests.benchmarks import traced

    with traced.in_place():
        server.stop()
        try:
            _send_until(is_refused=True)
            yield
        finally:
            server.go_on()


def _send_until(*, is_refused: bool) -> None:
    """Send, and hand it on, until the keeper has noticed whether the server answers."""
    from tests.benchmarks import subjects, traced

    while True:
        subjects.send(subjects.one, 1)
        traced.bring_up_to_date()
        if (keeper.trouble is not None) == is_refused:
            return
        time.sleep(0.01)
