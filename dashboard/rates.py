"""The timeline over the rows, of the live feed and of a recording alike. Draws; counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.pictures.timeline import timeline
from dashboard.rendering import render
from tracer.dispatches import Marker


def rate_html(
    buckets: Mapping[int, Sequence[int]],
    markers: Sequence[Marker],
    last: int,
    number: int,
    step_s: int,
    *,
    span: str = "",
    step: str = "",
) -> str:
    """
    Return the picture of `number` buckets of `step_s` seconds, up to the one that is the `last`.

    `span` and `step` say in words how long all and one of them are; empty for the live feed's own.
    """
    step_us = step_s * 1_000_000
    stops = [
        (one.at_us / step_us, None if one.until_us is None else one.until_us / step_us)
        for one in markers
        if one.kind == "stopped"
    ]
    starts = [one.at_us / step_us for one in markers if one.kind == "started"]
    return render(
        "_rate.html",
        line=timeline(buckets, last, number, stops, starts),
        stops=len(stops),
        from_ms=(last - number + 1) * step_s * 1000,
        step_ms=step_s * 1000,
        number=number,
        span=span,
        step=step,
    )
