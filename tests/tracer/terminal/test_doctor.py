"""`manage.py signals doctor`, run as a process in projects that are installed well and badly."""

from __future__ import annotations

import pytest

from tests.tracer.terminal.project import Project

INSTALLED = """
    INSTALLED_APPS = [
        "daphne", "tracer", "dashboard", "django_htmx", "django.contrib.contenttypes",
        "django.contrib.staticfiles", "shop",
    ]
    ASGI_APPLICATION = "asgi.application"
    STATIC_URL = "static/"
    TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
"""
ASGI = """
    import os
    from django.core.asgi import get_asgi_application
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    application = get_asgi_application()
"""
WRAPPED = """
    from dashboard.asgi import signalbox
    application = signalbox(application)
"""
URLS = """
    from django.urls import include, path
    urlpatterns = [path("signals/", include("dashboard.urls"))]
"""


@pytest.fixture
def whole(project: Project) -> Project:
    """Return the project with the README's four edits."""
    project.write("settings.py", INSTALLED, adds=True)
    project.write("asgi.py", ASGI)
    project.write("asgi.py", WRAPPED, adds=True)
    project.write("urls.py", URLS)
    return project


def test_all_in_place(whole: Project) -> None:
    done = whole.signals("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert {line[0] for line in lines} == {"✓"}, done.stdout
    said = "\n".join(lines)
    assert "The tracer is installed and records." in said
    assert "The store can be written: sqlite .signalbox/signalbox.sqlite3, 0 records" in said
    assert "receivers are known." in said
    assert "The dashboard is mounted at /signals/" in said
    for name in ("Python 3.", "Django ", "channels ", "daphne ", "django-htmx "):
        assert name in lines[0]


def test_missing_edits_are_named_with_the_lines_to_paste(whole: Project) -> None:
    whole.write("asgi.py", ASGI)
    whole.write("urls.py", "urlpatterns = []\n")
    done = whole.signals("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "! signalbox_dashboard.W104  asgi.application does not serve" in done.stdout
    assert "        application = signalbox(application)\n" in done.stdout
    assert "! signalbox_dashboard.W105  The dashboard has no address" in done.stdout
    assert 'urlpatterns += [path("signals/", include("dashboard.urls"))]\n' in done.stdout


def test_wrong_setting_is_an_error_and_does_not_stop_the_command(whole: Project) -> None:
    whole.write("settings.py", 'SIGNALBOX = {"STOR": "sqlite", "SLOW_MS": "much"}\n', adds=True)
    done = whole.signals("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ Nothing is recorded, for a setting is wrong" in done.stdout
    assert "✗ signalbox_tracer.E002  SIGNALBOX has no key 'STOR'" in done.stdout
    assert "✗ signalbox_tracer.E003" in done.stdout


def test_findings_about_receivers_are_listed_and_do_not_fail(whole: Project) -> None:
    whole.write(
        "shop/receivers.py", 'post_save.connect(reserve_stock, sender="shop.Ordr")\n', adds=True
    )
    done = whole.signals("doctor")
    assert done.returncode == 0
    assert "! signalbox_tracer.W001" in done.stdout


def test_silenced_message_is_not_repeated(whole: Project) -> None:
    whole.write("asgi.py", ASGI)
    whole.write("settings.py", 'SILENCED_SYSTEM_CHECKS = ["signalbox_dashboard.W104"]\n', adds=True)
    done = whole.signals("doctor")
    assert done.returncode == 0
    assert "W104" not in done.stdout


def test_checks_of_the_project_that_fail_do_not_stop_it(whole: Project) -> None:
    whole.write("urls.py", "raise RuntimeError('no urls today')\n")
    done = whole.signals("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ The URLconf cannot be imported: RuntimeError: no urls today" in done.stdout


def test_store_that_cannot_be_opened(whole: Project) -> None:
    (whole.folder / ".signalbox").write_text("no folder")
    done = whole.signals("doctor")
    assert done.returncode == 1
    assert "✗ The store: " in done.stdout
    assert "can be written" not in done.stdout


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("DEBUG = False", "! Nothing is recorded: DEBUG is off."),
        ('SIGNALBOX = {"ENABLED": False}', '! Nothing is recorded: SIGNALBOX["ENABLED"] is False.'),
        ('SIGNALBOX = {"STORE": "memory"}', "! The store is this process's memory"),
    ],
)
def test_what_is_so_by_intent_is_told_and_no_failure(
    whole: Project, settings: str, said: str
) -> None:
    whole.write("settings.py", settings + "\n", adds=True)
    done = whole.signals("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


def test_without_the_dashboard(project: Project) -> None:
    done = project.signals("doctor")
    assert done.returncode == 0
    assert "! The dashboard is not in INSTALLED_APPS" in done.stdout


def test_app_of_the_projects_own_that_has_the_dashboards_name(project: Project) -> None:
    project.write("dashboard/__init__.py", "")
    project.write("settings.py", 'INSTALLED_APPS = ["dashboard", *INSTALLED_APPS]\n', adds=True)
    done = project.signals("doctor")
    assert done.returncode == 1
    assert "✗ The package dashboard is the project's own" in done.stdout
