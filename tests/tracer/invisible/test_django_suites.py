"""Django's own tests of signals pass with the tracer installed as they pass without it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import django
import pytest

from tests.tracer.invisible.programs import CHECKOUT

SUITES = ("dispatch", "signals", "m2m_signals")
UNDER_TRACER = Path(__file__).with_name("suite_under_tracer.py")


def cache_folder() -> Path:
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches, "django-signalbox-tests")


@pytest.fixture(scope="module")
def suites() -> Path:
    """Return the folder `tests` of Django's source, fetched with pip where it is not there yet."""
    name = f"django-{django.get_version()}"
    folder = cache_folder()
    tests = folder / name / "tests"
    if not (tests / "runtests.py").exists():
        folder.mkdir(parents=True, exist_ok=True)
        fetched = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download"),
                *("--quiet", "--no-binary", ":all:", "--no-deps", "--dest", str(folder)),
                f"django=={django.get_version()}",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert fetched.returncode == 0, f"Django's source cannot be had:\n{fetched.stderr}"
        with tarfile.open(folder / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return tests


def outcomes(suites: Path, command: list[str]) -> tuple[dict[str, str], str]:
    """Run the suites; return how each test ended, and the runner's verdict."""
    done = subprocess.run(
        [
            *(sys.executable, *command, str(suites / "runtests.py")),
            *("--settings=test_sqlite", "--parallel=1", "--verbosity=2", *SUITES),
        ],
        capture_output=True,
        text=True,
        cwd=suites,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "DJANGO_SETTINGS_MODULE": ""},
        check=False,
        timeout=300,
    )
    # A test's docstring, or what it writes, may stand between its name and its end.
    ended = dict(
        re.findall(
            r"^(test_\w+ \([\w.]+\))(?:\n(?!test_).*?)*? ?\.\.\. (?:.*?)(ok|FAIL|ERROR|skipped .*)$",
            done.stderr,
            re.MULTILINE,
        )
    )
    end = re.search(r"^Ran (\d+) tests? in [\d.]+s\n\n(.*)$", done.stderr, re.MULTILINE)
    assert end is not None, done.stderr
    assert len(ended) == int(end[1]), done.stderr
    return ended, end[2]


@pytest.mark.slow
def test_djangos_suites_end_as_without_us(suites: Path, tmp_path: Path) -> None:
    counts = tmp_path / "counts.json"
    plain, plain_end = outcomes(suites, [])
    traced, traced_end = outcomes(suites, [str(UNDER_TRACER), str(counts)])
    assert plain_end.startswith("OK")
    assert traced == plain
    assert traced_end == plain_end
    assert len(plain) >= 50
    counted = json.loads(counts.read_text(encoding="utf-8"))
    assert counted["is_installed"]
    assert counted["recorded"] > 100
    assert (counted["faults"], counted["dropped"]) == (0, 0)
