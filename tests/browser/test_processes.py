"""Every process of a project in one page, as it runs: no server to start, nothing to configure."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.acts import open_row, press, rows
from tests.browser.conftest import open_dashboard
from tests.browser.server import ROOT, demo
from tests.redis_server import RedisServer

TESTS = """
    from django.test import TestCase

    from demo_site.articles.models import Tag


    class Tags(TestCase):
        def test_of_the_site(self) -> None:
            Tag.objects.create(name="of a test")
"""

WORK = """
    from celery import Celery

    app = Celery("work", broker="filesystem://")
    app.conf.broker_transport_options = {
        "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control",
    }
    app.conf.broker_connection_retry_on_startup = True


    @app.task
    def tag(name):
        from demo_site.articles.models import Tag

        Tag.objects.create(name=name)
"""
"""A queue in a folder: it needs no server, and carries what a task's message carries."""


class Project:
    """The demo's data, and a folder beside it from which its commands are run."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.folder = folder / "work"
        (self.folder / "queue").mkdir(parents=True)
        (self.folder / "control").mkdir()
        (self.folder / "test_site.py").write_text(textwrap.dedent(TESTS))
        (self.folder / "work.py").write_text(textwrap.dedent(WORK))
        self._environment = {
            **os.environ,
            "DEMO_SITE_DATA": str(self.data),
            "DJANGO_SETTINGS_MODULE": "demo_site.settings",
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(ROOT)]),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a Python process of the project."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> int:
        """Run one to its good end, and return its process id."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        return process.pid

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Have one run inside."""
        process = self.start(*arguments)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=60)


def expect_dispatch(page: Page, signal: str, process: str) -> None:
    """Expect a row that came without a reload, whose detail names the process."""
    detail = open_row(page, rows(page, signal))
    expect(detail).to_contain_text(process)
    assert page.evaluate("() => window.neverReloaded")


def watch(context: BrowserContext, site: str, terms: str) -> Page:
    """Open a page that shows what the processes of a command dispatch, and other terms of a filter; nothing yet."""
    page = open_dashboard(context.new_page(), site, f"?filter=process:{terms}")
    page.evaluate("() => { window.neverReloaded = true; }")
    expect(page.locator("#sb-rows .sb-row")).to_have_count(0)
    return page


def test_every_process_of_a_project_is_in_the_page_as_it_runs(
    context: BrowserContext, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    with demo(project.data) as site:
        page = watch(context, site, "shell")
        save = "from demo_site.articles.models import Tag; Tag.objects.create(name='of a shell')"
        pid = project.run("-m", "django", "shell", "-c", save)
        expect_dispatch(page, "post_save", f"shell {pid}@")

        # It was migrated before the page was opened; this is another one.
        page.get_by_role("button", name="Clear").last.click()
        page.goto(f"{site}/signals/?filter=process:migrate")
        page.evaluate("() => { window.neverReloaded = true; }")
        pid = project.run("-m", "django", "migrate", "--verbosity", "0")
        expect_dispatch(page, "post_migrate", f"migrate {pid}@")

        page = watch(context, site, "test sender:articles.Tag")
        pid = project.run("-m", "django", "test", "--verbosity", "0")
        expect_dispatch(page, "post_save", f"test {pid}@")
        expect(page.locator("#sb-detail")).to_contain_text("test_of_the_site")


@pytest.mark.skipif(importlib.util.find_spec("celery") is None, reason="Celery is not installed")
def test_worker_is_in_the_page_too(context: BrowserContext, tmp_path: Path) -> None:
    project = Project(tmp_path)
    enqueue = "import work; work.tag.delay('of a worker')"
    solo = ("worker", "--pool=solo", "--loglevel=WARNING")
    with (
        demo(project.data) as site,
        project.running("-m", "celery", "-A", "work", *solo) as worker,
    ):
        page = watch(context, site, "celery signal:post_save")
        project.run("-m", "django", "shell", "-c", enqueue)
        expect_dispatch(page, "post_save", f"celery {worker.pid}@")
        expect(page.locator("#sb-detail")).to_contain_text("task work.tag")
        # It has what the server has, and so nothing is marked.
        expect(page.locator("#sb-chosen option").last).to_have_text(f"celery {worker.pid}")
        expect(page.locator(".sb-flag-apart")).to_have_count(0)


def test_machines_that_share_a_redis_are_one_line(
    context: BrowserContext,
    tmp_path: Path,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEMO_SITE_STORE", redis_server.url)
    # Two sites that have no file in common.
    with demo(tmp_path / "here") as here, demo(tmp_path / "there") as there:
        page = watch(context, here, "runserver signal:parcel_packed")
        press(context, there, "changed")
        detail = open_row(page, rows(page, "parcel_packed"))
        other = open_dashboard(context.new_page(), there)
        pid = other.locator("#sb-process").inner_text().split("pid ")[1].split()[0]
        expect(detail).to_contain_text(f"runserver {pid}@")
        expect(other.locator("#sb-process")).to_contain_text("+ 1 process")
        # What is decided here holds there.
        page.locator("body").press("r")
        expect(other.locator("#sb-notice-stopped")).to_be_visible()
        press(context, there, "changed")
        other.locator("#sb-notice-resume").click()
        expect(page.locator("#sb-notice-stopped")).to_have_count(0)
        press(context, there, "changed")
        expect(rows(page, "parcel_packed")).to_have_count(2)
        assert page.evaluate("() => window.neverReloaded")
