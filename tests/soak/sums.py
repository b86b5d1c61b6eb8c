"""What was counted, and what that comes to: the table's rows. Pure: numbers in, rows out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby
from statistics import median

from demo_site.traffic import AT_ONCE
from tests.benchmarks.figures import Row
from tests.soak.counts import Made
from tests.soak.resources import Sample

GROWTH = 0.05
GROWTH_MB = 8.0
OVER_A_RELOAD = AT_ONCE
"""
Dispatches of a span in which the server began anew: what it reads for the first time as it ends may be on the page,
one for each visit.
"""
MOST_SPARE = 2 * AT_ONCE
"""As many as there were connections at the same time: one for each visit, and the dashboard's."""
FEWEST = 8
"""Samples of a life whose quarters say anything."""


@dataclass(frozen=True, slots=True)
class Account:
    """Of one process: what it made, and where that is."""

    pid: int
    made: int
    """All that can be accounted for: without what the page's own requests sent."""
    seen: int
    """In the store, at any time."""
    dropped: int
    """As markers say it."""
    unrecorded: int
    """While recording was stopped, as markers say it."""
    muted: int
    unheard: int = 0
    """Made, and not counted: the receiver that counts was not called any more."""

    @property
    def unaccounted(self) -> int:
        """What is missing; below 0, what is there and nobody made."""
        return self.made + self.unheard - self.seen - self.dropped - self.unrecorded - self.muted


def accounts(
    made: Mapping[int, Made],
    seen: Counter[int],
    dropped: Counter[int],
    unrecorded: Counter[int],
    own_while_stopped: Mapping[int, int],
    muted: Mapping[int, int],
    unheard: Mapping[int, int],
) -> list[Account]:
    """Return the account of every process, by its pid."""
    found = []
    for pid in sorted({*made, *seen}):
        counted = made.get(pid, Made())
        own = counted.own - own_while_stopped.get(pid, 0)
        found.append(
            Account(
                pid,
                counted.all - own,
                seen[pid],
                dropped[pid],
                unrecorded[pid],
                muted.get(pid, 0),
                unheard.get(pid, 0),
            )
        )
    return found


def shortfall(accounts: Sequence[Account]) -> int:
    """Return by how many dispatches the accounts do not agree, in either direction."""
    return sum(abs(one.unaccounted) for one in accounts)


def account_rows(accounts: Sequence[Account], kept: int, cleared: int) -> list[Row]:
    """Return where the dispatches are, and how many are nowhere."""
    seen = sum(one.seen for one in accounts)
    unheard = sum(one.unheard for one in accounts)
    of = f"of {sum(one.made for one in accounts) + unheard:,}"
    return [
        Row("dispatches made, by receivers of our own", sum(one.made for one in accounts), unit=""),
        Row("and by servers that ended and called nobody", unheard, unit=""),
        Row("  kept at the end", kept, unit=of),
        Row("  made room for others", seen - kept - cleared, unit=of),
        Row("  kept until the feed was cleared", cleared, unit=of),
        Row("  dropped and counted", sum(one.dropped for one in accounts), unit=of),
        Row("  not recorded while stopped", sum(one.unrecorded for one in accounts), unit=of),
        Row("  muted", sum(one.muted for one in accounts), unit=of),
        Row(f"unaccounted for, in {len(accounts)} processes", shortfall(accounts), 0, unit=""),
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one page was shown in one span, and what was dispatched in that time."""

    dispatched: int
    shown: int
    rows: int
    behind_gaps: int
    lost: int
    is_reloaded: bool = False

    @property
    def unaccounted(self) -> int:
        """By how many the page stands for others than were dispatched."""
        return abs(self.dispatched - self.shown - self.behind_gaps)


def viewer_rows(seen: Sequence[Seen], problems: int) -> list[Row]:
    """Return what the viewers saw; a span in which the server said that it lost something is only near the truth."""
    known = [one for one in seen if not one.lost]
    reloaded = [one for one in known if one.is_reloaded]
    of = f"of {sum(one.dispatched for one in known):,}"
    rows = sum(one.rows for one in known)
    return [
        Row(
            f"dispatched before the eyes of viewers, {len(known)} spans",
            _dispatched(known),
            unit="",
        ),
        Row("  as rows of their own", rows, unit=of),
        Row("  collapsed into those, ×N", sum(one.shown for one in known) - rows, unit=of),
        Row("  counted by a row, behind a click", sum(one.behind_gaps for one in known), unit=of),
        Row(
            "unaccounted for, of viewers of one server",
            sum(one.unaccounted for one in known if not one.is_reloaded),
            0,
            unit="",
        ),
        Row(
            "unaccounted for, of viewers over a reload",
            sum(one.unaccounted for one in reloaded),
            OVER_A_RELOAD * len(reloaded),
            unit=f"of {_dispatched(reloaded):,}",
        ),
        Row("spans in which a viewer was told of a loss", len(seen) - len(known), unit=""),
        Row("viewers that the server closed", problems, 0, unit=""),
    ]


def _dispatched(seen: Sequence[Seen]) -> int:
    return sum(one.dispatched for one in seen)


def resource_rows(samples: Sequence[Sample]) -> list[Row]:
    """Return by how much each life of the server grew, from its second quarter to its last one."""
    rows = []
    for number, (_, of_life) in enumerate(groupby(samples, key=lambda one: one.pid), 1):
        life = list(of_life)
        # It empties when the feed is cleared, and the process keeps what it had then.
        full = list(dropwhile(lambda one: not one.is_full, life))
        what = f"life {number}, {len(life)} samples"
        rows += [
            _memory_row(f"life {number}, {len(full)} samples since the store was full", full),
            _growth_row(f"{what}: threads", [one.threads for one in life]),
            _growth_row(f"{what}: descriptors", [one.descriptors for one in life]),
            _growth_row(f"{what}: connections", [one.connections for one in life]),
            Row(f"{what}: spare descriptors", max(one.spare for one in life), MOST_SPARE, unit=""),
        ]
    return rows


def _memory_row(what: str, life: Sequence[Sample]) -> Row:
    if len(life) < FEWEST:
        return Row(f"{what}: too few to judge memory by", None)
    before, after = _quarters([one.memory_mb for one in life])
    limit = round(max(GROWTH * before, GROWTH_MB), 1)
    return Row(
        f"{what}: memory, from {before:.1f} to {after:.1f} MB", after - before, limit, unit="MB"
    )


def _growth_row(what: str, taken: Sequence[int]) -> Row:
    if len(taken) < 2:
        return Row(f"{what}: too few to judge", None)
    before, after = _quarters(taken)
    return Row(f"{what}, from {before:g} to {after:g}", after - before, 0, unit="")


def _quarters(taken: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the second quarter and of the last one; of fewer than four, the first and the last."""
    quarter = len(taken) // 4
    if not quarter:
        return taken[0], taken[-1]
    return median(taken[quarter : 2 * quarter]), median(taken[-quarter:])
