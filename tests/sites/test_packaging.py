"""The built wheel, installed into a new project with the README's four edits."""

from __future__ import annotations

import re
import socket
import textwrap
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from tests.conftest import WaitUntil
from tests.sites.project import CHECKOUT, LIMIT_S, Project, readme_edits, run


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


HINT = re.compile(r"    (\w+ (?:this|these) .*) (\S+\.py):\n\n((?: {8}.+\n|\n)+)")


def test_doctor_leads_from_one_edit_to_the_next(project: Project) -> None:
    project.edit("settings.py", 'INSTALLED_APPS = ["tracer",')
    edited = []
    while (hint := HINT.search(project.manage("signals", "doctor", fails=None))) is not None:
        where, file, block = hint[1], hint[2].removeprefix("project/"), textwrap.dedent(hint[3])
        project.edit(file, f"INSTALLED_APPS\n{block}" if "INSTALLED_APPS" in where else block)
        edited.append(file)
        assert len(edited) <= 4
    assert edited == ["settings.py", "settings.py", "asgi.py", "urls.py"]
    assert "no issues" in project.manage("check")


def test_page_opens_in_a_project_with_the_four_edits(site: Project, wait_until: WaitUntil) -> None:
    with site.served() as address:
        page = get(f"http://{address}/signals/")
        files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
        assert any("signalbox/" in path for path in files)
        assert any("django_htmx/" in path for path in files)
        for path in files:
            get(f"http://{address}{path}")

        feed = re.search(r'hx-ws:connect="([^"]+)"', page)
        assert feed is not None
        assert shake_hands(address, feed[1], f"http://{address}").startswith("HTTP/1.1 101")
        foreign = shake_hands(address, feed[1], "http://elsewhere.example")
        assert foreign.startswith("HTTP/1.1 403")

        get(f"http://{address}/admin/login/")
        row = r'<tr [^>]*data-id="[^"]+">.*?data-value="django.core.signals.request_started"'
        filtered = f"http://{address}/signals/?filter=origin:/admin/login/"
        wait_until(lambda: re.search(row, get(filtered), flags=re.DOTALL), timeout_s=LIMIT_S)
        assert (site.folder / ".signalbox" / ".gitignore").read_text() == "*\n"


def test_page_and_tracer_are_the_installed_ones(new_project: Project) -> None:
    said = run(
        new_project.python,
        "-c",
        "import dashboard, tracer; print(dashboard.__file__, tracer.__file__)",
        cwd=new_project.folder,
    )
    assert str(CHECKOUT) not in said
