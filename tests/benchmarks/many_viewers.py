"""A hundred viewers of one server, each under another filter, while 500 dispatches a second come."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.load import behind_s
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
from tests.benchmarks.load_viewers import Page, Pages
from tests.benchmarks.rounds import Samples
from tracer.dispatches import Dispatch
from tracer.filters import Filter
from tracer.stores import Store, open_store

VIEWERS = 100
A_SECOND = 500


def filters() -> list[str]:
    """Return a filter for each; of ten, one lets all through, three a half, three a fifth, two a fiftieth."""
    found = []
    for number in range(VIEWERS):
        match number % 10:
            case 0:
                text = "took:<9m"
            case 1 | 2 | 3:
                text = "signal:placed"
            case 4 | 5 | 6:
                text = f"arg:order=*{number % 5 * 2}"
            case 7 | 8:
                text = f"arg:order=*{number % 50 * 2:02}"
            case _:
                text = "is:error"
        found.append(f"{text} -thread:nobody-{number}")
    return found


def measure(folder: Path, rounds: int) -> Samples:
    """Return what a load of `rounds` seconds came to."""
    url = f"sqlite:///{folder / 'shared.sqlite3'}"
    with ExitStack() as stack:
        server, port = started_server(url, folder, stack)
        first = connected(server, port)
        first.start()
        first.close()
        pages = Pages(port, filters())
        pages.start()
        pages.wait_until_pushed(ANSWER_S)
        sender = producer(url, stack)
        heard(sender)
        used_s, began_s = processor_s(server.pid), time.monotonic()
        tell(sender, f"rate {A_SECOND} {rounds}")
        made = int(heard(sender).split()[1])
        share = (processor_s(server.pid) - used_s) / (time.monotonic() - began_s)
        tell(sender, "end")
        sender.wait(ANSWER_S)
        time.sleep(2)
        pages.close()
        problems = [page.problem for page in pages.pages if page.problem]
        if problems:
            print(f"\n{len(problems)} viewers ended: {problems[0]}", file=sys.stderr)
        store = open_store(url, CAPACITY)
        stack.callback(store.close)
        behind = sorted(late for page in pages.pages for late in _behind_s(page, store))
    return {
        "viewers/made": [float(made)],
        "viewers/behind p50": [behind[len(behind) // 2]],
        "viewers/behind p95": [behind[len(behind) * 95 // 100]],
        "viewers/behind, at most": [behind[-1]],
        "viewers/ended early": [float(len(problems))],
        "viewers/pushes": [float(len(page.pushes)) for page in pages.pages],
        "viewers/server's processor": [share],
    }


def _behind_s(page: Page, store: Store) -> list[float]:
    """Return of each dispatch that a page's filter lets through how long after its start the page had it."""
    filter_ = Filter.parse(page.filter)
    started = {
        cursor: record.started_us
        for cursor, record in store.newest(CAPACITY)
        if isinstance(record, Dispatch) and filter_.matches(record)
    }
    return behind_s(page.pushes, started)
