"""Whatever is done to them in whatever order, all stores say the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.redis_server import RedisServer
from tests.tracer.stores.conftest import STOP, dispatch
from tracer.dispatches import Record
from tracer.stores import Control, Store, open_store

CAPACITY = 7


class Alike(RuleBasedStateMachine):
    """A memory store and one other, to which the same things happen."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = open_store("memory", CAPACITY)
        self.other = self.open_other()
        self.seen = [0, 0]

    def open_other(self) -> Store:
        raise NotImplementedError

    @property
    def stores(self) -> tuple[Store, Store]:
        return self.memory, self.other

    @rule(numbers=st.lists(st.integers(0, 12), max_size=10), duration_ns=st.integers(0, 9))
    def append(self, numbers: list[int], duration_ns: int) -> None:
        batch = [dispatch(number, duration_ns=duration_ns) for number in numbers]
        for store in self.stores:
            store.append(batch)

    @rule(limit=st.integers(0, 10))
    def read_on(self, limit: int) -> None:
        """Read both after what was read last, as a feed does."""
        found: list[list[Record]] = []
        for place, store in enumerate(self.stores):
            items = store.read(self.seen[place], limit)
            self.seen[place] = items[-1][0] if items else self.seen[place]
            found.append([record for _, record in items])
        assert found[0] == found[1]

    @rule()
    def clear(self) -> None:
        for store in self.stores:
            epoch = store.epoch
            store.clear()
            assert store.epoch != epoch

    @rule(recording=st.booleans(), muted=st.none() | st.lists(st.text(), max_size=3))
    def set_control(self, recording: bool, muted: list[str] | None) -> None:
        control = Control(
            stopped=None if recording else STOP, muted=None if muted is None else tuple(muted)
        )
        for store in self.stores:
            store.set_control(control)

    @rule(
        process=st.sampled_from(["runserver 1@a", "celery 2@b", "é 3@c"]),
        data=st.binary(max_size=3),
    )
    def set_registry(self, process: str, data: bytes) -> None:
        for store in self.stores:
            store.set_registry(process, data)

    @rule()
    def open_again(self) -> None:
        self.other.close()
        self.other = self.open_other()

    @invariant()
    def same(self) -> None:
        assert self.memory.count() == self.other.count() <= CAPACITY
        assert self.memory.control() == self.other.control()
        assert list(self.memory.registries().items()) == list(self.other.registries().items())
        for limit in (3, 100):
            memory, other = self.memory.newest(limit), self.other.newest(limit)
            assert [record for _, record in memory] == [record for _, record in other]
            looked_back = [store.before(2**62, limit) for store in self.stores]
            memory, other = ([record for _, record in one.records] for one in looked_back)
            assert memory == other
            assert looked_back[0].is_end == looked_back[1].is_end
        assert self.memory.tree("t-3", 5) == self.other.tree("t-3", 5)
        one, another = (store.find("t-3") for store in self.stores)
        assert (one and one[1]) == (another and another[1])

    def teardown(self) -> None:
        self.other.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="signalbox-"))
    yield folder
    shutil.rmtree(folder)


STEPS = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_sqlite_says_what_memory_says(folder: Path) -> None:
    class Sqlite(Alike):
        def open_other(self) -> Store:
            return open_store(f"sqlite:///{folder / 'box.sqlite3'}", CAPACITY)

        def teardown(self) -> None:
            super().teardown()
            for path in folder.iterdir():
                path.unlink()

    run_state_machine_as_test(Sqlite, settings=STEPS)


def test_redis_says_what_memory_says(redis_server: RedisServer) -> None:
    class Redis(Alike):
        def open_other(self) -> Store:
            return open_store(redis_server.url, CAPACITY)

        def teardown(self) -> None:
            super().teardown()
            with redis_server.client() as client:
                client.flushall()

    run_state_machine_as_test(Redis, settings=STEPS)
