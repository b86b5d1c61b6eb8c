"""
Which origins are kept where `SIGNALBOX["SAMPLE"]` is below 1, and the counts of what is not. Stores nothing.

Used on the recorder's thread, with its lock held; the threads that send know nothing of it.
"""

from __future__ import annotations

import itertools
import time
from random import SystemRandom

from tracer import process, transcript
from tracer.dispatches import Counted, Marker
from tracer.running import Running
from tracer.time_of_day import time_of_day

MOST_HELD = 5_000
"""Dispatches of one tree outside of the sample that wait for its end, in case that it fails."""
TELL_NS = 1_000_000_000
"""How long counts are gathered before they are handed on."""

# Neither the host's `random`, which a test may have seeded, nor one that forked children would share.
_draw = SystemRandom().random
_numbers = itertools.count(1).__next__


class Sample:
    """One process's sample: whole trees or nothing, the trees of one origin alike, those with an error always."""

    def __init__(self, share: float = 1.0) -> None:
        self.share = share
        """Of the origins, how many are kept: 0 to 1."""
        self.left_out = 0
        """Dispatches that were counted only."""
        self._told = 0
        self._told_ns = time.perf_counter_ns()
        self._counts: dict[tuple[str, str | None], Counted] = {}

    def holds(self, members: list[Running]) -> bool:
        """Tell whether a tree that runs for long is to wait for its end: it is outside, and no error is known yet."""
        root = transcript.root_of(members[0])
        if root.is_kept is not None or self._draws(root):
            return False
        return len(members) < MOST_HELD and not any(map(_failed, members))

    def sift(self, batch: list[Running]) -> list[Running]:
        """Return the dispatches of the trees that are kept, and count the others as they end; none comes twice."""
        # Of trees whose fate is decided now, an error of any dispatch decides it.
        failed = {transcript.root_of(running).id for running in batch if _failed(running)}
        kept = []
        for running in batch:
            root = transcript.root_of(running)
            if root.is_kept is None:
                root.is_kept = self._draws(root) or root.id in failed
            if root.is_kept:
                kept.append(running)
            elif running.is_over and not (running.origin is not None and running.origin.quiet):
                self._count(running)
        return kept

    def take(self, *, now: bool = False) -> list[Marker]:
        """Return a marker with the counts since the last one, once a second or `now`; empty if there are none."""
        at_ns = time.perf_counter_ns()
        if not self._counts or (at_ns - self._told_ns < TELL_NS and not now):
            return []
        counts, self._counts = tuple(self._counts.values()), {}
        count, self._told = self.left_out - self._told, self.left_out
        self._told_ns = at_ns
        this = process.this()
        return [
            Marker(
                id=f"{this.token}-s{_numbers()}",
                process=this.label,
                kind="sampled",
                at_us=time.time_ns() // 1000,
                count=count,
                counts=counts,
            )
        ]

    def _draws(self, root: Running) -> bool:
        """Return whether a root's origin is in the sample; drawn once for each, or for the tree where it has none."""
        drawn = root if root.origin is None else root.origin
        if drawn.is_drawn is None:
            drawn.is_drawn = _draw() < self.share
        return drawn.is_drawn

    def _count(self, running: Running) -> None:
        self.left_out += 1
        times, route = running.times, running.route
        if running.spans is None and not _failed(running):
            # As nearly all are; nothing else of them is put into words.
            signal, _, receivers = route.words or transcript.words_of(route)
            started_us = (times[0] + time_of_day.offset_ns) // 1000
            self._add(signal, None, times[-1] - times[0], started_us, failed=False)
            for (name, _), began, ended in zip(receivers, times, times[1:], strict=False):
                at_us = started_us + (began - times[0]) // 1000
                self._add(signal, name, ended - began, at_us, failed=False)
            return
        dispatch = transcript.dispatch_of(running)
        signal, at_us = dispatch.signal, dispatch.started_us
        self._add(signal, None, dispatch.duration_ns, at_us, failed=dispatch.error is not None)
        for call in dispatch.calls:
            if call.started_ns is not None:
                began_us = at_us + call.started_ns // 1000
                failed = call.error is not None
                self._add(signal, call.receiver, call.duration_ns, began_us, failed=failed)

    def _add(
        self, signal: str, receiver: str | None, took_ns: int | None, at_us: int, *, failed: bool
    ) -> None:
        count = self._counts.get((signal, receiver))
        if count is None:
            count = self._counts[signal, receiver] = Counted(signal=signal, receiver=receiver)
        count.calls += 1
        count.errors += failed
        count.last_us = max(count.last_us, at_us)
        if took_ns is not None:
            count.ended += 1
            count.total_ns += took_ns
            count.max_ns = max(count.max_ns, took_ns)


def _failed(running: Running) -> bool:
    return running.error is not None or running.failures is not None
