"""What every store promises, whatever it keeps its records in."""

from __future__ import annotations

import threading

import pytest

from tests.conftest import WaitUntil
from tests.tracer.stores.conftest import STOP, dispatch
from tracer.dispatches import Dispatch, Marker, ReceiverCall
from tracer.exceptions import StoreError
from tracer.filters import Filter
from tracer.sieve import sieve_of
from tracer.stores import Control, Store, registry_life


def ids(store: Store) -> list[str]:
    return [record.id for _, record in store.read(0, 1000)]


def test_records_come_back_equal_and_in_order(store: Store) -> None:
    call = ReceiverCall(receiver="shop.receivers.bill", started_ns=10, duration_ns=20)
    records = [
        dispatch(1, calls=(call,), arguments={"created": True, "name": "<script>", "n": 1.5}),
        Marker(id="m-1", process="p", kind="stopped", at_us=5, count=3, text="…"),
    ]
    store.append(records)
    assert [record for _, record in store.read(0, 10)] == records


def test_cursors_rise_and_nothing_is_read_twice(store: Store) -> None:
    store.append([dispatch(1), dispatch(2)])
    seen = store.read(0, 10)
    store.append([dispatch(3)])
    newer = store.read(seen[-1][0], 10)
    assert [record.id for _, record in newer] == ["t-3"]
    assert newer[0][0] > seen[1][0] > seen[0][0]
    assert store.read(newer[-1][0], 10) == []


def test_read_gives_the_oldest_first_and_no_more_than_asked_for(store: Store) -> None:
    store.append([dispatch(number) for number in range(4)])
    assert [record.id for _, record in store.read(0, 2)] == ["t-0", "t-1"]
    assert [record.id for _, record in store.newest(2)] == ["t-2", "t-3"]
    assert store.read(0, 0) == store.newest(0) == []


@pytest.mark.parametrize("after", [-5, 2**63 - 1, 2**80, -(2**80)])
def test_any_number_may_be_asked_for(store: Store, after: int) -> None:
    store.append([dispatch(1)])
    assert len(store.read(after, 10)) == (1 if after < 0 else 0)


def test_record_with_a_known_id_takes_the_place_of_the_earlier_one(store: Store) -> None:
    store.append([dispatch(1, state="running"), dispatch(2)])
    before = store.newest(1)[0][0]
    store.append([dispatch(1, state="ok", duration_ns=7)])
    ((_, changed),) = store.read(before, 10)
    assert isinstance(changed, Dispatch)
    assert (changed.state, changed.duration_ns) == ("ok", 7)
    assert ids(store) == ["t-2", "t-1"]
    assert store.count() == 2


def test_oldest_make_room_when_the_capacity_is_reached(store: Store) -> None:
    for number in range(12):
        store.append([dispatch(number)])
    assert ids(store) == ["t-7", "t-8", "t-9", "t-10", "t-11"]
    store.append([dispatch(number) for number in range(20, 40)])
    assert ids(store) == ["t-35", "t-36", "t-37", "t-38", "t-39"]
    assert store.count() == 5


def test_clear_forgets_records_and_begins_an_epoch_but_keeps_the_control(store: Store) -> None:
    control = Control(stopped=STOP, muted=("a.b", "c.d"))
    store.set_control(control)
    store.append([dispatch(1)])
    epoch = store.epoch
    store.clear()
    assert ids(store) == []
    assert store.count() == 0
    assert store.epoch != epoch
    assert store.control() == control


def test_epoch_stays_while_records_come(store: Store) -> None:
    epoch = store.epoch
    store.append([dispatch(number) for number in range(20)])
    assert store.epoch == epoch


def test_control_says_that_everything_is_recorded_at_first(store: Store) -> None:
    assert store.control() == Control(stopped=None, muted=None)


def test_empty_batch_is_nothing(store: Store) -> None:
    store.append([])
    assert store.count() == 0


def test_closed_store_says_so_and_may_be_closed_again(store: Store) -> None:
    store.close()
    store.close()
    for use in (lambda: store.append([dispatch(1)]), lambda: store.read(0, 1), store.control):
        with pytest.raises(StoreError, match="closed"):
            use()


def test_threads_may_append_and_read_at_once(store: Store) -> None:
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            for step in range(20):
                store.append([dispatch(number * 100 + step)])
                cursors = [cursor for cursor, _ in store.read(0, 10)]
                assert cursors == sorted(cursors)
                assert store.count() <= 5
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert store.count() == 5


