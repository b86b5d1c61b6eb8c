"""What a page under a filter takes of the server when the store holds 100,000 dispatches."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.rounds import Samples

if TYPE_CHECKING:
    from django.test import Client

    from tracer.dispatches import Dispatch

KEPT = 100_000
BATCH = 1_000
SPACE_US = 20_000
"""Between two trees: the whole store spans eight minutes."""
FILTERS = {
    "a literal, far back": "sender:shop.Refund",
    "a word, far back": "refund_customer",
    "errors": "is:error",
    "slow ones": "took:>1s",
    "a receiver and a count": "receiver:*profile* queries:>20",
    "nothing matches": "sender:shop.Nobody",
    "no word matches": "nobody_at_all",
    "everything matches": "-is:running",
}


def measure(folder: Path, rounds: int) -> Samples:
    """Return milliseconds a page, by the clock and by the processor, and how many dispatches were searched at once."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.load_site",
        "DEMO_SITE_DATA": str(folder),
        "LOAD_STORE": f"sqlite:///{folder / 'filled.sqlite3'}",
    }
    import django

    django.setup()
    from django.test import Client

    from tracer.stores import open_store

    store = open_store(os.environ["LOAD_STORE"], 2 * KEPT)
    batch: list[Dispatch] = []
    for one in _made():
        batch.append(one)
        if len(batch) == BATCH:
            store.append(batch)
            batch.clear()
    store.close()
    client = Client(SERVER_NAME="localhost")
    _ask(client, "", {})
    samples: Samples = {}
    for _ in range(rounds):
        for name, text in FILTERS.items():
            _ask(client, text, samples, name)
    return samples


def _ask(client: Client, text: str, samples: Samples, name: str = "") -> None:
    cpu_began_ns, began_ns = time.process_time_ns(), time.perf_counter_ns()
    response = client.get("/signals/", {"filter": text})
    wall_ns, cpu_ns = time.perf_counter_ns() - began_ns, time.process_time_ns() - cpu_began_ns
    page = response.content.decode()
    if response.status_code != 200 or "sb-filter" not in page:
        raise RuntimeError(f"the page answered {response.status_code}")
    cut = re.search(r'searched back to .*? data-below="(\d+)"', page)
    samples.setdefault(f"wall/{name}", []).append(wall_ns / 1e6)
    samples.setdefault(f"processor/{name}", []).append(cpu_ns / 1e6)
    samples.setdefault(f"searched/{name}", []).append(KEPT - int(cut[1]) if cut else KEPT)


def _made() -> Iterator[Dispatch]:
    """Yield what requests of a shop leave: trees of four, one in five hundred with an error, a few rare and slow."""
    began_us = time.time_ns() // 1000 - KEPT // 4 * SPACE_US
    for tree in range(KEPT // 4):
        is_rare, is_failing = tree % 9_000 == 40, tree % 500 == 7
        sender = ("shop.Order", "auth.User", "articles.Article")[tree % 3]
        yield from _tree(
            tree,
            began_us + tree * SPACE_US,
            sender="shop.Refund" if is_rare else sender,
            receiver="refund_customer" if is_rare else "update_profile",
            error="demo_site.shop.CardDeclined" if is_failing else None,
        )


def _tree(
    tree: int, at_us: int, *, sender: str, receiver: str, error: str | None
) -> Iterator[Dispatch]:
    from tracer.dispatches import Dispatch, Query, ReceiverCall

    names = [f"b3k9zq-{4 * tree + place}" for place in range(4)]
    select = "SELECT auth_user.id, auth_user.username FROM auth_user WHERE auth_user.id = ?"
    for place, name in enumerate(names):
        call = ReceiverCall(
            receiver=f"demo_site.profiles.receivers.{receiver}",
            place="demo_site/profiles/receivers.py:21",
            started_ns=4_211,
            duration_ns=812_000 + 1_000 * (tree % 97),
            error=error,
            query_count=2,
            query_ns=310_000,
            queries=(Query(sql=select, count=2, duration_ns=310_000, at_ns=(9_000, 402_000)),),
        )
        yield Dispatch(
            id=name,
            process="runserver 4242@machine",
            thread=f"ThreadPoolExecutor-0_{tree % 4}",
            signal=f"django.db.models.signals.{'post' if place % 2 else 'pre'}_save",
            sender=sender,
            method="send",
            started_us=at_us + 400 * place,
            duration_ns=1_700_000_000 if tree % 11_000 == 60 else 901_000 + tree % 7_000,
            state="ok" if error is None else "error",
            error=error,
            parent_id=None if place == 0 else names[0],
            parent_call=None if place == 0 else 0,
            root_id=names[0],
            depth=min(place, 1),
            origin=f"POST /shop/orders/{tree}/",
            origin_id=f"b3k9zq-o{tree}",
            call_site="demo_site/shop/views.py:31 checkout",
            arguments={"instance": f"{sender} #{tree}", "created": True, "raw": False, "using": "default"},
            calls=(call,),
            transaction="committed",
            database="default",
        )  # fmt: skip
