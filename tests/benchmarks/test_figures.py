"""The pure parts: what samples say, and how it is put. Never how long anything took."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import figures, report
from tests.benchmarks.figures import Row

SENDING = {
    "bare/one": [1000.0, 1200.0],
    "floor/one": [1500.0, 9000.0],
    "ours/one": [2600.0, 2500.0],
    "sentry-sdk/one": [16000.0],
    "ours/stopped one": [1100.0],
}


def figure_of(what: str, parts: figures.Parts) -> float | None:
    (row,) = [row for row in figures.rows(parts) if row.what == what]
    return row.figure


def test_added_time_is_divided_by_the_floors_added_time_of_the_best_samples() -> None:
    assert figure_of("one receiver: added ÷ the floor's", {"sending": SENDING}) == 3.0


def test_a_peers_added_time_is_divided_by_ours() -> None:
    assert figure_of("one receiver: sentry-sdk's added ÷ ours", {"sending": SENDING}) == 10.0


def test_what_is_not_recorded_is_compared_whole() -> None:
    what = "recording stopped, one receiver: traced ÷ bare"
    assert figure_of(what, {"sending": SENDING}) == 1.1


def test_a_query_outside_of_any_dispatch_is_compared_whole() -> None:
    what = "a query in a request that dispatches nothing: traced ÷ untraced"
    parts = {"queries": {"bare/request": [50.0, 40.0], "ours/request": [41.0, 60.0]}}
    assert figure_of(what, parts) == 1.025


def test_a_send_to_a_store_that_hangs_is_compared_with_one_that_answers() -> None:
    what = "one send while Redis hangs ÷ one send with it answering"
    parts = {"hanging": {"answering/one": [5.0, 4.0], "hanging/one": [4.2, 9.0]}}
    assert figure_of(what, parts) == 1.05


def test_memory_is_the_most_that_was_added_and_what_came_after_the_first_step() -> None:
    parts = {"memory": {"ours/added": [20.0, 23.0, 21.5], "ours/dropped": [0.0]}}
    assert figure_of("memory added, at most", parts) == 23.0
    assert figure_of("memory added after the first 50,000 dispatches", parts) == 3.0


def test_without_samples_every_promise_is_missed() -> None:
    promised = [row for row in figures.rows({}) if row.limit is not None]
    assert promised
    assert not any(row.is_met for row in promised)


@pytest.mark.parametrize(
    ("row", "is_met"),
    [
        (Row("", 3.0, 3.0), True),
        (Row("", 3.01, 3.0), False),
        (Row("", 5.0, 5.0, "≥"), True),
        (Row("", 4.99, 5.0, "≥"), False),
        (Row("", 99.0), True),
        (Row("", None, 1.0), False),
    ],
)
def test_a_limit_is_part_of_what_it_allows(row: Row, is_met: bool) -> None:
    assert row.is_met is is_met


def test_the_table_says_which_promise_was_missed() -> None:
    table = report.rows_table([Row("met", 1.0, 3.0, aim=2.0), Row("missed", None, 1.0)])
    _, met, missed = table.splitlines()
    assert met.split() == ["met", "1.00", "×", "≤", "3,", "aim", "2", "met"]
    assert missed.endswith("MISSED")
    assert "not measured" in missed


def test_spread_is_the_middle_half_over_the_median() -> None:
    assert report.spread([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(2 / 3)
    assert report.spread([7.0]) == 0.0


def test_json_holds_every_row_and_all_samples() -> None:
    parts = {"sending": SENDING}
    written = json.loads(json.dumps(report.as_json(parts, figures.rows(parts))))
    assert written["samples"] == parts
    assert len(written["rows"]) == len(figures.rows({}))


def test_steps_are_what_each_adds_to_the_one_before() -> None:
    names = ("muted", "nothing", "arguments", "request", "one", "five", "far", "one without gc")
    samples = {f"bare/{name}": [1.0] for name in names}
    samples |= {f"ours/{name}": [10.0 * number + 1] for number, name in enumerate(names, 1)}
    samples |= {"ours/recorder, all": [9.0], "ours/recorder, store": [5.0]}
    samples |= {"ours/recorder, encoding": [2.0], "ours/recorder, small batch": [8.0]}
    taken = {what.strip(): ns for what, ns in figures.steps(samples)}
    assert taken["parent and origin"] == 10.0
    assert taken["on top: each further receiver"] == 2.5
    assert taken["putting into words"] == 4.0
    assert taken["writing to SQLite"] == 3.0
