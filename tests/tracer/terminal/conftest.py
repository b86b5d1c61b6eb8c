"""The project that the terminal's tests run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tracer.terminal.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
