"""`python -m tests.benchmarks [PART …] [--quick] [--explain] [--json FILE]`: ends with 1 where a promise is missed."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import figures, report
from tests.benchmarks.rounds import Samples

ROUNDS = {  # in full and quickly; of memory, steps of 50,000 dispatches; of load, seconds; of floods, tenths
    "sending": (50, 15),
    "database": (24, 8),
    "queries": (40, 12),
    "drawing": (10, 3),
    "processor": (40, 12),
    "demo_request": (10, 4),
    "filtered_page": (20, 5),
    "memory": (20, 4),
    "hanging": (20, 6),
    "load": (30, 8),
    "many_viewers": (30, 8),
    "floods": (10, 2),
}
PROCESSES = {"demo_request": 3}
"""
In so many a part is measured, one after the other, where it is not one: where a process has its code and objects lie
makes a difference of some hundredths to either variant.
"""
TOGETHER = {"load": ("load", "filtered_page", "many_viewers")}
"""Parts whose rows are one table: who names the one is given all."""
EXPLAIN_ROUNDS = (40, 15)


def main(arguments: Sequence[str]) -> int:
    """Measure each part in a process of its own, or in some, one after the other."""
    options = _parser().parse_args(arguments)
    which = int(options.quick)
    wanted = {name for part in options.parts for name in TOGETHER.get(part, (part,))}
    parts = {
        name: _measured(name, rounds[which])
        for name, rounds in ROUNDS.items()
        if not wanted or name in wanted
    }
    rows = figures.rows(parts)
    if wanted:
        rows = [row for row in rows if row.figure is not None]
    print(report.samples_table(parts), end="\n\n")
    if options.explain:
        explained = _measured("explain", EXPLAIN_ROUNDS[which])
        print(report.steps_table(figures.steps(explained)), end="\n\n")
        parts["explain"] = explained
    print(" · ".join(f"{name} {version}" for name, version in report.versions().items()))
    print(report.rows_table(rows))
    if any(row.figure is None for row in rows):
        print('The peers come with: pip install -e ".[bench]"')
    if options.json:
        text = json.dumps(report.as_json(parts, rows), indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(not all(row.is_met for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under a minute")
    parser.add_argument("--explain", action="store_true", help="show where the time goes, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all samples and rows")
    parser.add_argument(
        "parts",
        nargs="*",
        type=_part,
        metavar="PART",
        help=f"these, and the rows that need no other, instead of all: {', '.join(ROUNDS)}",
    )
    return parser


def _part(name: str) -> str:
    if name not in ROUNDS:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(ROUNDS)}, got {name!r}")
    return name


def _measured(part: str, rounds: int) -> Samples:
    print(f"Measuring {part.replace('_', ' ')} …", end="", file=sys.stderr, flush=True)
    began_s = time.monotonic()
    samples: Samples = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "samples.json")
        command = [sys.executable, "-m", "tests.benchmarks.part", part, str(rounds), str(file)]
        for _ in range(PROCESSES.get(part, 1)):
            subprocess.run(command, check=True)
            for name, taken in json.loads(file.read_text()).items():
                samples.setdefault(name, []).extend(taken)
    print(f" {time.monotonic() - began_s:.0f} s", file=sys.stderr, flush=True)
    return samples


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
