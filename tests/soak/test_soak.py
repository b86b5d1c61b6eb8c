"""The soak itself, for seconds: that it accounts for all where all is well, and fails where something leaks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.soak.counts import Made
from tests.soak.resources import Sample
from tests.soak.site import children
from tests.soak.sums import Seen, account_rows, accounts, resource_rows, shortfall, viewer_rows
from tests.soak.viewers import Page

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 280


def soak(minutes: str, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.soak", "--minutes", minutes],
        cwd=ROOT,
        env=kept | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def missed(said: str) -> list[str]:
    return [line.split("  ")[0] for line in said.splitlines() if line.endswith("MISSED")]


@pytest.mark.slow
def test_every_dispatch_of_a_site_that_is_well_is_accounted_for() -> None:
    with soak("0.2") as running:
        said, _ = running.communicate(timeout=LIMIT_S)
    # Of a life of seconds nothing can be said: not all that is opened once is open yet.
    assert [row for row in missed(said) if not row.startswith("life ")] == [], said
    assert re.search(r"unaccounted for, in \d+ processes +0 +≤ 0 +met", said), said
    assert "reload ×1" in said


@pytest.mark.slow
def test_a_site_that_leaks_ends_it_with_an_error() -> None:
    with soak("0.1", SOAK_LEAK="descriptor,dispatch,thread") as running:
        said, _ = running.communicate(timeout=LIMIT_S)
    assert running.returncode == 1, said
    for row in (": descriptors, from", ": threads, from", "unaccounted for, in"):
        assert any(row in line for line in missed(said)), said


@pytest.mark.slow
def test_ctrl_c_ends_all_that_it_started_and_prints_what_there_is() -> None:
    with soak("0.3") as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        assert "life 1" in first
        started = descendants(running.pid)
        assert len(started) >= 3
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=LIMIT_S)
    assert running.returncode == 130, said
    assert "unaccounted for, in" in said
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def descendants(pid: int) -> list[int]:
    found = children(pid)
    return [*found, *(below for child in found for below in descendants(child))]


@pytest.mark.parametrize("minutes", ["ten", "0", "-1", "nan", "1e9", ""])
def test_minutes_that_are_none_are_one_sentence(minutes: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.soak", f"--minutes={minutes}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert "expected a number of minutes above 0 and up to 1440, such as 10, got" in line


def test_a_row_that_a_page_does_not_have_or_has_as_one_of_many_is_not_swapped_in() -> None:
    def line(key: str, times: int = 1) -> str:
        more = f' data-action="expand" title="">×{times}<' if times > 1 else ""
        return f'<tr class="sb-line sb-row" id="{key}"{more}</tr>'

    def push(cursor: int, *parts: tuple[str, str, str]) -> dict[str, object]:
        said = '<hx-partial hx-target="{}" hx-swap="{}">{}</hx-partial>'
        return {
            "content": "".join(said.format(*part) for part in parts),
            "cursor": cursor,
            "epoch": "one",
            "added": 1,
        }

    page = Page(0)
    page.take(push(1, ("#sb-rows", "innerHTML", line("d-1") + line("d-2", 3))))
    page.take(push(2, ("#sb-rows", "beforeend", line("d-5"))))
    [span] = page.spans
    assert span.shown == 1
    for key, alone in (("d-1", ""), ("d-2", ":not([data-until])"), ("d-9", ":not([data-until])")):
        page.take(push(3, (f"#{key}{alone}", "outerMorph", line(key))))
    assert span.shown == 1
    page.take(push(4, ("#d-5", "outerMorph", line("d-5", 4))))
    assert (span.shown, span.rows, span.until) == (4, 1, 4)


def test_a_dispatch_is_kept_dropped_stopped_muted_or_missing() -> None:
    made = {7: Made(100, 10, 5), 8: Made(3)}
    found = accounts(
        made, Counter({7: 70, 8: 4}), Counter({7: 9}), Counter({7: 8}), {7: 2}, {7: 4}, {7: 1}
    )
    assert [one.unaccounted for one in found] == [2, -1]
    assert shortfall(found) == 3, "what is too much does not make up for what is missing"
    rows = {row.what.strip(): row.figure for row in account_rows(found, kept=50, cleared=20)}
    assert rows["made room for others"] == 4
    assert rows["unaccounted for, in 2 processes"] == 3


def test_a_viewer_that_was_told_of_a_loss_is_not_counted() -> None:
    rows = viewer_rows([Seen(10, 7, 5, 3, 0), Seen(10, 1, 1, 0, 9)], problems=0)
    figures = {row.what.strip(): row.figure for row in rows}
    assert figures["collapsed into those, ×N"] == 2
    assert figures["unaccounted for, of viewers of one server"] == 0
    assert figures["spans in which a viewer was told of a loss"] == 1


def sample(number: int, memory_mb: float, *, pid: int = 7, threads: int = 5) -> Sample:
    return Sample(pid, number, memory_mb, threads, 20, 4, 0, is_full=number >= 2)


def test_growth_goes_from_the_second_quarter_of_a_life_to_its_last() -> None:
    flat = [sample(number, 100 + min(number, 4) * 10) for number in range(16)]
    assert all(row.is_met for row in resource_rows(flat))
    memory, *_ = resource_rows([sample(number, 100 + number) for number in range(40)])
    assert not memory.is_met
    _, threads, *_ = resource_rows([sample(number, 100, threads=number) for number in range(9)])
    assert not threads.is_met


def test_each_life_of_the_server_is_judged_by_itself() -> None:
    lives = [sample(number, 100, pid=pid, threads=pid) for pid in (7, 9) for number in range(8)]
    assert len(resource_rows(lives)) == 10
    assert all(row.is_met for row in resource_rows(lives))
