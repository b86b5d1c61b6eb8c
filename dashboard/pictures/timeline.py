"""The picture of the rate over the last minutes. Pure geometry; knows no colour and no template."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

HEIGHT = 36
STEP = 6.0
BAR = 4.4
_ERROR_HEIGHT = 4.0
_TOP = 3.0


@dataclasses.dataclass(frozen=True, slots=True)
class Timeline:
    """SVG path data of the bars, one path per family and one for errors, in a box `width` by `height`."""

    request: str
    model: str
    other: str
    error: str
    stopped: str
    """Of the spans in which nothing was recorded."""
    started: str
    """Of the lines at which a server began."""
    width: float
    height: int
    peak: int
    """The most dispatches in one bucket."""
    total: int
    errors: int


def timeline(
    buckets: Mapping[int, Sequence[int]],
    last: int,
    number: int,
    stops: Iterable[tuple[float, float | None]] = (),
    starts: Iterable[float] = (),
) -> Timeline:
    """
    Return the stacked bars of the `number` buckets that end with bucket `last`.

    A bucket holds the counts of model, request and other signals, and how many of them failed. Stops and
    starts are moments in buckets, fractions included; a stop that still lasts ends with None.
    """
    shown = [(index, buckets.get(last - number + 1 + index)) for index in range(number)]
    peak = max((sum(bucket[:3]) for _, bucket in shown if bucket), default=0)
    paths: dict[str, list[str]] = {"request": [], "model": [], "other": [], "error": []}
    scale = (HEIGHT - _TOP - _ERROR_HEIGHT) / max(peak, 4)
    for index, bucket in shown:
        if not bucket or sum(bucket[:3]) <= 0:
            continue
        model, request, other, errors = (max(count, 0) for count in bucket)
        bottom = float(HEIGHT)
        for name, count in (("request", request), ("model", model), ("other", other)):
            height = count * scale
            if count:
                height = max(height, 1.0)
                paths[name].append(_bar(index, bottom, height))
                bottom -= height
        if errors:
            paths["error"].append(_bar(index, bottom - 0.5, _ERROR_HEIGHT))
    width = number * STEP
    joined = {name: "".join(bars) for name, bars in paths.items()}
    first = last - number + 1
    spans = [
        (
            max((begin - first) * STEP, 0.0),
            min(((last + 1 if end is None else end) - first) * STEP, width),
        )
        for begin, end in stops
    ]
    lines = [(at - first) * STEP for at in starts]
    return Timeline(
        **joined,
        stopped="".join(
            f"M{begin:.1f} 0h{max(end - begin, 1.0):.1f}v{HEIGHT}h-{max(end - begin, 1.0):.1f}z"
            for begin, end in spans
            if begin < width and end > 0
        ),
        started="".join(f"M{x:.1f} 0v{HEIGHT}" for x in lines if 0 <= x <= width),
        width=width,
        height=HEIGHT,
        peak=peak,
        total=sum(sum(bucket[:3]) for _, bucket in shown if bucket),
        errors=sum(bucket[3] for _, bucket in shown if bucket),
    )


def _bar(index: int, bottom: float, height: float) -> str:
    return f"M{index * STEP:g} {bottom:.1f}h{BAR}v-{height:.1f}h-{BAR}z"
