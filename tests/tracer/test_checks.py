"""What `manage.py check` says of the `SIGNALBOX` setting, and of what is connected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.checks import INFO, run_checks

from tests.tracer.rules import projects
from tracer import conf

if TYPE_CHECKING:
    from pytest_django import Settings


def found() -> list[tuple[str | None, str, str | None]]:
    """Return id, message and hint of the tracer's messages, as `manage.py check` runs them."""
    return [
        (message.id, message.msg, message.hint)
        for message in run_checks()
        if message.id is not None and message.id.startswith("signalbox_tracer.")
    ]


def test_right_settings_have_nothing_to_report(settings: Settings) -> None:
    settings.SIGNALBOX = dict(conf.DEFAULTS)
    assert found() == []
    del settings.SIGNALBOX
    assert found() == []


def test_setting_that_is_no_dictionary_is_reported(settings: Settings) -> None:
    settings.SIGNALBOX = ["sqlite"]
    ((number, message, hint),) = found()
    assert number == "signalbox_tracer.E001"
    assert "list" in message
    assert 'SIGNALBOX = {"STORE": "sqlite"}' in (hint or "")


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("STOER", "STORE"), ("store", "STORE"), ("Enabled", "ENABLED"), ("SLOW", "SLOW_MS")],
)
def test_unknown_key_is_reported_with_the_nearest_known_one(
    settings: Settings, wrong: str, nearest: str
) -> None:
    settings.SIGNALBOX = {wrong: "memory"}
    assert found() == [
        ("signalbox_tracer.E002", f"SIGNALBOX has no key '{wrong}'.", f'Did you mean "{nearest}"?')
    ]


@pytest.mark.parametrize("wrong", ["QQQQQQ", 7, None, ("a", "b")])
def test_key_that_resembles_none_is_reported_with_all_known_ones(
    settings: Settings, wrong: object
) -> None:
    settings.SIGNALBOX = {wrong: 1}
    ((number, _, hint),) = found()
    assert number == "signalbox_tracer.E002"
    assert set(re.findall(r"[A-Z_]{3,}", hint or "")) == set(conf.DEFAULTS)


def test_value_of_a_wrong_kind_is_reported_with_what_was_expected(settings: Settings) -> None:
    settings.SIGNALBOX = {"CAPACITY": "many", "STORE": 5, "MUTED": []}
    first, second = found()
    assert first[0] == second[0] == "signalbox_tracer.E003"
    assert first[1] == conf.problem_of("CAPACITY", "many")
    assert "20000" in (first[2] or "")


PROJECT = {
    "shop/signals.py": "from django.db.models.signals import post_init\npost_init.connect(print, weak=False)\n",
    "store/receivers.py": """
        from django.db.models.signals import post_save
        from django.dispatch import receiver

        @receiver(post_save, sender="store.Ordr")
        def note(sender, raw, **kwargs): ...
    """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.build(tmp_path_factory.mktemp("project"), PROJECT)


def checked(project: Path, changes: str = "") -> str:
    """Return what `manage.py check` prints; Django's own signals.E001, an error, is silenced."""
    changes = f'SILENCED_SYSTEM_CHECKS = ["signals.E001"]\n{changes}'
    return projects.run(project, ["-m", "django", "check"], changes)


def test_findings_are_warnings_with_place_and_hint(project: Path) -> None:
    said = checked(project)
    assert "(signalbox_tracer.W001) store/receivers.py:5: store.receivers.note is connected" in said
    assert "(signalbox_tracer.W003) shop/signals.py:2: shop.signals connects receivers" in said


def test_finding_is_silenced_in_djangos_way(project: Path) -> None:
    said = checked(project, 'SILENCED_SYSTEM_CHECKS += ["signalbox_tracer.W001"]')
    assert "W001" not in said
    assert "W003" in said


def test_nothing_is_looked_for_where_nothing_is_recorded(project: Path) -> None:
    assert "W00" not in checked(project, "DEBUG = False")
    assert "W00" not in checked(project, 'SIGNALBOX = {"STORE": "memory", "ENABLED": False}')


def test_enabled_without_debug_looks(project: Path) -> None:
    said = checked(project, 'DEBUG = False\nSIGNALBOX = {"STORE": "memory", "ENABLED": True}')
    assert "W001" in said
    assert "W003" in said


def test_note_for_information_is_no_warning(tmp_path: Path) -> None:
    files = {
        "store/receivers.py": PROJECT["store/receivers.py"]
        .replace("raw, ", "")
        .replace(', sender="store.Ordr"', ""),
        "store/fixtures/first.json": "[]",
    }
    (message,) = projects.look(projects.build(tmp_path, files)).messages
    assert message[:2] == ["signalbox_tracer.W009", INFO]
