"""The source view: what it opens is a module's source that has to do with signals, whoever asks and however."""

from __future__ import annotations

import io
import re
import sys
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from django.dispatch import Signal
from django.test import Client

from dashboard.feed import Feed
from tests.dashboard.conftest import make_call, make_dispatch
from tracer import recordings
from tracer.stores import Store

SECRET = "SECRET_KEY = 'zebra-in-the-settings'"
MODULE = f'''
"""Settings, or what else a project imports."""
{SECRET}
DATABASES = dict(PASSWORD="zebra")
DEBUG = bool(DATABASES)


def from_the_vault():
    return open("/run/zebra").read()
'''


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return a module that is loaded from the path, holds a secret, and has nothing to do with signals."""
    file = tmp_path / "project_secrets.py"
    file.write_text(MODULE)
    module = ModuleType("project_secrets")
    module.__file__ = str(file)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setitem(sys.modules, "project_secrets", module)
    return module


def opened(**asked: str) -> str:
    answer: Any = Client(SERVER_NAME="localhost").get(f"/signals/opened/?{urlencode(asked)}")
    assert answer.status_code == 200
    return str(answer.getvalue().decode())


def source_in(page: str) -> str:
    """Return the text of the sources that a page shows."""
    return unescape(
        re.sub(
            r"<[^>]+>", "", "".join(re.findall(r'<ol class="sb-lines">.*?</ol>', page, re.DOTALL))
        )
    )


def forged(place: str) -> Any:
    """Return what another process that shares the store may say: each of its places is this one."""
    call = make_call(place=place, raised_at=place, error="E", receiver="a.b.gone")
    return make_dispatch(id="f-1", call_site=place, calls=(call,), signal="a.b.sent")


FILES = [
    "/etc/passwd:1 f",
    "/etc/passwd.py:1 f",
    "../../../../etc/passwd:1 f",
    "..\\..\\windows\\win.ini:1 f",
    "file:///etc/passwd:1 f",
    "README.md:1 f",
    "pyproject.toml:1 f",
    "tests/attacks/../settings.py:1 f",
    "./tests/settings.py:1 f",
    "/proc/self/environ:1 f",
    "/dev/zero:1 f",
    ".git/config:1 f",
    "tests/settings.py\x00:1 f",
    "project_secrets.py:3",
    "project_secrets.py:3 <module>",
    "project_secrets.py:4 from_the_vault",
    "project_secrets.py:1",
    "project_secrets.py:5 <module>",
]


@pytest.mark.parametrize("place", FILES)
def test_forged_place_leads_to_no_file(place: str, store: Store, secrets: ModuleType) -> None:
    store.append([forged(place)])
    for at in ("site", "call-0", "raised-0"):
        page = opened(open="f-1", at=at)
        assert source_in(page) == ""
        assert "zebra" not in page
        assert "root:x:" not in page


def test_forged_place_leads_to_a_function_alone(store: Store, secrets: ModuleType) -> None:
    store.append([forged("project_secrets.py:9 from_the_vault")])
    shown = source_in(opened(open="f-1", at="site"))
    assert "def from_the_vault" in shown
    assert "zebra-in-the-settings" not in shown
    assert "DATABASES" not in shown


def test_module_that_defines_a_signal_is_shown_around_its_places(
    store: Store, secrets: ModuleType
) -> None:
    # At the level of the module, where signals are made and receivers connected.
    signal = Signal()
    secrets.sent = signal  # type: ignore[attr-defined]

    def receiver(**_: object) -> None:
        pass

    signal.connect(receiver)
    store.append([forged("project_secrets.py:5 <module>")])
    assert "DEBUG = bool" in source_in(opened(open="f-1", at="site"))


@pytest.mark.parametrize(
    "at",
    [
        "/etc/passwd", "../../etc/passwd:1", "tests/settings.py:1", "site/../../x", "call-/etc/passwd", "call--1",
        "call-9999999", "raised-" + "9" * 5_000, "site\x00", "connected-/etc/passwd", "gone-1", "ended-0",
        "file:///etc/passwd", "call-٣", "call-0:tests/settings.py:1", "{{ settings.SECRET_KEY }}", "%2e%2e%2f",
    ],
)  # fmt: skip
def test_no_address_names_a_file(at: str, store: Store) -> None:
    store.append([forged("nowhere.py:1 f")])
    for open_ in ("f-1", "../../etc/passwd", f"receiver:a.b.sent {at}", f"signal:{at}"):
        page = opened(open=open_, at=at)
        assert source_in(page) == ""
        assert "root:x:" not in page


@pytest.mark.parametrize(
    "path",
    [
        "recordings/../../../etc/passwd/", "recordings/..%2f..%2fetc%2fpasswd/", "recordings/%2e%2e/",
        "recordings/a%00/",
        "recordings/a.ndjson/export/", "recordings/%2fetc%2fpasswd/export/", "../../etc/passwd", "written/../../../x",
    ],
)  # fmt: skip
def test_no_path_of_a_request_is_one_of_a_file(path: str) -> None:
    answer: Any = Client(SERVER_NAME="localhost").get(f"/signals/{path}")
    assert answer.status_code == 404
    assert b"root:x:" not in answer.getvalue()


def test_recording_opens_no_file_at_all(settings: Any, secrets: ModuleType, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    records = [forged("project_secrets.py:9 from_the_vault")]
    lines = b"".join(recordings.lines(records, recordings.header_for(1)))
    kept = recordings.shelf().add(io.BytesIO(lines), "../../a.ndjson")
    for at in ("site", "call-0", "raised-0"):
        answer: Any = Client(SERVER_NAME="localhost").get(
            f"/signals/recordings/{kept.id}/opened/?open=f-1&at={at}"
        )
        assert "a.b.gone" in answer.getvalue().decode()
        assert source_in(answer.getvalue().decode()) == ""
