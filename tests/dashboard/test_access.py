"""Who may look, by view and by socket."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from django.test import RequestFactory

from dashboard import access


@pytest.fixture(autouse=True)
def debug(settings: Any) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = []
    settings.INTERNAL_IPS = []


def request(address: str = "127.0.0.1", **headers: str) -> Any:
    return RequestFactory().get(
        "/signals/", REMOTE_ADDR=address, headers={"Host": "localhost:8000"} | headers
    )


def scope(address: str | None = "127.0.0.1", **headers: str) -> Mapping[str, Any]:
    given = {"host": "localhost:8000"} | {name.lower(): value for name, value in headers.items()}
    return {
        "type": "websocket",
        "client": None if address is None else [address, 1],
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


@pytest.mark.parametrize("seeker", [request, scope])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_look_under_debug(seeker: Any, address: str) -> None:
    assert access.may_look(seeker(address))


@pytest.mark.parametrize("seeker", [request, scope])
@pytest.mark.parametrize("address", ["192.168.1.7", "203.0.113.9", "::ffff:10.0.0.1", "", "nobody"])
def test_other_addresses_may_not_unless_they_are_internal(
    seeker: Any, address: str, settings: Any
) -> None:
    assert not access.may_look(seeker(address))
    settings.INTERNAL_IPS = ["192.168.1.7", "203.0.113.9", "::ffff:10.0.0.1", "nobody", ""]
    assert access.may_look(seeker(address))


def test_socket_without_an_address_is_refused() -> None:
    assert not access.may_look(scope(None))


@pytest.mark.parametrize("seeker", [request, scope])
def test_nobody_may_look_without_debug(seeker: Any, settings: Any) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    assert access.refusal(seeker()) == access.Refusal(
        "debug", 'DEBUG is off, and SIGNALBOX["ACCESS"] names nobody who decides.'
    )


@pytest.mark.parametrize("seeker", [request, scope])
def test_tunnel_on_this_machine_does_not_let_the_world_in(seeker: Any) -> None:
    assert not access.may_look(seeker(**{"X-Forwarded-For": "203.0.113.9, 127.0.0.1"}))
    assert access.may_look(seeker(**{"X-Forwarded-For": "127.0.0.1"}))


@pytest.mark.parametrize("seeker", [request, scope])
def test_name_that_was_rebound_to_this_machine_is_refused(seeker: Any) -> None:
    assert not access.may_look(seeker(Host="evil.example:8000"))


class Decisions:
    """Callables for the setting ACCESS."""

    asked: ClassVar[list[Any]] = []

    @staticmethod
    def yes(seeker: Any) -> bool:
        Decisions.asked.append(seeker)
        return True

    @staticmethod
    def no(seeker: Any) -> bool:
        return False

    @staticmethod
    def broken(seeker: Any) -> bool:
        raise RuntimeError("no idea")


sys.modules["access_decisions"] = Decisions  # type: ignore[assignment]


@pytest.mark.parametrize("seeker", [request, scope])
def test_callable_of_the_settings_decides_instead(seeker: Any, settings: Any) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.SIGNALBOX = {"STORE": "memory", "ACCESS": "access_decisions.yes"}
    given = seeker("203.0.113.9")
    assert access.may_look(given)
    assert Decisions.asked[-1] is given
    settings.DEBUG = True
    settings.SIGNALBOX = {"STORE": "memory", "ACCESS": "access_decisions.no"}
    assert not access.may_look(seeker())


@pytest.mark.parametrize("name", ["access_decisions.broken", "no.such.callable"])
def test_callable_that_fails_lets_nobody_in(
    name: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SIGNALBOX = {"STORE": "memory", "ACCESS": name}
    with caplog.at_level(logging.ERROR, "signalbox.dashboard"):
        assert not access.may_look(request())
    assert name in caplog.text


def test_setting_that_is_wrong_lets_nobody_in(settings: Any) -> None:
    settings.SIGNALBOX = {"ACCESS": 7}
    assert access.refusal(request()) is not None


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("https://Example.com", "example.com", True),
        ("http://example.com:80", "example.com", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("http://evil.example", "localhost:8000", False),
        ("http://localhost:8000.evil.example", "localhost:8000", False),
        ("http://localhost:8000/path", "localhost:8000", False),
        ("ftp://localhost:8000", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("http://[", "localhost:8000", False),
        ("", "localhost:8000", False),
        (None, "localhost:8000", False),
        ("http://localhost:8000", None, False),
    ],
)
def test_own_origin_is_this_very_host(origin: str | None, host: str | None, is_own: bool) -> None:
    assert access.own_origin(origin, host) is is_own


def test_own_paths_are_the_pages_and_its_files() -> None:
    __import__("demo_site.urls")
    for path in ("/signals/", "/signals/help/", "/static/signalbox/signalbox.css"):
        assert access.is_own_path(path) is True
    for path in ("/", "/signal", "/shop/", "/static/demo_site/site.css"):
        assert access.is_own_path(path) is False


def test_own_path_cannot_be_told_before_the_urls_are_imported(settings: Any) -> None:
    settings.ROOT_URLCONF = "not.imported.urls"
    assert access.is_own_path("/signals/") is None
    assert "not.imported.urls" not in sys.modules


def test_page_mounted_at_the_root_owns_its_own_paths_only(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.dashboard.urls_at_root"
    __import__("tests.dashboard.urls_at_root")
    assert access.is_own_path("/") is True
    assert access.is_own_path("/help/") is True
    assert access.is_own_path("/shop/") is False
    assert access.is_own_path("/nowhere/") is False
