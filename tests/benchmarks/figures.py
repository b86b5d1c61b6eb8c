"""The figures that are promised, and what the samples say of each. Pure: samples in, rows out."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Literal

from tests.benchmarks.rounds import Samples

Parts = Mapping[str, Samples]
"""Samples by the name of their part."""

FLAT_MB = 4.0
"""
What memory may grow by after the first 50,000 dispatches and be called flat.

The allocator takes and gives back a megabyte at a time; the smallest leak, sixteen bytes for each of the
other 950,000, would be fifteen.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    figure: float | None
    """What was measured; None when it could not be."""
    limit: float | None = None
    """None: shown beside the others, promised by nobody."""
    sense: Literal["≤", "≥"] = "≤"
    aim: float | None = None
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        """Tell whether the promise was kept; what was not measured was not."""
        if self.limit is None:
            return True
        if self.figure is None:
            return False
        return self.figure <= self.limit if self.sense == "≤" else self.figure >= self.limit


def rows(parts: Parts) -> list[Row]:
    """Return every promised figure, each from the best samples."""
    sending, database = _Best(parts, "sending"), _Best(parts, "database")
    processor, request = _Best(parts, "processor"), _Best(parts, "demo_request")
    queries, drawing = _Best(parts, "queries"), _Best(parts, "drawing")
    hanging = _Best(parts, "hanging")
    return [
        Row(
            "one receiver: added ÷ the floor's",
            sending.added("ours/one", "floor/one"),
            3.0,
            aim=2.0,
        ),
        Row("five receivers: added ÷ the floor's", sending.added("ours/five", "floor/five"), 2.0),
        Row("muted, one receiver: traced ÷ bare", sending.ratio("ours/muted one", "bare/one"), 1.5),
        Row(
            "muted, nobody receives it: traced ÷ bare",
            sending.ratio("ours/muted unheard", "bare/unheard"),
            1.5,
        ),
        Row(
            "muted, nothing connected: traced ÷ bare",
            sending.ratio("ours/muted unconnected", "bare/unconnected"),
            1.5,
        ),
        Row(
            "recording stopped, one receiver: traced ÷ bare",
            sending.ratio("ours/stopped one", "bare/one"),
            1.15,
        ),
        Row(
            "one send while Redis hangs ÷ one send with it answering",
            hanging.ratio("hanging/one", "answering/one"),
            1.1,
        ),
        Row(
            "processor until stored: added ÷ the floor's",
            processor.added("ours/burst", "floor/burst"),
            25,
        ),
        Row(
            "the same at a steady 2,000 a second",
            processor.added("ours/steady", "floor/burst"),
        ),
        Row(
            "one receiver: sentry-sdk's added ÷ ours",
            sending.added("sentry-sdk/one", "ours/one"),
            5,
            "≥",
            8,
        ),
        Row(
            "five receivers: sentry-sdk's added ÷ ours",
            sending.added("sentry-sdk/five", "ours/five"),
            12,
            "≥",
            20,
        ),
        Row(
            "autocommit: django-orbit's added ÷ ours",
            database.added("orbit/autocommit", "ours/autocommit"),
            300,
            "≥",
        ),
        Row(
            "inside atomic(): django-orbit's added ÷ ours",
            database.added("orbit/atomic", "ours/atomic"),
            50,
            "≥",
        ),
        Row(
            "a query in a request that dispatches nothing: traced ÷ untraced",
            queries.ratio("ours/request", "bare/request"),
            1.05,
        ),
        Row(
            "a query in a receiver call: traced ÷ untraced",
            queries.ratio("ours/receiver", "bare/receiver"),
        ),
        Row(
            "waterfall of 2,000 bars, processor of the server",
            drawing.value("server/waterfall"),
            250,
            unit="ms",
        ),
        Row(
            "waterfall of 2,000 bars, longest task of the browser while hovering",
            drawing.value("browser/waterfall"),
            100,
            unit="ms",
        ),
        Row(
            "map of 300 receivers, processor of the server",
            drawing.value("server/map"),
            250,
            unit="ms",
        ),
        Row(
            "map of 300 receivers, longest task of the browser while hovering",
            drawing.value("browser/map"),
            100,
            unit="ms",
        ),
        Row(
            "request of 50 saves, wall: traced ÷ untraced",
            request.ratio("ours/forms wall", "bare/forms wall"),
            1.05,
        ),
        Row(
            "request of 50 saves, processor: traced ÷ untraced",
            request.ratio("ours/forms processor", "bare/forms processor"),
            1.10,
        ),
        Row(
            "the same without its forms, wall",
            request.ratio("ours/saves wall", "bare/saves wall"),
        ),
        Row(
            "the same without its forms, processor",
            request.ratio("ours/saves processor", "bare/saves processor"),
        ),
        *_filtered_page(parts.get("filtered_page", {})),
        *_memory(parts.get("memory", {})),
        *_load(parts.get("load", {}), "redis", "20 processes, 20,000 a second into Redis"),
        *_load(parts.get("load", {}), "sqlite", "4 processes, 4,000 a second into SQLite"),
        *_many_viewers(parts.get("many_viewers", {})),
        *_stores(parts.get("load", {})),
        *_floods(parts),
    ]


