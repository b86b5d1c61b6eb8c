"""The parts of a recording's page around the rows: what was seen in it, and when. Owns no state."""

from __future__ import annotations

import dataclasses

from dashboard import registry, wording
from dashboard.counters import kind_of
from dashboard.rates import rate_html
from dashboard.rendering import render
from dashboard.shown import Recorded
from tracer.dispatches import Dispatch, Marker

BUCKETS = 150
"""Columns of the timeline at the most, and as many as fit the steps below at the least."""
_LEAST = 15
_STEPS_S = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    21_600,
    43_200,
    86_400,
)


def draw_around_map(recorded: Recorded) -> dict[str, str]:
    """Return the HTML of the parts around the recording's map, by name."""
    return {"status": _status(recorded), "banner": _banner(recorded, is_map=True)}


def draw_all(recorded: Recorded) -> dict[str, str]:
    """Return each part's HTML by its name; the page has it in the element `sb-<name>`."""
    return {
        "status": _status(recorded),
        "banner": _banner(recorded, is_map=False),
        "registry": _registry(recorded),
        "rate": _rate(recorded),
    }


def _status(recorded: Recorded) -> str:
    counters = recorded.window.counters
    kept = counters.dispatches - counters.left_out
    return render("_recorded_status.html", kept=kept, left_out=counters.left_out)


def _banner(recorded: Recorded, *, is_map: bool) -> str:
    return render(
        "_recorded.html",
        header=recorded.header,
        made=wording.moment(recorded.header.made_us).strftime("%Y-%m-%d %H:%M:%S"),
        made_full=wording.full_time(recorded.header.made_us),
        missing=recorded.missing,
        recording_id=recorded.id,
        here=recorded.page,
        is_map=is_map,
    )


def _registry(recorded: Recorded) -> str:
    """Return the signals and receivers that were seen; what was connected besides, nobody wrote down."""
    groups = [
        (module, [_seen(signal) for signal in signals])
        for module, signals in registry.groups((), recorded.window.counters, frozenset())
    ]
    nothing = registry.elsewhere(())
    return render("_registry.html", groups=groups, elsewhere=nothing, is_live=False)


def _seen(signal: registry.SignalEntry) -> registry.SignalEntry:
    receivers = tuple(
        dataclasses.replace(receiver, is_here=True, title=receiver.name)
        for receiver in signal.receivers
    )
    return dataclasses.replace(signal, receivers=receivers)


def _rate(recorded: Recorded) -> str:
    """Return the picture of the whole recording, in steps of so many seconds that it fits."""
    # When, which signal, how many, of these with an error: of dispatches, and of what was counted beside a sample.
    seen = [
        (one.started_us, one.signal, 1, int(one.error is not None))
        for one in recorded.records
        if isinstance(one, Dispatch)
    ] + [
        (one.last_us, one.signal, one.calls, one.errors)
        for marker in recorded.records
        if isinstance(marker, Marker)
        for one in marker.counts
        if one.receiver is None
    ]
    starts = [at_us for at_us, _, _, _ in seen] or [recorded.header.made_us]
    begin_s, end_s = min(starts) // 1_000_000, max(starts) // 1_000_000
    step_s = next((step for step in _STEPS_S if (end_s - begin_s) // step < BUCKETS - 1), 0)
    step_s = step_s or (end_s - begin_s) // (BUCKETS - 2) + 1
    first, last = begin_s // step_s, end_s // step_s
    number = max(last - first + 1, _LEAST)
    buckets: dict[int, list[int]] = {}
    for at_us, signal, number_of, errors in seen:
        bucket = buckets.setdefault(at_us // (step_s * 1_000_000), [0, 0, 0, 0])
        bucket[kind_of(signal)] += number_of
        bucket[3] += errors
    return rate_html(
        buckets,
        recorded.window.markers(),
        first + number - 1,
        number,
        step_s,
        span=wording.took((end_s - begin_s + 1) * 1_000_000_000),
        step=wording.took(step_s * 1_000_000_000),
    )
