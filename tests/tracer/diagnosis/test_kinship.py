"""What classes of senders are to each other, in an app of its own: abstract, multi-table and historical models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tracer.invisible import programs

MODELS = """
from django.db import models

class Base(models.Model):
    class Meta:
        abstract = True

class Place(Base):
    pass

class Bar(Place):
    pass

class Corner(Place):
    class Meta:
        proxy = True

class Nook(Place):
    class Meta:
        proxy = True

class Other(Base):
    pass
"""

PROGRAM = """
from django.test.utils import override_settings
from django.db.models.signals import post_save, post_delete
from tracer.diagnosis import explain, unsent

def receives(**_): ...

with override_settings(INSTALLED_APPS=["town"]):
    from town.models import *

    def said(signal, connected, sent):
        signal.connect(receives, sender=connected)
        with tracer.capture() as dispatches:
            signal.send(sent, instance=sent(pk=7))
        for each in explain(dispatches[0]).uncalled:
            print(each.reason, "|", each.text, "|", each.mend)
        signal.disconnect(receives, sender=connected)
"""


def run(tmp_path: Path, *lines: str) -> list[str]:
    """Run a program around these lines, and return what it printed."""
    town = tmp_path / "town"
    town.mkdir()
    (town / "__init__.py").touch()
    (town / "models.py").write_text(MODELS)
    body = PROGRAM + "".join(f"    {line}\n" for line in lines)
    return programs.run(tmp_path, body).splitlines()


@pytest.mark.parametrize(
    ("connected", "sent", "said"),
    [
        ("Base", "Place", "town.Base, an abstract parent of town.Place"),
        ("Place", "Bar", "town.Place, a parent of town.Bar"),
        ("Bar", "Place", "town.Bar, a child of town.Place"),
        ("Corner", "Nook", "town.Corner, another proxy of town.Place"),
        ("Corner", "Bar", "town.Corner, a proxy of a parent of town.Bar"),
    ],
)
def test_kin_is_named(tmp_path: Path, connected: str, sent: str, said: str) -> None:
    (line,) = run(tmp_path, f"said(post_save, {connected}, {sent})")
    assert line.startswith(
        f"related | It is connected for {said}: Django matches the very class. |"
    )


def test_abstract_model_is_never_sent(tmp_path: Path) -> None:
    (line,) = run(tmp_path, "said(post_save, Base, Place)")
    assert line.endswith(
        "| Connect it for town.Place, and for each other child of town.Base: no town.Base is ever sent."
    )


def test_siblings_are_no_kin(tmp_path: Path) -> None:
    (line,) = run(tmp_path, "said(post_save, Other, Place)")
    assert line.startswith("sender | ")


def test_parent_gets_a_dispatch_of_its_own_from_a_delete_and_none_from_a_save(
    tmp_path: Path,
) -> None:
    deleted, saved = run(tmp_path, "said(post_delete, Place, Bar)", "said(post_save, Place, Bar)")
    assert "Deleting a town.Bar sends post_delete from town.Place too" in deleted
    assert "from town.Place too" not in saved


HISTORICAL = """
from django.db.migrations.state import ModelState, ProjectState
state = ProjectState()
state.add_model(ModelState.from_model(Place))
Historical = state.apps.get_model("town", "Place")
""".strip().splitlines()


def test_historical_model_of_a_migration_is_another_class_of_the_same_label(
    tmp_path: Path,
) -> None:
    (line,) = run(tmp_path, *HISTORICAL, "said(post_save, Place, Historical)")
    assert line.startswith(
        "related | It is connected for town.Place, and the sender was the historical model"
    )


def test_receiver_of_the_real_model_runs_though_a_historical_one_lives(tmp_path: Path) -> None:
    assert run(tmp_path, *HISTORICAL, "said(post_save, Place, Place)") == []


def test_who_saves_and_deletes_with_whom_is_said_of_multi_table_models_only(tmp_path: Path) -> None:
    asked = [
        f'print(*unsent("django.db.models.signals.{signal}", "town.{sender}"), sep=" ~ ")'
        for signal, sender in (
            ("post_save", "Bar"),
            ("post_save", "Place"),
            ("pre_delete", "Bar"),
            ("post_save", "Other"),
        )
    ]
    bar, place, deleted, other = run(tmp_path, *asked)
    assert "Saving a town.Bar sends no post_save from town.Place" in bar
    assert "Saving town.Bar saves a row of town.Place, and sends no post_save from it." in place
    assert "Deleting a town.Bar sends pre_delete from town.Place too" in deleted
    assert "multi-table" not in bar + place + deleted
    assert "town." not in other
    assert "multi-table" in other


def test_what_is_said_of_multi_table_models_holds(tmp_path: Path) -> None:
    (line,) = run(
        tmp_path,
        "from django.db import connection",
        "with connection.schema_editor() as editor:",
        "    editor.create_model(Place)",
        "    editor.create_model(Bar)",
        "post_delete.connect(receives)",
        "with tracer.capture('signal:post_save,post_delete') as dispatches:",
        "    bar = Bar.objects.create()",
        "    bar.delete()",
        "print([(each.signal.split('.')[-1], each.sender) for each in dispatches])",
    )
    assert line == (
        "[('post_save', 'town.Bar'), ('post_delete', 'town.Bar'), ('post_delete', 'town.Place')]"
    )
