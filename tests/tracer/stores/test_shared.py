"""Which store a process uses, by the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.conftest import WaitUntil
from tests.tracer.stores.conftest import dispatch
from tracer.exceptions import StoreError
from tracer.stores import Control, close_shared, leave_stand_in, open_store, shared


def test_all_ask_for_the_same_store_until_it_is_closed(settings: Settings) -> None:
    settings.SIGNALBOX = {"STORE": "memory"}
    store = shared()
    store.append([dispatch(1)])
    assert shared() is store
    close_shared()
    assert shared() is not store
    assert shared().count() == 0


def test_other_settings_open_another_store(settings: Settings, tmp_path: Path) -> None:
    settings.SIGNALBOX = {"STORE": "memory"}
    assert shared().name == "memory"
    settings.SIGNALBOX = {"STORE": f"sqlite:///{tmp_path}/box.sqlite3"}
    store = shared()
    assert store.name == f"sqlite {tmp_path}/box.sqlite3"
    settings.SIGNALBOX = {"STORE": f"sqlite:///{tmp_path}/box.sqlite3", "SLOW_MS": 5}
    assert shared() is store


def test_both_capacities_are_the_settings(settings: Settings) -> None:
    settings.SIGNALBOX = {"STORE": "memory", "CAPACITY": 100}
    before = shared()
    settings.SIGNALBOX = {"STORE": "memory", "CAPACITY": 100, "CAPACITY_MB": 1}
    store = shared()
    assert store is not before
    for first in range(0, 60, 10):
        store.append([dispatch(first + number, thread="x" * 50_000) for number in range(10)])
    assert 15 <= store.count() <= 20


def test_default_is_a_file_in_the_project_that_git_ignores(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = tmp_path
    settings.SIGNALBOX = {}
    monkeypatch.chdir(tmp_path)
    assert shared().name == "sqlite .signalbox/signalbox.sqlite3"
    assert (tmp_path / ".signalbox" / "signalbox.sqlite3").is_file()
    assert (tmp_path / ".signalbox" / ".gitignore").read_text() == "*\n"


def test_file_that_hides_the_folder_is_written_again_after_a_disk_that_was_full(
    settings: Settings, tmp_path: Path
) -> None:
    settings.BASE_DIR = tmp_path
    settings.SIGNALBOX = {}
    ignore = tmp_path / ".signalbox" / ".gitignore"
    ignore.parent.mkdir()
    ignore.touch()
    shared()
    assert ignore.read_text() == "*\n"


def test_default_is_in_the_working_directory_without_base_dir(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del settings.BASE_DIR
    settings.SIGNALBOX = {"STORE": "sqlite"}
    monkeypatch.chdir(tmp_path)
    shared()
    assert (tmp_path / ".signalbox" / "signalbox.sqlite3").is_file()


def test_relative_path_is_relative_to_the_project(settings: Settings, tmp_path: Path) -> None:
    settings.BASE_DIR = str(tmp_path)
    open_store("sqlite:///var/box.sqlite3", 100).close()
    assert (tmp_path / "var" / "box.sqlite3").is_file()
    assert not (tmp_path / "var" / ".gitignore").exists()


def test_unusable_file_makes_it_memory_and_the_notice_says_why(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.SIGNALBOX = {"STORE": f"sqlite:///{tmp_path}/file/box.sqlite3"}
    store = shared()
    assert store.name == "memory"
    assert store.notice is not None
    assert f"{tmp_path}/file/box.sqlite3 cannot be used" in store.notice
    store.append([dispatch(1)])
    assert shared().count() == 1


def test_wrong_setting_makes_it_memory_and_the_notice_says_why(settings: Settings) -> None:
    settings.SIGNALBOX = {"CAPACITY": "many"}
    store = shared()
    assert store.name == "memory"
    assert 'SIGNALBOX["CAPACITY"]: expected' in (store.notice or "")


def test_unknown_store_is_refused_with_a_sentence() -> None:
    with pytest.raises(StoreError, match="names no store"):
        open_store("mysql://secret@host", 100)


def test_memory_that_stands_in_hands_over_what_it_has_as_soon_as_the_file_can_be_opened(
    settings: Settings, tmp_path: Path, wait_until: WaitUntil
) -> None:
    in_the_way = tmp_path / "folder"
    in_the_way.touch()
    settings.SIGNALBOX = {"STORE": f"sqlite:///{in_the_way}/box.sqlite3"}
    stand_in = shared()
    stand_in.append([dispatch(number) for number in range(2_500)])
    stand_in.set_control(Control(muted=("some.signal",)))
    leave_stand_in()
    assert shared() is stand_in
    in_the_way.unlink()

    def has_left() -> bool:
        leave_stand_in()
        return shared() is not stand_in

    wait_until(has_left)
    store = shared()
    assert store.name == f"sqlite {in_the_way}/box.sqlite3"
    assert store.notice is None
    assert [record.id for _, record in store.read(0, 5_000)] == [f"t-{n}" for n in range(2_500)]
    assert store.control().muted == ("some.signal",)
    with pytest.raises(StoreError, match="closed"):
        stand_in.append([dispatch(1)])


def test_memory_that_the_settings_ask_for_stands_in_for_nothing(settings: Settings) -> None:
    settings.SIGNALBOX = {"STORE": "memory"}
    store = shared()
    leave_stand_in()
    assert shared() is store
