"""`python -m tests.benchmarks.part NAME ROUNDS FILE`: one part in a process of its own, its samples as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path


def main(name: str, rounds: str, file: str) -> None:
    """Measure one part in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="signalbox-benchmark-") as folder:
        samples = import_module(f"tests.benchmarks.{name}").measure(Path(folder), int(rounds))
        Path(file).write_text(json.dumps(samples))


if __name__ == "__main__":
    main(*sys.argv[1:])