def _filtered_page(samples: Samples) -> list[Row]:
    """Return what the worst of the filters takes, in the middle of its rounds."""
    what = "a filtered page over 100,000 dispatches, the worst filter"

    def medians(measure: str) -> list[float]:
        return [
            statistics.median(taken)
            for name, taken in samples.items()
            if name.startswith(f"{measure}/")
        ]

    return [
        Row(f"{what}: wall", max(medians("wall"), default=None), 300, unit="ms"),
        Row(f"{what}: processor", max(medians("processor"), default=None), 300, unit="ms"),
        Row(
            "the same: dispatches that were searched before it came",
            min(medians("searched"), default=None),
            100_000,
            "≥",
            unit="",
        ),
    ]


def _memory(samples: Samples) -> list[Row]:
    added = samples.get("ours/added", [])
    dropped = samples.get("ours/dropped", [None])[0]
    return [
        Row("memory added, at most", max(added, default=None), 40, unit="MB"),
        Row(
            "memory added after the first 50,000 dispatches",
            max(added) - added[0] if len(added) > 1 else None,
            FLAT_MB,
            unit="MB",
        ),
        Row("dispatches dropped on the way", dropped, 0, unit=""),
    ]


def _load(samples: Samples, store: str, what: str) -> list[Row]:
    def of(name: str) -> float | None:
        return samples.get(f"{store}/{name}", [None])[0]

    return [
        Row(f"{what}: neither stored nor counted as dropped", of("unaccounted"), 0, unit=""),
        Row(f"{what}: dropped", of("dropped"), unit=f"of {of('made') or 0:,.0f}"),
        Row(f"{what}: p95 of 5 viewers behind real time", of("behind p95"), 1, unit="s"),
        Row(f"{what}: out of order by, at most", of("out of order"), 1, unit="s"),
        Row(f"{what}: the server", of("server's processor"), 1, unit="cores"),
    ]


def _many_viewers(samples: Samples) -> list[Row]:
    def of(name: str) -> float | None:
        return samples.get(f"viewers/{name}", [None])[0]

    what = "100 viewers under as many filters, 500 dispatches a second"
    return [
        Row(f"{what}: p95 behind real time", of("behind p95"), 1, unit="s"),
        Row(f"{what}: viewers that were closed", of("ended early"), 0, unit=""),
        Row(f"{what}: the server", of("server's processor"), unit="cores"),
    ]


