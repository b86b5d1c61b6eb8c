"""The built wheel, installed into a new project with the README's four edits."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import django
import pytest

from tests.conftest import WaitUntil

CHECKOUT = Path(__file__).resolve().parent.parent
LIMIT_S = 60.0

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command as somebody who does not know the checkout; return what it says."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    foreign = ("PYTHONPATH", "DJANGO_SETTINGS_MODULE", "DEMO_SITE_DATA", "RUN_MAIN")
    given = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**given, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, CHECKOUT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@dataclasses.dataclass(frozen=True)
class Project:
    """A project made by `startproject`, and the interpreter that runs it."""

    folder: Path
    python: Path

    def manage(self, *arguments: str) -> str:
        return run(self.python, "manage.py", *arguments, cwd=self.folder)

    def edit(self, module: str, block: str) -> None:
        """Put a block of the README into one of the project's modules."""
        path = self.folder / "project" / module
        text = path.read_text()
        if "INSTALLED_APPS" in block:
            apps = "".join(f'    "{name}",\n' for name in re.findall(r'"(.+)",', block))
            text = text.replace("INSTALLED_APPS = [\n", f"INSTALLED_APPS = [\n{apps}")
        else:
            text = f"{text}\n{block}"
        path.write_text(text)


@pytest.fixture(scope="module")
def new_project(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project without any of the edits, with the wheel in its environment."""
    folder = tmp_path_factory.mktemp("host")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = f"django=={django.get_version()}"
    run(python, "-m", "pip", "install", "--quiet", wheel, wanted, cwd=folder)
    run(python, "-m", "django", "startproject", "project", folder, cwd=folder)
    return Project(folder, python)


@pytest.fixture
def project(new_project: Project, tmp_path: Path) -> Project:
    """A copy of the new project for one test to edit."""
    ignored = shutil.ignore_patterns("venv", "__pycache__")
    folder = shutil.copytree(new_project.folder, tmp_path / "site", ignore=ignored)
    return Project(folder, new_project.python)


def readme_edits() -> Sequence[tuple[str, str]]:
    """Return the module and the block of each edit that the README shows."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Add it to your project")[1].split("\n## ")[0]
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", section, flags=re.DOTALL | re.MULTILINE)
    edits = []
    for block in map(textwrap.dedent, blocks):
        named = re.match(r"# (settings|asgi|urls)\.py", block)
        if named is not None:
            edits.append((f"{named[1]}.py", block))
    return edits


def test_wheel_holds_the_packages_with_their_pages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tracer", "dashboard"}
    assert {"tracer/py.typed", "dashboard/py.typed"} <= set(names)
    for folder in ("templates", "static"):
        source = CHECKOUT / folder
        files = [path for path in source.rglob("*") if path.is_file()]
        assert files
        assert {f"dashboard/{folder}/{path.relative_to(source)}" for path in files} <= set(names)


def test_readme_shows_four_edits() -> None:
    modules = [module for module, _ in readme_edits()]
    assert modules == ["settings.py", "settings.py", "asgi.py", "urls.py"]


def test_each_edit_that_is_missing_is_named_with_its_lines(project: Project) -> None:
    edits = readme_edits()
    project.edit(*edits[0])
    said = project.manage("check")
    for number, (_, block) in zip(("W103", "W104", "W105"), edits[1:], strict=True):
        if number == "W104":
            continue  # It is asked for once ASGI_APPLICATION says which module it is.
        assert f"signalbox_dashboard.{number}" in said
        for line in block.splitlines()[1:]:
            assert line in said
    project.edit(*edits[1])
    project.edit(*edits[3])
    said = project.manage("check")
    assert "signalbox_dashboard.W104" in said
    assert "project/asgi.py" in said
    for line in edits[2][1].splitlines()[1:]:
        assert line in said
    project.edit(*edits[2])
    assert "no issues" in project.manage("check")


@pytest.fixture
def site(project: Project, wait_until: WaitUntil) -> Iterator[str]:
    """The edited project behind `runserver`; its address."""
    for module, block in readme_edits():
        project.edit(module, block)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    log = project.folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [project.python, "manage.py", "runserver", address, "--noreload"],
            cwd=project.folder,
            env=environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: is_up(address) or server.poll() is not None, timeout_s=LIMIT_S)
        assert server.poll() is None, log.read_text()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=LIMIT_S)


def is_up(address: str) -> bool:
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=LIMIT_S) as response:
        assert response.status == 200
        return str(response.read().decode())


def shake_hands(address: str, path: str, origin: str) -> str:
    """Ask for a socket and return the status line of the answer."""
    host, port = address.split(":")
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {address}",
        f"Origin: {origin}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "\r\n",
    ]
    with socket.create_connection((host, int(port)), timeout=LIMIT_S) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return connection.makefile("rb").readline().decode().strip()


def test_page_opens_in_a_project_with_the_four_edits(
    project: Project, site: str, wait_until: WaitUntil
) -> None:
    page = get(f"http://{site}/signals/")
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert any("signalbox/" in path for path in files)
    assert any("django_htmx/" in path for path in files)
    for path in files:
        get(f"http://{site}{path}")

    feed = re.search(r'hx-ws:connect="([^"]+)"', page)
    assert feed is not None
    assert shake_hands(site, feed[1], f"http://{site}").startswith("HTTP/1.1 101")
    assert shake_hands(site, feed[1], "http://elsewhere.example").startswith("HTTP/1.1 403")

    get(f"http://{site}/admin/login/")
    row = r'<tr [^>]*data-id="[^"]+">.*?data-value="django.core.signals.request_started"'
    filtered = f"http://{site}/signals/?filter=origin:/admin/login/"
    wait_until(lambda: re.search(row, get(filtered), flags=re.DOTALL), timeout_s=LIMIT_S)
    assert (project.folder / ".signalbox" / ".gitignore").read_text() == "*\n"


def test_page_and_tracer_are_the_installed_ones(new_project: Project) -> None:
    said = run(
        new_project.python,
        "-c",
        "import dashboard, tracer; print(dashboard.__file__, tracer.__file__)",
        cwd=new_project.folder,
    )
    assert str(CHECKOUT) not in said
