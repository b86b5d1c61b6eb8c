"""The page for whoever may not look: as much as is safe, and how to allow it."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.feed import Feed

FAR = {"REMOTE_ADDR": "192.168.1.7"}


class NoRule:
    """A callable for the setting ACCESS."""

    @staticmethod
    def no(seeker: Any) -> bool:
        return False


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    monkeypatch.setitem(__import__("sys").modules, "refusing", NoRule)


def refused(client: Client, path: str = "/signals/", **given: Any) -> str:
    response: Any = client.get(path, **given)
    assert response.status_code == 403
    return re.sub(r"<[^>]+>|\s+", " ", response.content.decode()).replace("&quot;", '"')


def test_address_is_told_under_debug_with_the_line_that_lets_it_in(
    client: Client, settings: Any
) -> None:
    text = refused(client, **FAR)
    assert "192.168.1.7 is neither this machine nor in INTERNAL_IPS." in text
    assert 'INTERNAL_IPS = ["192.168.1.7"]' in text
    settings.INTERNAL_IPS = ["10.0.0.1"]
    assert 'INTERNAL_IPS += ["192.168.1.7"]' in refused(client, **FAR)


def test_address_that_is_none_makes_no_line(client: Client) -> None:
    text = refused(client, headers={"X-Forwarded-For": '"]; import os #'})
    assert "INTERNAL_IPS =" not in text


def test_callable_is_told_under_debug_with_the_way_to_log_in(client: Client, settings: Any) -> None:
    settings.SIGNALBOX = {"STORE": "memory", "ACCESS": "refusing.no"}
    response: Any = client.get("/signals/?filter=is:error")
    text = response.content.decode()
    assert "refusing.no, said no." in text
    assert f'href="{reverse("profiles:login")}?next=%2Fsignals%2F%3Ffilter%3Dis%3Aerror"' in text
    settings.LOGIN_URL = "/nowhere/"
    assert "Log in" not in refused(client)


@pytest.mark.parametrize("access", [None, "refusing.no"])
def test_stranger_is_told_neither_setting_nor_address_and_the_log_is(
    client: Client, settings: Any, access: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SIGNALBOX = {"STORE": "memory", "ACCESS": access}
    with caplog.at_level(logging.WARNING, "signalbox.dashboard"):
        text = refused(client, **FAR)
    assert "You may not look in here" in text
    for told in ("refusing", "DEBUG", "INTERNAL_IPS", "192.168"):
        assert told not in text
    assert "/signals/ was refused: " in caplog.text


def test_page_that_was_let_in_before_is_loaded_again(client: Client) -> None:
    response: Any = client.get("/signals/poll/", headers={"HX-Request": "true"}, **FAR)
    assert response.status_code == 403
    assert response["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get("/signals/", **FAR)  # type: ignore[arg-type]