def _floods(parts: Parts) -> list[Row]:
    floods, samples = _Best(parts, "floods"), parts.get("floods", {})
    stopped = samples.get("page/stopped")
    loop, request = "1,000,000 in a loop", "50,000 in one receiver's call"
    return [
        Row(
            f"{loop}: added on its thread ÷ the floor's", floods.added("ours/loop", "floor/loop"), 3
        ),
        Row(
            f"{loop}: added by the clock ÷ the floor's",
            floods.added("ours/loop wall", "floor/loop wall"),
            25,
        ),
        Row(
            f"{request}: added on its thread ÷ the floor's",
            floods.added("ours/request", "floor/request"),
            3,
        ),
        Row(
            "a recursion to its RecursionError: traced ÷ bare, on its thread",
            floods.ratio("ours/recursion", "bare/recursion"),
            6,
        ),
        Row("floods: memory added, at most", floods.value("ours/peak"), 100, unit="MB"),
        Row(
            "a flood under the page: dispatched, and neither shown, collapsed nor counted",
            floods.value("page/untold"),
            0,
            unit=f"of {floods.value('page/made') or 0:,.0f}",
        ),
        Row(
            "a flood under the page: memory that the server added, at most",
            floods.value("page/server"),
            150,
            unit="MB",
        ),
        Row(
            "a flood under the page: frames a second",
            floods.value("page/frames a second"),
            30,
            "≥",
            unit="",
        ),
        Row(
            "a flood under the page: the stop button, in the middle",
            median(stopped) if stopped else None,
            300,
            unit="ms",
        ),
        Row(
            "a flood under the page: the stop button, at most",
            max(stopped) if stopped else None,
            unit="ms",
        ),
    ]


def _stores(samples: Samples) -> list[Row]:
    sqlite, redis, size = (
        max(samples.get(name, []), default=None)
        for name in ("sqlite/appended a second", "redis/appended a second", "redis/bytes")
    )
    room = median(samples["sqlite/making room"]) if "sqlite/making room" in samples else None
    missing = max(samples.get("redis/missing after a kill", []), default=None)
    return [
        Row("a process killed: its oldest dispatch that is missing", missing, 0.2, unit="s"),
        Row("appended to SQLite a second", sqlite, 50_000, "≥", unit=""),
        Row("a batch for which SQLite's 100,000 make room", room, 0.1, unit="s"),
        Row("appended to Redis a second", redis, unit=""),
        Row("a dispatch in Redis", size, unit="bytes"),
    ]


def steps(samples: Samples) -> list[tuple[str, float]]:
    """Return what each step takes of a recorded send, and each station of the recorder's work, in nanoseconds."""
    best = {name: min(taken) for name, taken in samples.items()}

    def added(name: str) -> float:
        return best[f"ours/{name}"] - best[f"bare/{name}"]

    whole, store, encoding = (
        best[f"ours/recorder, {name}"] for name in ("all", "store", "encoding")
    )
    return [
        ("on the thread that sends, one receiver", added("one")),
        ("  the wrapper, as a muted signal sees it", added("muted")),
        ("  a record, its call site, its place in the ring", added("nothing") - added("muted")),
        ("  sender and five arguments", added("arguments") - added("nothing")),
        ("  parent and origin", added("request") - added("arguments")),
        ("  the first receiver", added("one") - added("request")),
        ("of it, garbage collection", added("one") - added("one without gc")),
        ("on top: each further receiver", (added("five") - added("one")) / 4),
        ("on top: five frames of Django before the call site", added("far") - added("one")),
        ("on the recorder's thread", whole),
        ("  putting into words", whole - store),
        ("  encoding", encoding),
        ("  writing to SQLite", store - encoding),
        ("encoding and writing, a hundred at a time", best["ours/recorder, small batch"]),
    ]


class _Best:
    """The best samples of one part; every answer is None where a measure is missing."""

    def __init__(self, parts: Parts, part: str) -> None:
        self._best = {name: min(taken) for name, taken in parts.get(part, {}).items() if taken}

    def value(self, name: str) -> float | None:
        """Return a measure as it is."""
        return self._best.get(name)

    def ratio(self, above: str, below: str) -> float | None:
        return self._divided(above, below, lambda _: 0.0)

    def added(self, above: str, below: str) -> float | None:
        """Divide what two variants add to the bare measure of the same name."""
        return self._divided(above, below, lambda name: self._best[f"bare/{name.split('/')[1]}"])

    def _divided(self, above: str, below: str, bare: Callable[[str], float]) -> float | None:
        try:
            return (self._best[above] - bare(above)) / (self._best[below] - bare(below))
        except (KeyError, ZeroDivisionError):
            return None
