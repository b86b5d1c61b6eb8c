"""What `python -m tests` decides before it runs anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import __main__ as runner
from tests import chromium


def test_every_template_is_checked() -> None:
    commands = dict(runner.checks())
    pages = {Path(part).name for part in commands["djade --check"] if part.endswith(".html")}
    assert {"page.html", "_row.html", "frame.html"} <= pages


@pytest.mark.parametrize(
    ("requirement", "is_there"),
    [
        ("pytest>=8", True),
        ("pytest>=8.0.0", True),
        ("pytest>=10000", False),
        ("nobody-has-this>=1", False),
        ("pytest~=8.0", False),
    ],
)
def test_requirement_is_looked_for_in_the_environment(requirement: str, is_there: bool) -> None:
    assert runner._is_installed(requirement) is is_there


def test_missing_chromium_is_told_with_the_command_that_gets_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert chromium.find() is None
    assert runner.get_chromium() is False
    assert "sudo apt-get install -y chromium" in capsys.readouterr().err


def test_chromium_is_found_under_any_of_its_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "google-chrome"
    path.touch(mode=0o755)
    assert chromium.find() == str(path)
