"""What a flood of dispatches costs the site that makes it, and what the page of the same process is like meanwhile."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import flood_page, flood_time
from tests.benchmarks.rounds import Samples


def measure(folder: Path, rounds: int) -> Samples:
    """Return what came of floods of `rounds` tenths of a million."""
    samples = flood_page.measure(folder / "page", rounds / 10)
    return samples | flood_time.measure(folder, rounds / 10)
