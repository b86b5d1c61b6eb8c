"""All rules together: that they are silent where nothing is wrong, and that one which fails takes none along."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tracer.rules import projects
from tracer import faults, rules
from tracer.rules import examining

CONTRIB = """
    INSTALLED_APPS = [
        "daphne", "tracer", "dashboard", "django_htmx", "channels",
        *(f"django.contrib.{app}" for app in (
            "admin", "admindocs", "auth", "contenttypes", "flatpages", "humanize", "messages", "redirects",
            "sessions", "sitemaps", "sites", "staticfiles", "syndication",
        )),
    ]
    SITE_ID = 1
    ROOT_URLCONF = "urls"
    ASGI_APPLICATION = "urls.application"
"""


@pytest.mark.parametrize("is_debug", [True, False])
def test_apps_of_django_and_channels_are_sound(tmp_path: Path, *, is_debug: bool) -> None:
    project = projects.build(tmp_path, {"urls.py": "urlpatterns = []\napplication = None"})
    changes = (
        f'{CONTRIB}\n    DEBUG = {is_debug}\n    SIGNALBOX = {{"STORE": "memory", "ENABLED": True}}'
    )
    look = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
    assert projects.look(project, changes, afterwards=look).findings == []


def test_fresh_project_is_sound(tmp_path: Path) -> None:
    arguments = ["-m", "django", "startproject", "fresh", str(tmp_path)]
    projects.run(tmp_path, arguments)
    projects.run(tmp_path, [str(tmp_path / "manage.py"), "startapp", "first"])
    changes = """
        from fresh.settings import *
        INSTALLED_APPS = ["tracer", *INSTALLED_APPS, "first"]
        SIGNALBOX = {"STORE": "memory"}
    """
    (tmp_path / "settings.py").write_text("")
    assert projects.look(tmp_path, changes).findings == []


def test_demo_is_sound_but_for_its_mishaps(tmp_path: Path) -> None:
    changes = f"""
        import os
        os.environ["DEMO_SITE_DATA"] = {str(tmp_path)!r}
        from demo_site.settings import *
        SIGNALBOX = {{"STORE": "memory"}}
    """
    (tmp_path / "settings.py").write_text("")
    found = projects.look(tmp_path, changes).findings
    assert [each for each in found if "mishaps" not in (each["place"] or "")] == []


def test_findings_are_sorted_and_each_stands_once(faulty: projects.Found) -> None:
    keys = [(each["id"], each["place"] or "") for each in faulty.findings]
    assert keys == sorted(keys)
    assert len({str(each) for each in faulty.findings}) == len(faulty.findings)
    assert {each["id"] for each in faulty.findings} == {f"W00{number}" for number in range(1, 10)}


def test_rule_that_fails_is_a_fault_and_the_others_report(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> object:
        raise RuntimeError("a rule that fails")

    for name in ("lazy_senders", "collected_receivers", "suspects_of", "subjects_of"):
        before = faults.count
        with monkeypatch.context() as patched:
            patched.setattr(examining, name, failing)
            assert isinstance(rules.findings(), tuple)
        assert faults.count == before + 1


def test_looking_imports_nothing_of_the_host(tmp_path: Path) -> None:
    project = projects.build(tmp_path, {"first/signals.py": "raise AssertionError('imported')\n"})
    look = """
        from tracer import rules
        rules.findings()
        before = set(sys.modules)
        rules.findings()
        assert set(sys.modules) == before and "first.signals" not in before
    """
    assert projects.look(project, afterwards=look).findings == []