def test_tree_and_origin_are_found_whole_and_in_start_order(store: Store) -> None:
    store.append([
        dispatch(3, root_id="t-1", parent_id="t-1", depth=1, origin_id="o-1"),
        # Ids that begin with the one that is asked for.
        dispatch(11, origin_id="o-11"),
        dispatch(1, origin_id="o-1"),
        Marker(id="t-1x", process="p", kind="fault", at_us=2, text="t-1 of o-1"),
        dispatch(2, origin_id="o-1", arguments={"note": "t-11"}),
    ])  # fmt: skip
    assert [one.id for one in store.tree("t-1", 10)] == ["t-1", "t-3"]
    assert [one.id for one in store.in_origin("o-1", 10)] == ["t-1", "t-2", "t-3"]
    assert [one.id for one in store.in_origin("o-1", 2)] == ["t-1", "t-2"]
    for nowhere in ("", "t", "%", "\x00", "\ud800", "t-1x"):
        assert store.tree(nowhere, 10) == store.in_origin(nowhere, 10) == []
    store.clear()
    assert store.tree("t-1", 10) == store.in_origin("o-1", 10) == []


def test_part_of_a_tree_for_which_there_was_room_is_found(store: Store) -> None:
    below = [
        dispatch(number, root_id="t-0", parent_id="t-0", depth=1, origin_id="o-0")
        for number in range(1, 9)
    ]
    store.append([dispatch(0, origin_id="o-0"), *below])
    found = store.tree("t-0", 100)
    assert 4 <= len(found) <= 5
    assert found == below[-len(found) :] == store.in_origin("o-0", 100)


def test_looking_back_gives_the_newest_first_and_says_how_far_it_looked(store: Store) -> None:
    store.append([dispatch(number) for number in range(4)])
    last = store.newest(1)[0][0]
    records, reached, is_end = store.before(last, 2)
    assert [record.id for _, record in records] == ["t-2", "t-1"]
    assert (reached, is_end) == (records[-1][0], False)
    records, _, is_end = store.before(reached, 2)
    assert ([record.id for _, record in records], is_end) == (["t-0"], True)
    assert store.before(records[-1][0], 2) == ([], records[-1][0], True)
    assert len(store.before(2**80, 10).records) == 4
    assert store.before(-(2**80), 10).records == []
    assert store.before(2**80, 0) == ([], 2**80, False)


def test_looking_back_passes_over_what_the_sieve_holds_back(store: Store) -> None:
    store.append(
        [
            dispatch(1, sender="shop.RARE"),
            Marker(id="m-1", process="p", kind="dropped", at_us=2, count=3),
            dispatch(2, sender="shop.Order"),
            dispatch(3, duration_ns=7),
        ]
    )
    for text in ("sender:shop.rare", "rare", "sender:shop.rare took:<1s -is:error"):
        filter_ = Filter.parse(text)
        records, reached, is_end = store.before(2**62, 10, sieve_of(filter_))
        found = [one.id for _, one in records if isinstance(one, Marker) or filter_.matches(one)]
        assert found == (["m-1", "t-1"] if "took" not in text else ["m-1"])
        assert (reached, is_end) == (store.read(0, 1)[0][0], True)


def test_record_is_found_by_its_id_with_its_cursor(store: Store) -> None:
    store.append([dispatch(1, state="running"), dispatch(2)])
    store.append([dispatch(1)])
    assert store.find("t-1") == store.newest(1)[0]
    for unknown in ("t-3", "", "t", "\x00", "\ud800"):
        assert store.find(unknown) is None
    store.clear()
    assert store.find("t-1") is None


def test_registries_are_kept_by_process_until_it_ends(store: Store) -> None:
    assert store.registries() == {}
    store.set_registry("runserver 1@here", b"first")
    store.set_registry("celery 2@there", b"other")
    store.set_registry("runserver 1@here", b"second")
    store.clear()
    assert store.registries() == {"celery 2@there": b"other", "runserver 1@here": b"second"}
    store.set_registry("celery 2@there", b"")
    assert store.registries() == {"runserver 1@here": b"second"}


def test_registry_of_a_process_that_is_not_heard_from_goes(
    store: Store, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    monkeypatch.setattr(registry_life, "KEPT_S", 0.001)
    store.set_registry("celery 2@there", b"it")
    wait_until(lambda: store.registries() == {})
    monkeypatch.undo()
    store.set_registry("celery 2@there", b"it")
    store.set_registry("celery 2@there", b"it")
    assert store.registries() == {"celery 2@there": b"it"}


def test_registries_of_no_more_than_so_many_processes_are_given(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_life, "MOST", 2)
    for number in range(4):
        store.set_registry(f"celery {number}@there", b"it")
    assert list(store.registries()) == ["celery 0@there", "celery 1@there"]
