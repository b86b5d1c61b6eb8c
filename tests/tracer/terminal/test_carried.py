"""`manage.py signals export` and `import`, run as processes, in the project that made the recording and in another."""

from __future__ import annotations

import io
import json
import re

import pytest

from tests.tracer.terminal.project import Project
from tracer import recordings

SEND = """
    from shop.models import Order
    from shop.receivers import order_placed, Signal
    order_placed.send(sender=Order, number=1)
    order_placed.send(sender=Order, number=2)
"""


def test_export_is_a_header_and_one_record_a_line(project: Project) -> None:
    project.shell(SEND)
    done = project.signals("export", "signal:order_placed")
    assert done.returncode == 0, done.stderr
    first, *rows = map(json.loads, done.stdout.splitlines())
    assert first["format"] == "signalbox-recording"
    assert first["version"] == 1
    assert first["filter"] == "signal:order_placed"
    assert first["records"] == len(rows) == 2
    assert first["project"] == project.folder.name
    assert [row["arguments"]["number"] for row in rows] == [1, 2]
    assert done.stderr == "2 records exported.\n"
    recording = recordings.read(io.BytesIO(done.stdout.encode()))
    assert list(recording.records) == [
        one for one in project.recorded() if one.signal == "shop.receivers.order_placed"
    ]


def test_export_excludes_and_writes_a_file(project: Project) -> None:
    project.shell(SEND)
    target = project.folder / "out.ndjson"
    done = project.signals(
        "export", "-arg:number=1", "signal:order_placed", "--output", str(target)
    )
    assert done.stdout == ""
    assert len(target.read_bytes().splitlines()) == 2


def test_import_keeps_it_in_another_project_and_its_store_as_it_is(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project.shell(SEND)
    exported = project.signals("export").stdout
    other = Project(tmp_path_factory.mktemp("other"))
    (other.folder / "checkout.ndjson").write_text(exported, encoding="utf-8")
    done = other.signals("import", "checkout.ndjson")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("checkout.ndjson: ")
    assert re.search(
        r": \d+ records, made \d{4}-\d\d-\d\d \d\d:\d\d:\d\d on .+ by signals \d+@", done.stdout
    )
    assert "This project has no page" in done.stdout
    shelf = recordings.Shelf(other.folder / ".signalbox" / "signalbox.recordings")
    (shelved,) = shelf.all()
    assert shelved.header.project == project.folder.name
    assert other.recorded() == []


def test_import_reads_the_input_under_a_given_name(project: Project) -> None:
    project.shell(SEND)
    exported = project.signals("export").stdout
    done = project.signals("import", "-", "--name", "mine \u202e\x1b[31m", typed=exported)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mine ⟨202E⟩␛[31m: ")


def test_what_is_no_recording_is_told_without_a_traceback(project: Project) -> None:
    done = project.signals("import", "-", typed="[1]")
    assert done.returncode == 1
    assert "Line 1: expected the header of a recording" in done.stderr
    assert "Traceback" not in done.stderr


def test_file_that_is_not_there_is_told(project: Project) -> None:
    done = project.signals("import", "nothere.ndjson")
    assert done.returncode == 1
    assert done.stderr.strip().endswith("nothere.ndjson cannot be read: No such file or directory.")


def test_filter_that_does_not_parse_is_told_at_its_place(project: Project) -> None:
    done = project.signals("export", "is:nothing")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "^^^^^^^" in done.stderr


def test_memory_cannot_be_exported_from_another_process(project: Project) -> None:
    project.write("settings.py", 'SIGNALBOX = {"STORE": "memory"}\n', adds=True)
    done = project.signals("export")
    assert done.returncode == 1
    assert "export from the page" in done.stderr
