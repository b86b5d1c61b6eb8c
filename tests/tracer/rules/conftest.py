"""Two projects for all rules: one holds every test module's faulty apps, one their sound counterparts."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.tracer.rules import projects
from tests.tracer.rules.projects import Found


def _apps(kind: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for module in sorted(Path(__file__).parent.glob("test_*.py")):
        files.update(
            getattr(importlib.import_module(f"tests.tracer.rules.{module.stem}"), kind, {})
        )
    return files


@pytest.fixture(scope="session")
def faulty_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.build(tmp_path_factory.mktemp("faulty"), _apps("FAULTY"))


@pytest.fixture(scope="session")
def sound_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.build(tmp_path_factory.mktemp("sound"), _apps("SOUND"))


@pytest.fixture(scope="session")
def faulty(faulty_project: Path) -> Found:
    """What is found in the apps called `FAULTY`."""
    return projects.look(faulty_project)


@pytest.fixture(scope="session")
def sound(sound_project: Path) -> Found:
    """What is found in the apps called `SOUND`."""
    return projects.look(sound_project)
