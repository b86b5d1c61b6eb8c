"""What happens at the station, behind decorators: one is not there, and one is not awaited."""

from __future__ import annotations

import contextlib
import functools
import time
from collections import deque
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.dispatch import receiver

from demo_site.failures import OnPurpose, PorterAsleep
from demo_site.mishaps.models import Parcel, Train
from demo_site.mishaps.signals import train_arrived, trunk_lost

P = ParamSpec("P")
R = TypeVar("R")

durations_s: deque[float] = deque(maxlen=100)


def quietly(function: Callable[P, R]) -> Callable[P, R | None]:
    """Return the function without its failures."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R | None:
        with contextlib.suppress(OnPurpose):
            return function(*args, **kwargs)
        return None

    return wrapper


def timed(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with its duration noted."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        started_s = time.monotonic()
        try:
            return function(*args, **kwargs)
        finally:
            durations_s.append(time.monotonic() - started_s)

    return wrapper


# W005: @receiver connects the function as it is below it, without what stands above.
@quietly
@receiver(trunk_lost)  # noqa: DJ013 - that is the mistake
def wake_porter(sender: type[Parcel], **kwargs: object) -> None:
    """Fail, which `quietly` was to keep from the one who sends."""
    raise PorterAsleep("The porter is asleep, and `quietly` is not there.")


# W008: what `timed` returns is a sync function, so nobody awaits what it gives back.
@receiver(train_arrived)
@timed
async def ring_in(sender: type[Train], **kwargs: object) -> None:
    """Never run."""
