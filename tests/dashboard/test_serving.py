"""What the page says of the websocket that it does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.http import HttpResponse
from django.test import Client

from dashboard.feed import Feed
from dashboard.polled import ASKS
from tests.dashboard.conftest import get_by_asgi

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture(autouse=True)
def debug(settings: Settings, feed: Feed) -> None:
    settings.DEBUG, settings.SIGNALBOX = True, {"STORE": "memory"}


def card_of(response: HttpResponse) -> str:
    return response.content.decode().partition('id="sb-polled"')[2]


def test_page_without_daphne_says_the_lines_to_paste(client: Client, settings: Settings) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "daphne"]
    del settings.ASGI_APPLICATION
    card = card_of(client.get("/signals/"))  # type: ignore[arg-type]
    assert "<code>&quot;daphne&quot;,</code>" in card
    assert "ASGI_APPLICATION = &quot;demo_site.asgi.application&quot;" in card
    assert card.count('data-action="copy"') == 2


def test_complete_site_served_over_wsgi_is_told_of_a_server(client: Client) -> None:
    for path in ("/signals/", "/signals/map/"):
        card = card_of(client.get(path))  # type: ignore[arg-type]
        assert "<code>daphne demo_site.asgi:application</code>" in card


def test_site_without_daphne_whose_sockets_do_not_open_is_told_of_the_proxy(
    settings: Settings,
) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "daphne"]
    card = card_of(get_by_asgi("/signals/", **{ASKS: "1"}))
    assert "proxy_set_header Upgrade $http_upgrade;" in card
    assert "pip install websockets" in card
    assert "&quot;daphne&quot;" not in card


def test_application_that_is_not_wrapped_is_told_of(
    settings: Settings, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ASGI_APPLICATION = "django.core.handlers.asgi.ASGIHandler"
    card = card_of(get_by_asgi("/signals/"))
    assert "ASGIHandler = signalbox(ASGIHandler)" in card
    assert "proxy_set_header" not in card
