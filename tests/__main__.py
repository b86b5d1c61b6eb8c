"""
`python -m tests [--fast] [pytest's options…]`: get what the suite needs, then run all of it.

Uses the standard library alone, since nothing else is there before it has run.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests import chromium

CHECKOUT = Path(__file__).resolve().parent.parent
TEMPLATES = (CHECKOUT / "templates", CHECKOUT / "demo_site")

SPREAD = ["-n", "2", "--dist", "loadfile"]
"""Two workers, each with whole files: a file's server and browser are started once. `-n 0` behind it takes it back."""

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
APT_GET = ("apt-get", "install", "-y", "chromium")


def main(arguments: Sequence[str]) -> int:
    """Return 0 when everything passed, else 1 or pytest's own exit code."""
    is_fast = "--fast" in arguments
    options = [argument for argument in arguments if argument != "--fast"]
    os.chdir(CHECKOUT)
    # What the caller's shell says of another project must not choose our settings or our files.
    for name in ("DJANGO_SETTINGS_MODULE", "DEMO_SITE_DATA", "DEMO_SITE_RECORDING"):
        os.environ.pop(name, None)
    if not (has_requirements() or get_requirements()):
        return 1
    if not (is_fast or chromium.find() or get_chromium()):
        return 1
    failed = [title for title, command in checks() if not run(title, command)]
    if failed:
        print(f"\nFailed so far: {', '.join(failed)}. The tests follow.", flush=True)
    marks = ["-m", "not slow"] if is_fast else []
    heading("pytest")
    code = subprocess.run([sys.executable, "-m", "pytest", *SPREAD, *marks, *options]).returncode
    return code or int(bool(failed))


def checks() -> Iterable[tuple[str, list[str]]]:
    """Return each check's title and command; pytest is not among them, it comes last."""
    ruff = [sys.executable, "-m", "ruff"]
    pages = sorted(str(page) for folder in TEMPLATES for page in folder.rglob("*.html"))
    djade = str(Path(sysconfig.get_path("scripts"), "djade"))
    return [
        ("ruff check", [*ruff, "check"]),
        ("ruff format --check", [*ruff, "format", "--check"]),
        ("mypy", [sys.executable, "-m", "mypy"]),
        ("djade --check", [djade, "--check", *pages]),
    ]


def run(title: str, command: Sequence[str]) -> bool:
    """Run a check under its heading; say how it ended, since djade says nothing."""
    heading(title)
    try:
        code = subprocess.run(command).returncode
    except OSError as error:
        print(f"{command[0]} cannot be run: {error}", flush=True)
        return False
    print("passed" if code == 0 else f"failed, exit code {code}", flush=True)
    return code == 0


def heading(title: str) -> None:
    """Begin a part of the output."""
    print(f"\n── {title} {'─' * (76 - len(title))}", flush=True)


def has_requirements() -> bool:
    """Return whether this environment runs this checkout and has what its `test` extra names."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    return _is_this_checkout(project["name"]) and all(map(_is_installed, needed))


def _is_this_checkout(name: str) -> bool:
    try:
        origin = importlib.metadata.distribution(name).read_text("direct_url.json") or ""
    except importlib.metadata.PackageNotFoundError:
        return False
    return f'"{CHECKOUT.as_uri()}"' in origin and '"editable": true' in origin


def _is_installed(requirement: str) -> bool:
    match = re.fullmatch(r"([\w.-]+)>=([\d.]+)", requirement)
    if match is None:
        return False  # More than this reads; pip will know.
    try:
        version = importlib.metadata.version(match[1])
    except importlib.metadata.PackageNotFoundError:
        return False
    return _numbers(version) >= _numbers(match[2])


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version.split("+")[0])]


def get_requirements() -> bool:
    """Install the checkout with its `test` extra into this interpreter's environment."""
    heading("pip install -e .[test]")
    command = [*PIP, "install", "--quiet", "--root-user-action=ignore", "-e", ".[test]"]
    if subprocess.run(command).returncode == 0:
        return True
    print(f"The tests need what could not be installed: {' '.join(command)}", file=sys.stderr)
    return False


def get_chromium() -> bool:
    """Install Debian's Chromium when that is allowed, else say how it is done."""
    heading(" ".join(APT_GET))
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("apt-get", "update", "-q"), APT_GET):
            subprocess.run(command, env=environment)
        if chromium.find():
            return True
    print(
        f"The browser tests need Chromium, and there is none on the path: {chromium.NAMES}.\n"
        "On Debian or Ubuntu it comes with this command; then run the tests again:\n\n"
        f"    sudo apt-get update && sudo {' '.join(APT_GET)}\n\n"
        "`python -m tests --fast` runs the tests that need neither browser nor server.",
        file=sys.stderr,
    )
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
