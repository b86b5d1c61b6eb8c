"""The transactions of two databases that are open at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections, transaction
from django.dispatch import Signal

import tracer

sent = Signal()


class Unwell(Exception):
    """What a block here raises."""


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, django_db_setup, django_db_blocker):
    """Return the alias of a second database."""
    settings = {**connections.databases["default"], "NAME": str(tmp_path / "other.sqlite3")}
    monkeypatch.setitem(connections.databases, "other", settings)
    with django_db_blocker.unblock():
        yield "other"
        connections["other"].close()
    del connections["other"]


def test_each_database_has_its_own(other: str) -> None:
    with tracer.capture("signal:sent") as dispatches, transaction.atomic():
        with pytest.raises(Unwell), transaction.atomic(using=other):  # noqa: PT012
            sent.send(None, using="default")
            sent.send(None, using=other)
            sent.send(None)
            sent.send(None, using="elsewhere")
            raise Unwell
        sent.send(None)
    assert [(each.database, each.transaction) for each in dispatches] == [
        ("default", "committed"),
        ("other", "rolled back"),
        ("other", "rolled back"),
        (None, None),
        ("default", "committed"),
    ]
