"""Many processes that dispatch into one store, a server that follows it, and five viewers; and the stores alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import structs

from tests.benchmarks.load_processes import (
    ANSWER_S,
    CAPACITY,
    connected,
    heard,
    processor_s,
    producer,
    started_server,
    tell,
)
from tests.benchmarks.rounds import Samples
from tests.redis_server import EXECUTABLE, RedisServer
from tracer.dispatches import Dispatch, Marker, ReceiverCall
from tracer.keeper import BATCH
from tracer.stores import Store, open_store
from tracer.stores.lasting import MOST_ROOM

VIEWERS = 5
APPENDED = 40_000
MANY = 100_000


def measure(folder: Path, rounds: int) -> Samples:
    """Return what came of loads that last `rounds` seconds."""
    file = f"sqlite:///{folder / 'alone.sqlite3'}"
    samples = {
        "sqlite/appended a second": _appended(file, rounds),
        "sqlite/making room": _made_room(f"sqlite:///{folder / 'full.sqlite3'}"),
    }
    if EXECUTABLE is not None:
        with RedisServer(appendonly="no") as server:
            samples["redis/appended a second"] = _appended(server.url, rounds)
            with server.client() as client:
                used = client.memory_usage("{signalbox}:records", samples=0) or 0
                samples["redis/bytes"] = [used / client.xlen("{signalbox}:records")]
                client.flushall()
            samples["redis/missing after a kill"] = _killed(server.url, rounds)
            with server.client() as client:
                client.flushall()
            samples |= _load("redis", server.url, folder, processes=20, a_second=1_000, s=rounds)
    file = f"sqlite:///{folder / 'shared.sqlite3'}"
    return samples | _load("sqlite", file, folder, processes=4, a_second=1_000, s=rounds)


def _appended(url: str, rounds: int) -> list[float]:
    """Return how many typical dispatches a store takes in a second, in batches as the keeper's."""
    store = open_store(url, APPENDED // 2)
    taken = []
    number = 0
    for _ in range(max(rounds // 4, 2)):
        batches = []
        for _ in range(APPENDED // BATCH):
            batches.append([_typical(number + offset) for offset in range(BATCH)])
            number += BATCH
        began_s = time.perf_counter()
        for batch in batches:
            store.append(batch)
        taken.append(APPENDED / (time.perf_counter() - began_s))
    store.close()
    return taken


def _made_room(url: str) -> list[float]:
    """Return how long batches took for which a store of 100,000 records, some of them errors, made room, in seconds."""
    store = open_store(url, MANY)
    took = []
    # Each group of batches is met by it once.
    group = MOST_ROOM // BATCH
    for first in range(0, 2 * MANY, BATCH):
        batch = [_typical(first + offset) for offset in range(BATCH)]
        batch[::100] = [structs.replace(one, error="builtins.ValueError") for one in batch[::100]]
        began_s = time.perf_counter()
        store.append(batch)
        took.append(time.perf_counter() - began_s)
    store.close()
    return [max(took[first : first + group]) for first in range(MANY // BATCH, len(took), group)]


def _typical(number: int) -> Dispatch:
    """Return what a save in a request of the demo leaves."""
    name = f"b3k9zq-{number}"
    call = ReceiverCall(
        receiver="demo_site.profiles.receivers.create_user_profile",
        place="demo_site/profiles/receivers.py:21",
        started_ns=4_211,
        duration_ns=812_000,
    )
    return Dispatch(
        id=name,
        process="runserver 4242@machine",
        thread="ThreadPoolExecutor-0_0",
        signal="django.db.models.signals.post_save",
        sender="auth.User",
        method="send",
        started_us=time.time_ns() // 1000,
        duration_ns=901_000,
        state="ok",
        root_id=name,
        origin="POST /accounts/signup/",
        origin_id="b3k9zq-o17",
        call_site="demo_site/profiles/views.py:31 signup",
        arguments={"instance": "auth.User #17", "created": True, "raw": False, "using": "default"},
        calls=(call,),
        transaction="committed",
        database="default",
    )


def _killed(url: str, rounds: int) -> list[float]:
    """Return how old the oldest dispatch was that went with a killed process, in seconds."""
    found = []
    for number in range(rounds):
        with ExitStack() as stack:
            killed = producer(url, stack)
            heard(killed)
            tell(killed, "pace 0.002")
            # Another moment of the recorder's turns each time.
            sent = [heard(killed).split() for _ in range(200 + 7 * number)]
            killed.kill()
            killed_ns = time.monotonic_ns()
            process = f"producer {killed.pid}@"
            store = open_store(url, CAPACITY)
            stack.callback(store.close)
            records = (record for _, record in store.newest(CAPACITY))
            stored = {
                record.arguments["number"]
                for record in records
                if isinstance(record, Dispatch) and record.process.startswith(process)
            }
            missing = [int(sent_ns) for name, sent_ns in sent if int(name) not in stored]
            found.append((killed_ns - min(missing, default=killed_ns)) / 1e9)
    return found


def _load(name: str, url: str, folder: Path, *, processes: int, a_second: int, s: int) -> Samples:
    with ExitStack() as stack:
        server, port = started_server(url, folder, stack)
        viewers = [connected(server, port) for _ in range(VIEWERS)]
        for viewer in viewers:
            viewer.start()
        producers = [producer(url, stack) for _ in range(processes)]
        for one in producers:
            assert heard(one) == "ready\n"
        used_s, began_s = processor_s(server.pid), time.monotonic()
        for one in producers:
            tell(one, f"rate {a_second} {s}")
        made = sum(int(heard(one).split()[1]) for one in producers)
        share = (processor_s(server.pid) - used_s) / (time.monotonic() - began_s)
        for one in producers:
            tell(one, "end")
            one.wait(ANSWER_S)
        time.sleep(2 * max(s / 10, 1))
        problems = [viewer.problem for viewer in viewers if viewer.problem]
        if problems:
            print(f"\n{name}: viewers ended: {problems}", file=sys.stderr)
        for viewer in viewers:
            viewer.close()
        store = open_store(url, CAPACITY)
        stack.callback(store.close)
        started, stored, dropped = _counted(store)
        late_us = _late_us(started)
        sampled = {place: at_us for place, at_us in started.items() if place % 20 == 0}
        behind = [late for viewer in viewers for late in behind_s(viewer.pushes, sampled)]
    return {
        f"{name}/made": [float(made)],
        f"{name}/dropped": [float(dropped)],
        f"{name}/unaccounted": [float(abs(made - stored - dropped))],
        f"{name}/behind p50": [sorted(behind)[len(behind) // 2]],
        f"{name}/behind p95": [sorted(behind)[len(behind) * 95 // 100]],
        f"{name}/out of order": [late_us / 1e6],
        f"{name}/pushes": [float(len(viewer.pushes)) for viewer in viewers],
        f"{name}/server's processor": [share],
    }


def _counted(store: Store) -> tuple[dict[int, int], int, int]:
    """Return when each of the producers' dispatches began by its cursor, how many there are, how many dropped."""
    started: dict[int, int] = {}
    cursor = stored = dropped = 0
    while batch := store.read(cursor, 10_000):
        cursor = batch[-1][0]
        for place, record in batch:
            if isinstance(record, Marker):
                dropped += record.count if record.kind == "dropped" else 0
            elif record.process.startswith("producer "):
                stored += 1
                started[place] = record.started_us
    return started, stored, dropped


def _late_us(started: dict[int, int]) -> int:
    """Return by how much the latest dispatch stands behind one that began after it."""
    latest = late = 0
    for began_us in started.values():
        latest = max(latest, began_us)
        late = max(late, latest - began_us)
    return late


def behind_s(pushes: Sequence[tuple[int, int]], started: Mapping[int, int]) -> list[float]:
    """Return how long after its start each dispatch was seen by who had these pushes, infinite where it was not."""
    found = []
    reached = iter(sorted((cursor, at_us) for at_us, cursor in pushes))
    cursor, at_us = next(reached, (0, 0))
    for place in sorted(started):
        while cursor < place:
            cursor, at_us = next(reached, (sys.maxsize, 0))
        found.append((at_us - started[place]) / 1e6 if at_us else float("inf"))
    return found
