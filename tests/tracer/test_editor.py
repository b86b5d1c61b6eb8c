"""From a place to a file, and to the link that opens it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tracer import conf
from tracer.editor import editor_url, file_of
from tracer.words import place_words

if TYPE_CHECKING:
    from pytest_django import Settings

HERE = Path(__file__)
ROOT = conf.project_folder()


def load(path: Path, monkeypatch: pytest.MonkeyPatch, file: Path | None = None) -> None:
    path.write_text("")
    module = ModuleType(path.stem)
    module.__file__ = str(file or path)
    monkeypatch.setitem(sys.modules, path.stem, module)


def test_no_link_without_the_setting(settings: Settings) -> None:
    settings.SIGNALBOX = {}
    assert editor_url("/srv/app.py", 3) is None


@pytest.mark.parametrize(
    ("editor", "url"),
    [
        ("vscode", "vscode://file/srv/a%20b/app.py:3"),
        ("pycharm", "pycharm://open?file=/srv/a%20b/app.py&line=3"),
        ("zed", "zed://file/srv/a%20b/app.py:3"),
        ("sublime", "subl://open?url=file:///srv/a%20b/app.py&line=3"),
        ("idea://open?file={path}&line={line}", "idea://open?file=/srv/a%20b/app.py&line=3"),
        ("txmt://open?url=file://{path}", "txmt://open?url=file:///srv/a%20b/app.py"),
    ],
)
def test_each_editor_has_its_own_link(settings: Settings, editor: str, url: str) -> None:
    settings.SIGNALBOX = {"EDITOR": editor}
    assert editor_url("/srv/a b/app.py", 3) == url


def test_nothing_in_a_path_gets_out_of_it(settings: Settings) -> None:
    settings.SIGNALBOX = {"EDITOR": "pycharm"}
    path = "/srv/?a=1&line=9#x/{line}/\"><b>'%41\n/é.py"
    url = editor_url(path, 3)
    assert url is not None
    query = parse_qs(urlsplit(url).query)
    assert query == {"file": [path], "line": ["3"]}
    assert not set("\"'<> \n{}") & set(url)
    assert unquote(url.partition("file=")[2].partition("&")[0]) == path


@pytest.mark.parametrize("suffix", ["", " function", " Class.method.<locals>.<lambda>"])
def test_place_leads_back_to_its_file(suffix: str) -> None:
    for file in (str(HERE), pytest.__file__):
        assert file is not None
        assert file_of(place_words(file, 12) + suffix) == (file, 12)


def test_project_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    ours = HERE.relative_to(ROOT)
    (tmp_path / ours.parent).mkdir(parents=True)
    (tmp_path / ours).write_text("")
    load(tmp_path / "only_there.py", monkeypatch)
    assert file_of(f"{ours}:1") == (str(HERE), 1)
    assert file_of("only_there.py:2") == (str(tmp_path / "only_there.py"), 2)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "README.md:1",
        "pyproject.toml:1",
        "tests/settings.py",
        "tests/settings.py:",
        "tests/settings.py:-1",
        "tests/settings.py:12345678901234567890",
        "tests/absent.py:1",
        "tests:1",
        "../main/tests/settings.py:1",
        "tests/../tests/settings.py:1",
        "tests/..\\settings.py:1",
        f"{HERE}:1",
        "/etc/passwd:1",
        "tests/settings.py\x00.py:1",
        "a" * 280 + ".py:1",
        "a/" * 5_000 + "b.py:1",
        "\udcff\ud800.py:1",
    ],
)
def test_what_is_no_source_of_the_project_or_the_path_leads_nowhere(place: str) -> None:
    assert file_of(place) is None


def test_source_of_no_loaded_module_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "secrets_of_another.py").write_text("")
    assert file_of("secrets_of_another.py:1") is None
    place = f"{HERE.relative_to(ROOT)}:1"
    assert file_of(place) == (str(HERE), 1)
    monkeypatch.delitem(sys.modules, __name__)
    assert file_of(place) is None
    # Nor is a module asked for it, as one that loads on access would be.
    asked: list[str] = []
    kind = type("Lazy", (ModuleType,), {"__getattr__": lambda _, name: asked.append(name)})
    monkeypatch.setitem(sys.modules, "signalbox_lazy", kind("signalbox_lazy"))
    assert file_of("secrets_of_another.py:1") is None
    assert not asked


def test_loaded_module_is_found_over_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    monkeypatch.setattr(sys, "path", [str(link)])
    load(real / "signalbox_linked.py", monkeypatch)
    assert file_of("signalbox_linked.py:4") == (str(link / "signalbox_linked.py"), 4)


def test_folder_that_may_not_be_entered_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    real_stat = os.stat

    def forbidden(path: str | Path, **given: bool) -> os.stat_result:
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real_stat(path, **given)

    monkeypatch.setattr(os, "stat", forbidden)
    assert file_of("closed/module.py:1") is None
