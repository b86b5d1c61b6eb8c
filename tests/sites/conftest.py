"""The wheel, one environment for all sites, and a browser that looks at them."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import django
import pytest

from tests.browser.conftest import browser, context
from tests.sites.project import CHECKOUT, Project, build_wheel, run

__all__ = ["browser", "context"]

OF_SITES = ("whitenoise", "psycopg", "psycopg-binary")
"""What some of the sites use beside Signalbox; the `test` extra says which versions."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/sites/" in item.nodeid:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def new_project(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project without any of the edits, with the wheel in its environment."""
    folder = tmp_path_factory.mktemp("host")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = [f"django=={django.get_version()}", *requirements_of_sites()]
    run(python, "-m", "pip", "install", "--quiet", wheel, *wanted, cwd=folder)
    run(python, "-m", "django", "startproject", "project", folder, cwd=folder)
    return Project(folder, python)


def requirements_of_sites() -> list[str]:
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = extras["optional-dependencies"]["test"]
    return [requirement for requirement in named if requirement.partition(">=")[0] in OF_SITES]


@pytest.fixture
def project(new_project: Project, tmp_path: Path) -> Project:
    """A copy of the new project for one test to edit."""
    return new_project.copy(tmp_path / "site")


@pytest.fixture
def site(project: Project) -> Project:
    """A project with the README's edits, and with a bell to ring."""
    project.install()
    return project
