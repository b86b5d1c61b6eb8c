"""What a process takes more of memory in MB with the tracer installed, as it sends a million dispatches."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from tests.benchmarks.rounds import Samples
from tests.benchmarks.site import set_up_small_site

STEP, BURST = 50_000, 5_000
"""The recorder catches up after each burst, so that all are recorded and none is dropped."""


def measure(folder: Path, rounds: int) -> Samples:
    """Return MB beside a process without the tracer, after each step of 50,000 dispatches; and what was dropped."""
    set_up_small_site(folder)
    from tests.benchmarks import subjects

    subjects.connect()
    subjects.send_in_request(subjects.one, BURST)
    before_mb = resident_mb()
    import tracer
    from tests.benchmarks import traced

    added_mb = []
    with traced.in_place():
        for _ in range(rounds):
            for _ in range(STEP // BURST):
                cursor = traced.newest_cursor()
                subjects.send_in_request(subjects.one, BURST - subjects.WARM_UP)
                traced.wait_until_stored(cursor + BURST)
            added_mb.append(resident_mb() - before_mb)
        dropped = tracer.stats().dropped
    return {"ours/added": added_mb, "ours/dropped": [float(dropped)]}


def resident_mb() -> float:
    """Return this process's resident memory; where only its peak is known, the peak."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
