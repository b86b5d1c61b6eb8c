"""Records to keep, and stores to keep them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracer.dispatches import Dispatch, Marker
from tracer.stores import Store, open_store

Open = Callable[..., Store]
STOP = Marker(id="t-m1", process="pytest 1@here", kind="stopped", at_us=1)


@pytest.fixture
def open_sqlite(tmp_path: Path) -> Iterator[Open]:
    """Open the same file of this test as often as it likes; all are closed at its end."""
    opened: list[Store] = []

    def open_(path: Path = tmp_path / "signalbox.sqlite3", capacity: int = 1000) -> Store:
        opened.append(open_store(f"sqlite:///{path}", capacity))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store in turn, with room for five."""
    match request.param:
        case "sqlite":
            url = f"sqlite:///{tmp_path / 'signalbox.sqlite3'}"
        case "redis":
            url = request.getfixturevalue("redis_server").url
        case _:
            url = "memory"
    store = open_store(url, 5)
    yield store
    store.close()


def dispatch(number: int, **fields: object) -> Dispatch:
    """Return a plain record; `number` becomes its id and its start."""
    given: dict[str, object] = {
        "id": f"t-{number}",
        "process": "pytest 1@here",
        "thread": "MainThread",
        "signal": "django.db.models.signals.post_save",
        "method": "send",
        "started_us": number,
        "state": "ok",
        "root_id": f"t-{number}",
    }
    return Dispatch(**{**given, **fields})  # type: ignore[arg-type]
