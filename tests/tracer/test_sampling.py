"""What is kept where `SIGNALBOX["SAMPLE"]` is below 1, and that counts are of all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.signals import request_finished, request_started
from django.dispatch import Signal

import tracer
from dashboard.counters import Counters
from dashboard.window import Window
from tests.conftest import WaitUntil
from tests.tracer.programs import run_program
from tracer import stores
from tracer.dispatches import Dispatch, Marker
from tracer.recorder import recorder
from tracer.sampling import Sample
from tracer.stores import Store, open_store

if TYPE_CHECKING:
    from pytest_django import Settings

outer, inner = Signal(), Signal()


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    for signal in (outer, inner):
        signal.receivers = []
        signal.sender_receivers_cache.clear()


@pytest.fixture
def sampled_store(settings: Settings) -> Iterator[Store]:
    """Install the tracer with a sample of nothing; a test may set another share."""
    settings.SIGNALBOX = {"STORE": "memory", "SAMPLE": 0}
    stores.close_shared()
    tracer.install()
    yield stores.shared()
    tracer.uninstall()
    stores.close_shared()


def kept_in(store: Store) -> list[Dispatch]:
    recorder.flush(even_running=True)
    return [record for _, record in store.newest(10_000) if isinstance(record, Dispatch)]


def counters_of(store: Store) -> Counters:
    recorder.flush(even_running=True)
    window = Window(10_000)
    window.add(store.newest(10_000))
    return window.counters


def sends_inner(**_: object) -> None:
    inner.send("i")


def passes(**_: object) -> None:
    pass


def fails(**_: object) -> None:
    raise ValueError("broken")


def request(number: int) -> None:
    request_started.send("h", environ={"REQUEST_METHOD": "GET", "PATH_INFO": f"/{number}/"})
    outer.send("o")
    outer.send("o")
    request_finished.send("h")


@pytest.mark.django_db
def test_an_origin_is_kept_whole_or_not_at_all(sampled_store: Store) -> None:
    recorder.sample.share = 0.5
    outer.connect(sends_inner)
    for number in range(200):
        request(number)
    by_origin = Counter(dispatch.origin_id for dispatch in kept_in(sampled_store))
    # The four of a request, and what Django's own receivers of its signals set off, are the same for each.
    assert len(set(by_origin.values())) == 1
    assert 50 < len(by_origin) < 150


@pytest.mark.django_db
def test_counts_are_of_all_however_few_are_kept(sampled_store: Store) -> None:
    recorder.sample.share = 0.5
    before = tracer.stats()
    outer.connect(sends_inner)
    inner.connect(passes)
    inner.connect(passes, dispatch_uid="again")
    for number in range(100):
        request(number)
    kept = kept_in(sampled_store)
    counters = counters_of(sampled_store)
    assert counters.signals[f"{__name__}.outer"].calls == 200
    assert counters.signals[f"{__name__}.inner"].calls == 200
    assert counters.receivers[f"{__name__}.inner", f"{__name__}.passes"].calls == 400
    assert counters.receivers[f"{__name__}.inner", f"{__name__}.passes"].ended == 400
    assert counters.receivers[f"{__name__}.outer", f"{__name__}.sends_inner"].average_ns
    assert sum(sum(bucket[:3]) for bucket in counters.buckets.values()) == counters.dispatches
    after = tracer.stats()
    assert counters.dispatches == after.recorded - before.recorded
    assert counters.left_out == after.left_out - before.left_out == counters.dispatches - len(kept)


def test_tree_with_an_error_is_kept_whole_whatever_the_sample_says(sampled_store: Store) -> None:
    outer.connect(passes)
    outer.connect(sends_inner)
    inner.connect(fails)
    with pytest.raises(ValueError, match="broken"):
        outer.send("o")
    inner.disconnect(fails)
    outer.send("o")
    root, child = kept_in(sampled_store)
    assert (root.depth, child.depth) == (0, 1)
    assert root.error == child.error == "ValueError"
    counters = counters_of(sampled_store)
    assert counters.signals[f"{__name__}.outer"].calls == 2
    assert counters.signals[f"{__name__}.outer"].errors == 1


def test_tree_that_runs_for_long_and_fails_in_the_end_is_kept_whole(
    sampled_store: Store, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.recorder.PATIENCE_NS", 1)
    let_go = threading.Event()

    def hangs(**_: object) -> None:
        inner.send("i")
        let_go.wait(10)
        inner.send("i")
        raise ValueError("broken")

    outer.connect(hangs)
    thread = threading.Thread(target=outer.send_robust, args=("o",))
    thread.start()
    try:
        wait_until(lambda: recorder._unfinished)
        recorder.flush()
        assert sampled_store.newest(10) == []
    finally:
        let_go.set()
        thread.join()
    recorder.flush()
    assert [d.depth for d in kept_in(sampled_store)] == [0, 1, 1]
    assert counters_of(sampled_store).dispatches == 3


def test_tree_outside_of_the_sample_that_grows_beyond_bounds_is_counted_while_it_runs(
    sampled_store: Store, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.recorder.PATIENCE_NS", 1)
    monkeypatch.setattr("tracer.sampling.MOST_HELD", 3)
    let_go = threading.Event()

    def hangs(**_: object) -> None:
        for _ in range(5):
            inner.send("i")
        let_go.wait(10)
        inner.send("i")
        raise ValueError("broken")

    outer.connect(hangs)
    thread = threading.Thread(target=outer.send_robust, args=("o",))
    thread.start()
    try:
        wait_until(lambda: recorder.flush() or recorder.left_out >= 5)
    finally:
        let_go.set()
        thread.join()
    # Its error came after it was given up, and is counted.
    assert kept_in(sampled_store) == []
    counters = counters_of(sampled_store)
    assert counters.signals[f"{__name__}.outer"].errors == 1
    assert counters.dispatches == 7


@pytest.mark.django_db(transaction=True)
def test_outcome_of_a_transaction_comes_to_what_is_kept_and_to_nothing_else(
    sampled_store: Store,
) -> None:
    from django.db import transaction

    with transaction.atomic():
        outer.send("o")
        outer.connect(fails)
        outer.send_robust("o")
        recorder.flush()
    (dispatch,) = kept_in(sampled_store)
    assert dispatch.transaction == "committed"
    # Counted once each, whichever came a second time.
    assert counters_of(sampled_store).signals[f"{__name__}.outer"].calls == 2


def test_capture_has_all_whatever_the_sample_says(sampled_store: Store) -> None:
    outer.connect(sends_inner)
    with tracer.capture() as dispatches:
        outer.send("o")
    assert [d.depth for d in dispatches] == [0, 1]
    assert kept_in(sampled_store) == []
    assert counters_of(sampled_store).dispatches == 2


def test_async_and_failing_calls_are_counted_alike(sampled_store: Store) -> None:
    async def receives(**_: object) -> None: ...

    recorder.sample.share = 1.0
    with_all, without = [], []
    for share, counts in ((1.0, with_all), (0.0, without)):
        recorder.sample = Sample(share)
        outer.receivers = []
        outer.sender_receivers_cache.clear()
        outer.connect(passes)
        outer.connect(receives)
        stores.shared().clear()
        outer.send("o")
        outer.send_robust("o")
        counters = counters_of(sampled_store)
        counts += [(key, one.calls, one.ended) for key, one in sorted(counters.receivers.items())]
    assert with_all == without
    assert len(without) == 2


SAMPLED = """
    import django
    from django.conf import settings

    settings.configure(INSTALLED_APPS=["tracer"], SIGNALBOX={STORE, "SAMPLE": 0.2, "ENABLED": True})
    django.setup()
    from django.dispatch import Signal

    import tracer

    whole, part = Signal(), Signal()


    def passes_on(number, **_):
        part.send("passes_on", number=number)


    def may_fail(number, **_):
        if number % 50 == 0:
            raise ValueError(number)


    whole.connect(passes_on)
    part.connect(may_fail)
    for number in range(1, 501):
        try:
            whole.send("program", number=number)
        except ValueError:
            pass
    print(tracer.stats().recorded)
"""


def test_two_processes_keep_whole_trees_and_all_errors_and_count_the_rest(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'box.sqlite3'}"
    program = SAMPLED.replace("STORE", f'"STORE": "{url}"')
    made = [int(run_program(program)) for _ in range(2)]
    assert made == [1_000, 1_000]
    store = open_store(url, 10_000)
    try:
        records = [record for _, record in store.newest(10_000)]
    finally:
        store.close()
    kept = [record for record in records if isinstance(record, Dispatch)]
    left_out = sum(
        record.count
        for record in records
        if isinstance(record, Marker) and record.kind == "sampled"
    )
    assert len(kept) + left_out == 2_000
    sizes = Counter(dispatch.root_id for dispatch in kept)
    # Two in each tree; a fifth of a thousand, and the twenty that failed.
    assert set(sizes.values()) == {2}
    assert 100 < len(sizes) < 400
    failed = {one.root_id for one in kept if one.error == "ValueError"}
    assert len(failed) == 20
    window = Window(10_000)
    window.add(list(enumerate(records, 1)))
    assert sum(count.calls for count in window.counters.signals.values()) == 2_000
