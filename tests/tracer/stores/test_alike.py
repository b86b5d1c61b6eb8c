"""Whatever is done to them in whatever order, the memory and the SQLite store say the same."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.tracer.stores.conftest import dispatch
from tracer.dispatches import Record
from tracer.stores import Control, Store, open_store

CAPACITY = 7


class TwoStores(RuleBasedStateMachine):
    """A memory store and an SQLite store to which the same things happen."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="signalbox-"))
        self.memory = open_store("memory", CAPACITY)
        self.sqlite = self.open_sqlite()
        self.seen = {"memory": 0, "sqlite": 0}

    def open_sqlite(self) -> Store:
        return open_store(f"sqlite:///{self.folder / 'box.sqlite3'}", CAPACITY)

    def read_on(self, limit: int) -> tuple[list[Record], list[Record]]:
        """Read both after what was read last, as a feed does."""
        found = []
        for name, store in (("memory", self.memory), ("sqlite", self.sqlite)):
            items = store.read(self.seen[name], limit)
            self.seen[name] = items[-1][0] if items else self.seen[name]
            found.append([record for _, record in items])
        return found[0], found[1]

    @rule(numbers=st.lists(st.integers(0, 12), max_size=10), duration_ns=st.integers(0, 9))
    def append(self, numbers: list[int], duration_ns: int) -> None:
        batch = [dispatch(number, duration_ns=duration_ns) for number in numbers]
        self.memory.append(batch)
        self.sqlite.append(batch)

    @rule(limit=st.integers(0, 10))
    def read(self, limit: int) -> None:
        memory, sqlite = self.read_on(limit)
        assert memory == sqlite

    @rule()
    def clear(self) -> None:
        epochs = self.memory.epoch, self.sqlite.epoch
        self.memory.clear()
        self.sqlite.clear()
        assert self.memory.epoch != epochs[0]
        assert self.sqlite.epoch != epochs[1]

    @rule(recording=st.booleans(), muted=st.none() | st.lists(st.text(), max_size=3))
    def set_control(self, recording: bool, muted: list[str] | None) -> None:
        control = Control(recording=recording, muted=None if muted is None else tuple(muted))
        self.memory.set_control(control)
        self.sqlite.set_control(control)

    @rule()
    def open_again(self) -> None:
        self.sqlite.close()
        self.sqlite = self.open_sqlite()

    @invariant()
    def same(self) -> None:
        assert self.memory.count() == self.sqlite.count() <= CAPACITY
        assert self.memory.control() == self.sqlite.control()
        for limit in (3, 100):
            memory, sqlite = self.memory.newest(limit), self.sqlite.newest(limit)
            assert [record for _, record in memory] == [record for _, record in sqlite]
        assert self.memory.tree("t-3", 5) == self.sqlite.tree("t-3", 5)

    def teardown(self) -> None:
        self.sqlite.close()
        shutil.rmtree(self.folder)


TestTwoStores = TwoStores.TestCase
TestTwoStores.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
