"""A test that is generated from what the demo did, run by a pytest of its own: it passes, and fails when it should."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.server import ROOT, demo

pytestmark = pytest.mark.slow

DISCONNECTS = """
    from django.dispatch import Signal
    import pytest

    @pytest.fixture(autouse=True)
    def _without_a_receiver():
        from demo_site.shop.receivers import keep_audit_trail
        from demo_site.shop.signals import order_placed
        assert order_placed.disconnect(keep_audit_trail)
        yield
        order_placed.connect(keep_audit_trail)
"""


class Visitor:
    """Who presses the demo's buttons and asks its dashboard."""

    def __init__(self, site: str) -> None:
        self._site = site
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> str:
        with self._opener.open(self._site + path, timeout=30) as response:
            return str(response.read().decode())

    def press(self, slug: str) -> None:
        page = self.get("/cases/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)', page)
        assert token is not None
        request = urllib.request.Request(
            f"{self._site}/cases/{slug}/",
            data=urlencode({"csrfmiddlewaretoken": token[1]}).encode(),
            headers={"Referer": f"{self._site}/cases/"},
        )
        self._opener.open(request, timeout=30).close()

    def written(self, slug: str, signal: str) -> str:
        """Return the generated test of the first root of that signal which the button sent."""
        query = urlencode({"filter": f"is:root signal:{signal} origin:/cases/{slug}/"})
        deadline = time.monotonic() + 30
        found: list[dict[str, str]] = []
        while not found:
            assert time.monotonic() < deadline, f"{signal} of {slug} was not recorded"
            rows = self.get(f"/signals/export/?{query}").splitlines()[1:]
            found = [row for row in map(json.loads, rows) if row["type"] == "dispatch"]
        return self.get(f"/signals/written/?{urlencode({'open': found[0]['id'], 'as': 'test'})}")


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with demo(tmp_path_factory.mktemp("demo")) as address:
        yield Visitor(address)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", ".", "."],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "DJANGO_SETTINGS_MODULE": "demo_site.settings",
            "DEMO_SITE_DATA": str(folder),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_generated_test_passes_and_fails_when_the_receiver_is_disconnected(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.press("order")
    text = visitor.written("order", "order_placed")
    assert "demo_site.shop.receivers.keep_audit_trail" in text
    (tmp_path / "test_generated.py").write_text(text, encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout

    (tmp_path / "conftest.py").write_text(re.sub("^    ", "", DISCONNECTS, flags=re.MULTILINE))
    done = run(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    assert "keep_audit_trail" in done.stdout


def test_generated_test_of_a_receiver_that_raises_passes(visitor: Visitor, tmp_path: Path) -> None:
    visitor.press("failing")
    text = visitor.written("failing", "order_placed")
    assert "client.raise_request_exception = False" in text
    (tmp_path / "test_generated.py").write_text(text, encoding="utf-8")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
