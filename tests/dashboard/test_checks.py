"""What `manage.py check` says of an installation that lacks an edit."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.core.checks import ERROR, run_checks

from dashboard import sources
from dashboard.checks import check_asgi
from dashboard.serving import advice

if TYPE_CHECKING:
    from django.core.checks import CheckMessage
    from django.test import RequestFactory
    from pytest_django import Settings


def found() -> list[CheckMessage]:
    return [
        message
        for message in run_checks()
        if message.id is not None and message.id.startswith("signalbox_dashboard.")
    ]


def only_found() -> tuple[str, str]:
    """Return the number and the hint of the one message there is."""
    (message,) = found()
    return str(message.id).removeprefix("signalbox_dashboard."), str(message.hint)


@pytest.fixture(autouse=True)
def _development(settings: Settings) -> None:
    """As on a developer's machine, where the checks run."""
    settings.DEBUG = True
    settings.SIGNALBOX = {}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on the path, whose modules may be found and must not be imported."""
    folder = tmp_path / "hostproject"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return folder


def without(settings: Settings, name: str) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != name]


def test_complete_installation_has_nothing_to_report() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "number"), [("daphne", "W101"), ("django_htmx", "E102"), ("tracer", "E106")]
)
def test_missing_app_is_reported_with_the_line(settings: Settings, name: str, number: str) -> None:
    without(settings, name)
    reported, hint = only_found()
    assert reported == number
    assert f'\n    "{name}",\n' in hint
    assert "INSTALLED_APPS in tests/settings.py" in hint


def test_files_that_no_app_serves_are_reported_with_the_line(settings: Settings) -> None:
    without(settings, "django.contrib.staticfiles")
    reported, hint = only_found()
    assert reported == "W107"
    assert '\n    "django.contrib.staticfiles",\n' in hint
    assert "INSTALLED_APPS in tests/settings.py" in hint


def test_files_that_no_finder_finds_are_reported_with_the_line(settings: Settings) -> None:
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    reported, hint = only_found()
    assert reported == "W107"
    assert '\n    "django.contrib.staticfiles.finders.AppDirectoriesFinder",\n' in hint
    assert "STATICFILES_FINDERS in tests/settings.py" in hint


def test_what_only_keeps_the_feed_from_being_live_does_not_keep_the_site_from_starting(
    settings: Settings,
) -> None:
    without(settings, "daphne")
    del settings.ASGI_APPLICATION
    assert len(found()) == 2
    assert all(message.level < ERROR for message in found())


def test_missing_asgi_application_is_reported_with_the_line(settings: Settings) -> None:
    settings.ASGI_APPLICATION = None
    number, hint = only_found()
    assert number == "W103"
    assert '\n    ASGI_APPLICATION = "demo_site.asgi.application"\n' in hint
    assert "tests/settings.py" in hint


def test_lines_of_the_socket_are_asked_for_with_the_missing_asgi_application(
    settings: Settings, project: Path, rf: RequestFactory
) -> None:
    (project / "asgi.py").write_text(PLAIN)
    settings.ASGI_APPLICATION = None
    settings.ROOT_URLCONF = "hostproject.urls"
    unset, unwrapped = check_asgi(None)
    assert (unset.id, unwrapped.id) == ("signalbox_dashboard.W103", "signalbox_dashboard.W104")
    # The page that polls has both on its card.
    hints = [one.hint for one in advice(rf.get("/signals/"))]
    assert 'ASGI_APPLICATION = "hostproject.asgi.application"' in hints[0]
    assert "application = signalbox(application)" in hints[1]


PLAIN = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"


def test_plain_asgi_application_is_reported_with_the_lines(
    settings: Settings, project: Path
) -> None:
    (project / "asgi.py").write_text(PLAIN + "# from dashboard.asgi import signalbox\n")
    settings.ASGI_APPLICATION = "hostproject.asgi.application"
    number, hint = only_found()
    assert number == "W104"
    assert "at the end of hostproject/asgi.py" in hint
    pasted = "\n".join(line.strip() for line in hint.splitlines()[2:])
    (project / "asgi.py").write_text(PLAIN + pasted)
    assert found() == []
    assert "hostproject" not in sys.modules


def test_wrapped_application_that_is_loaded_needs_no_source(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = SimpleNamespace(is_signalbox=True)
    monkeypatch.setitem(
        sys.modules, "unwritten.asgi", SimpleNamespace(application=application, __file__=None)
    )
    settings.ASGI_APPLICATION = "unwritten.asgi.application"
    assert found() == []


@pytest.mark.parametrize("content", [None, "def broken(:"])
def test_application_that_cannot_be_read_is_not_reported(
    settings: Settings, project: Path, content: str | None
) -> None:
    if content is not None:
        (project / "asgi.py").write_text(content)
    settings.ASGI_APPLICATION = "hostproject.asgi.application"
    assert found() == []


NO_URLS = "from django.urls import include, path\nurlpatterns = []\n"


def included(urlconf: str) -> bool | None:
    return sources.includes(urlconf, "dashboard.urls")


def test_urlconf_without_the_page_is_reported_with_the_line(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bare_urls.py").write_text(NO_URLS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings.ROOT_URLCONF = "bare_urls"
    number, hint = only_found()
    assert number == "W105"
    assert "at the end of bare_urls.py" in hint
    assert 'urlpatterns += [path("signals/", include("dashboard.urls"))]\n' in hint


@pytest.mark.parametrize(
    "content",
    [
        'urlpatterns = [path("signals/", include("dashboard.urls"))]',
        'urlpatterns = [path("s/", include(("dashboard.urls", "signalbox"), namespace="x"))]',
        'import dashboard.urls\nurlpatterns = [path("", include(dashboard.urls))]',
        "from dashboard import urls as ours\nurlpatterns = [path('', include(ours))]",
        'urlpatterns = [path("tools/", include("hostproject.tools_urls"))]',
    ],
)
def test_page_is_found_in_a_source_however_it_is_included(project: Path, content: str) -> None:
    (project / "urls.py").write_text(content)
    (project / "tools_urls.py").write_text('urlpatterns = [path("", include("dashboard.urls"))]')
    assert included("hostproject.urls") is True
    assert "hostproject" not in sys.modules


def test_urlconfs_that_include_each_other_come_to_an_end(project: Path) -> None:
    (project / "urls.py").write_text('x = include("hostproject.more_urls")')
    (project / "more_urls.py").write_text('x = include("hostproject.urls")')
    assert included("hostproject.urls") is False


def test_urlconf_that_cannot_be_read_is_unknown(project: Path) -> None:
    (project / "urls.py").write_text('x = include("hostproject.unwritten_urls")')
    assert included("hostproject.urls") is None
    assert included("nowhere.urls") is None


@pytest.mark.parametrize("enabled", [None, False])
def test_idle_installation_is_not_reported(settings: Settings, enabled: bool | None) -> None:
    settings.DEBUG = enabled is False
    settings.SIGNALBOX = {"ENABLED": enabled}
    without(settings, "daphne")
    settings.ASGI_APPLICATION = None
    assert found() == []


def test_recording_installation_is_reported_without_debug(settings: Settings) -> None:
    settings.DEBUG = False
    settings.SIGNALBOX = {"ENABLED": True}
    settings.ASGI_APPLICATION = None
    assert only_found()[0] == "W103"
