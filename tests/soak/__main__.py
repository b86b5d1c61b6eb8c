"""
`python -m tests.soak --minutes N`: soak the demo site, and end with 1 where it did not stay flat or lost anything.

Mixed traffic, a command, a worker, viewers that come and go, recording stopped and resumed, a signal muted, the feed
cleared, the server reloaded. N minutes are what the traffic takes; starts and rests come on top.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from demo_site.__main__ import Parser
from tests.benchmarks import report
from tests.benchmarks.figures import Row
from tests.soak.conductor import Conductor
from tests.soak.sums import Seen, account_rows, resource_rows, viewer_rows

DEFAULT_MIN = 10.0
MOST_MIN = 24 * 60.0
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Soak, print the table, and return the exit code."""
    minutes: float = _parser().parse_args(arguments).minutes
    code = 0
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="signalbox-soak.") as folder:
        conductor = Conductor(Path(folder), minutes, lambda line: print(line, flush=True))
        try:
            conductor.run()
        except KeyboardInterrupt:
            print("Interrupted; this is what there is.", flush=True)
            code = INTERRUPTED
        except Exception as error:
            traceback.print_exception(error)
            code = 1
        finally:
            conductor.close()
        rows = _rows(conductor)
        acts = ", ".join(f"{name} ×{times}" for name, times in conductor.acts.items())
        tally = conductor.traffic.tally
        print(f"\n{acts}; {tally.done:,} visits, {tally.failed} failed, {tally.left_out} left out")
        print(" · ".join(f"{name} {version}" for name, version in report.versions().items()))
        print(report.rows_table(rows), flush=True)
    return code or int(not all(row.is_met for row in rows))


def _rows(conductor: Conductor) -> list[Row]:
    follower = conductor.follower
    accounts = conductor.accounts()
    for one in accounts:
        if one.unaccounted:
            print(f"not in balance: {one}", file=sys.stderr)
    seen = [
        Seen(
            follower.first_seen(span.epoch, span.after, span.until),
            span.shown,
            span.rows,
            span.behind_gaps,
            span.lost,
            span.is_reloaded,
        )
        for page in conductor.pages
        for span in page.spans
    ]
    for one in seen:
        if one.unaccounted and not one.lost:
            print(f"not in balance: {one}", file=sys.stderr)
    problems = [problem for page in conductor.pages for problem in page.problems]
    return [
        *account_rows(accounts, follower.kept(), conductor.cleared),
        *viewer_rows(seen, len(problems)),
        Row("faults of the tracer's own", sum(follower.told("fault").values()), 0, unit=""),
        Row("tracebacks that the site printed", conductor.site.errors(), unit=""),
        *resource_rows(conductor.samples),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument(
        "--minutes",
        type=_minutes,
        default=DEFAULT_MIN,
        metavar="N",
        help=f"how long there is traffic; {DEFAULT_MIN:g} if not given",
    )
    return parser


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= MOST_MIN:
        raise argparse.ArgumentTypeError(
            f"expected a number of minutes above 0 and up to {MOST_MIN:g}, such as 10, got {text!r:.40}"
        )
    return minutes


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
