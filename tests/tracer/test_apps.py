"""When the tracer begins by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.apps import apps

import tracer
from tracer import stores

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(autouse=True)
def _not_installed() -> Iterator[None]:
    """Begin and end without the tracer."""
    tracer.uninstall()
    yield
    tracer.uninstall()
    stores.close_shared()


def start() -> bool:
    apps.get_app_config("signalbox_tracer").ready()
    return tracer.is_installed()


@pytest.mark.parametrize(
    ("enabled", "debug", "begins"),
    [
        (None, True, True),
        (None, False, False),
        (True, False, True),
        (False, True, False),
    ],
)
def test_recording_begins_under_debug_unless_the_setting_decides(
    settings: Settings, enabled: bool | None, debug: bool, begins: bool
) -> None:
    settings.DEBUG = debug
    settings.SIGNALBOX = {"ENABLED": enabled, "STORE": "memory"}
    assert start() is begins


def test_wrong_setting_leaves_the_site_running_and_nothing_recorded(settings: Settings) -> None:
    settings.DEBUG = True
    settings.SIGNALBOX = {"CAPACITY": -1}
    assert start() is False


def test_beginning_twice_is_beginning_once(settings: Settings) -> None:
    settings.SIGNALBOX = {"ENABLED": True, "STORE": "memory"}
    assert start()
    assert start()
    tracer.uninstall()
    assert not tracer.is_installed()
