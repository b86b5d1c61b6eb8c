"""Puts samples and rows into words and JSON; measures nothing."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import Any

from tests.benchmarks.figures import Parts, Row

UNITS = {
    "sending": "ns a send",
    "database": "ns a send",
    "processor": "ns of processor a dispatch",
    "demo_request": "ms a request",
    "filtered_page": "ms a page, or dispatches",
    "memory": "MB, or dispatches",
    "load": "dispatches, seconds, bytes, or cores",
    "many_viewers": "dispatches, seconds, or cores",
    "floods": "ns a dispatch, MB, dispatches, frames, or ms",
    "explain": "ns a dispatch",
}


def versions() -> dict[str, str]:
    """Return what was measured, with versions; a peer that is not installed is not there."""
    found = {"Python": platform.python_version()}
    for name in ("django", "django-signalbox", "sentry-sdk", "django-orbit", "redis", "hiredis"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def samples_table(parts: Parts) -> str:
    """Return best, median and spread of every measure."""
    lines = [("", "best", "median", "spread")]
    for part, samples in parts.items():
        lines.append((f"{part.replace('_', ' ')}, {UNITS.get(part, '')}", "", "", ""))
        lines += [
            (f"  {name}", _number(min(taken)), _number(statistics.median(taken)), _spread(taken))
            for name, taken in samples.items()
        ]
    return _table(lines)


def rows_table(rows: Sequence[Row]) -> str:
    """Return each promised figure, its limit and whether it was met."""
    lines = [("", "figure", "promised", "")]
    lines += [(row.what, _figure(row), _limit(row), _verdict(row)) for row in rows]
    return _table(lines)


def steps_table(steps: Sequence[tuple[str, float]]) -> str:
    """Return where the time goes, in nanoseconds."""
    lines = [("where the time goes", "ns", "", "")]
    return _table([*lines, *((what, f"{taken:,.0f}", "", "") for what, taken in steps)])


def as_json(parts: Parts, rows: Sequence[Row]) -> dict[str, Any]:
    """Return everything as plain values."""
    return {
        "versions": versions(),
        "rows": [
            {
                "what": row.what,
                "figure": row.figure,
                "unit": row.unit,
                "sense": row.sense,
                "limit": row.limit,
                "aim": row.aim,
                "is_met": row.is_met,
            }
            for row in rows
        ],
        "samples": parts,
    }


def spread(taken: Sequence[float]) -> float:
    """Return the distance of the quartiles as a share of the median; 0 for a single sample."""
    middle = statistics.median(taken)
    if len(taken) < 2 or middle == 0:
        return 0.0
    quarters = statistics.quantiles(taken, n=4, method="inclusive")
    return (quarters[2] - quarters[0]) / middle


def _spread(taken: Sequence[float]) -> str:
    return f"{spread(taken):.0%}"


def _figure(row: Row) -> str:
    return "not measured" if row.figure is None else f"{_number(row.figure)} {row.unit}".strip()


def _limit(row: Row) -> str:
    if row.limit is None:
        return ""
    aim = "" if row.aim is None else f", aim {row.aim:g}"
    return f"{row.sense} {row.limit:g}{aim}"


def _verdict(row: Row) -> str:
    if row.limit is None:
        return ""
    return "met" if row.is_met else "MISSED"


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(lines: Iterable[tuple[str, str, str, str]]) -> str:
    rows = list(lines)
    first, second, third, fourth = (max(len(line[n]) for line in rows) for n in range(4))
    return "\n".join(
        f"{a:<{first}}  {b:>{second}}  {c:>{third}}  {d:>{fourth}}".rstrip() for a, b, c, d in rows
    )
