"""When a request, a command run or a task counts as over."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.endings import LINGERS_US, QUIET_US, has_ended
from tests.dashboard.conftest import NOON_US, make_dispatch

SAVED: dict[str, Any] = {"started_us": NOON_US, "duration_ns": 5_000}
FINISHED: dict[str, Any] = {
    "signal": "django.core.signals.request_finished",
    "started_us": NOON_US + 100,
    "duration_ns": 0,
}
LAST_US = NOON_US + 100


@pytest.mark.parametrize(
    "signal", ["django.core.signals.request_finished", "django.tasks.signals.task_finished"]
)
def test_origin_is_over_a_while_after_its_end(signal: str) -> None:
    dispatches = [make_dispatch(**SAVED), make_dispatch(**FINISHED | {"signal": signal})]
    assert not has_ended(dispatches, LAST_US + LINGERS_US)
    assert has_ended(dispatches, LAST_US + LINGERS_US + 1)


@pytest.mark.parametrize(
    "given", [{"state": "running", "duration_ns": None}, {"transaction": "open"}]
)
def test_origin_in_which_something_is_yet_to_come_is_not_over(given: dict[str, Any]) -> None:
    dispatches = [make_dispatch(**SAVED | given), make_dispatch(**FINISHED)]
    assert not has_ended(dispatches, LAST_US + 10 * QUIET_US)


def test_origin_whose_end_is_not_told_is_over_once_it_has_been_quiet() -> None:
    dispatches = [make_dispatch(**SAVED)]
    assert not has_ended(dispatches, NOON_US + LINGERS_US + 10)
    assert not has_ended(dispatches, NOON_US + 5 + QUIET_US)
    assert has_ended(dispatches, NOON_US + 6 + QUIET_US)
