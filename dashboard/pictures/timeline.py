"""The picture of the rate over the last minutes. Pure geometry; knows no colour and no template."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

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
    width: float
    height: int
    peak: int
    """The most dispatches in one bucket."""


def timeline(buckets: Mapping[int, Sequence[int]], last: int, number: int) -> Timeline:
    """
    Return the stacked bars of the `number` buckets that end with bucket `last`.

    A bucket holds the counts of model, request and other signals, and how many of them failed.
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
    return Timeline(**joined, width=width, height=HEIGHT, peak=peak)


def _bar(index: int, bottom: float, height: float) -> str:
    return f"M{index * STEP:g} {bottom:.1f}h{BAR}v-{height:.1f}h-{BAR}z"
