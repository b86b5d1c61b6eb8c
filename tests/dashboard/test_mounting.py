"""Where the page stands below a script name, and in a language's part of the URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import set_script_prefix
from django.utils import translation

from dashboard import access, routing
from dashboard.mounting import paths_of, within

FEED = "signalbox:feed"


@pytest.fixture(autouse=True)
def _as_begun() -> Iterator[None]:
    __import__("demo_site.urls")
    paths_of.cache_clear()
    yield
    set_script_prefix("/")
    paths_of.cache_clear()


@pytest.mark.parametrize(
    ("path", "script", "rest"),
    [
        ("/app/signals/", "/app", "/signals/"),
        ("/signals/", "/app", "/signals/"),
        ("/apple/signals/", "/app", "/apple/signals/"),
        ("/signals/", "", "/signals/"),
    ],
)
def test_script_name_is_taken_off_where_it_stands(path: str, script: str, rest: str) -> None:
    assert within(path, script) == rest


@pytest.mark.parametrize("path", ["/app/signals/feed/", "/signals/feed/"])
@pytest.mark.parametrize(("forced", "root_path"), [("/app", ""), ("/app/", ""), (None, "/app")])
def test_socket_is_found_below_a_script_name_that_the_proxy_left_or_took_off(
    settings: Any, path: str, forced: str | None, root_path: str
) -> None:
    settings.FORCE_SCRIPT_NAME = forced
    assert routing.is_feed({"type": "websocket", "path": path, "root_path": root_path})
    assert not routing.is_feed(
        {"type": "websocket", "path": "/other/feed/", "root_path": root_path}
    )


def test_own_paths_are_known_whichever_script_name_was_set_as_they_were_first_asked_for(
    settings: Any,
) -> None:
    settings.FORCE_SCRIPT_NAME = "/app"
    settings.STATIC_URL = "/app/static/"
    set_script_prefix("/app/")
    for path in ("/app/signals/help/", "/signals/help/", "/app/static/signalbox/theme.js"):
        assert access.is_own_path(path) is True
    set_script_prefix("/")
    assert access.is_own_path("/app/signals/help/") is True
    assert access.is_own_path("/app/shop/") is False


def test_page_among_a_sites_languages_is_found_in_each(settings: Any) -> None:
    settings.ROOT_URLCONF = urlconf = "tests.dashboard.urls_in_languages"
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    __import__(urlconf)
    with translation.override("de"):
        assert paths_of(FEED, urlconf) == ("/de/signals/feed/", "/en/signals/feed/")
    for language in ("de", "en"):
        assert access.is_own_path(f"/{language}/signals/map/") is True
        assert routing.is_feed({"type": "websocket", "path": f"/{language}/signals/feed/"})
    assert access.is_own_path("/fr/signals/map/") is False


def test_site_without_the_page_has_no_path_of_ours(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.dashboard.urls_in_languages"
    assert paths_of("signalbox:nothing", settings.ROOT_URLCONF) == ()
