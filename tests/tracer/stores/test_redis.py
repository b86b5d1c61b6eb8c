"""The Redis store among other processes' stores, and with a server that fails."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import redis_server as redis_servers
from tests.conftest import WaitUntil
from tests.redis_server import RedisServer, free_port
from tests.tracer.stores.conftest import STOP, dispatch
from tracer.dispatches import Dispatch, Marker
from tracer.exceptions import StoreError
from tracer.stores import Control, Store, open_store, redis_registries, registry_life
from tracer.stores.redis_stream import META, PAGE, STREAM

CHECKOUT = Path(__file__).resolve().parents[3]

Open = Callable[..., Store]


@pytest.fixture
def open_redis(redis_server: RedisServer) -> Iterator[Open]:
    """Open the shared server's store as often as it likes; all are closed at its end."""
    yield from opener(redis_server)


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A server that the test may harm."""
    if redis_servers.EXECUTABLE is None:
        pytest.skip(redis_servers.WHY_SKIPPED)
    with RedisServer() as server:
        yield server


@pytest.fixture
def open_own(own_redis: RedisServer) -> Iterator[Open]:
    yield from opener(own_redis)


def opener(server: RedisServer) -> Iterator[Open]:
    opened: list[Store] = []

    def open_(capacity: int = 1000, url: str = server.url) -> Store:
        opened.append(open_store(url, capacity))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


def ids(store: Store) -> list[str]:
    return [record.id for _, record in store.read(0, 10_000)]


def works(call: Callable[[], object]) -> bool:
    try:
        call()
    except StoreError:
        return False
    return True


# -- several processes --------------------------------------------------------------------------------------------


def test_cursors_and_epoch_are_the_same_in_every_process(open_redis: Open) -> None:
    one, other, late = open_redis(), open_redis(), open_redis()
    for number in range(5):
        one.append([dispatch(number)])
        assert other.read(0, 10) == one.read(0, 10)
        other.append([dispatch(number + 10)])
    assert late.read(0, 100) == one.read(0, 100) == other.read(0, 100)
    assert [cursor for cursor, _ in late.read(0, 100)] == list(range(1, 11))
    assert late.epoch == one.epoch == other.epoch


def test_cursors_rise_on_over_clearing_and_trimming(open_redis: Open) -> None:
    one, other = open_redis(5), open_redis(5)
    one.append([dispatch(number) for number in range(1000)])
    assert [cursor for cursor, _ in other.read(0, 10)] == [996, 997, 998, 999, 1000]
    other.clear()
    one.append([dispatch(1)])
    assert [cursor for cursor, _ in other.read(0, 10)] == [1001]
    assert open_redis(5).read(0, 10) == one.read(0, 10) == other.read(0, 10)


def test_reader_far_behind_goes_on_with_the_newest(open_redis: Open) -> None:
    writer, reader = open_redis(100), open_redis(100)
    writer.append([dispatch(0)])
    assert ids(reader) == ["t-0"]
    epoch = reader.epoch
    for start in range(0, 8000, 500):
        writer.append([dispatch(start + number) for number in range(1, 501)])
    assert [cursor for cursor, _ in reader.read(0, 1000)] == list(range(7902, 8002))
    assert reader.epoch == epoch


def test_store_larger_than_a_page_is_read_page_by_page(open_redis: Open) -> None:
    writer, reader = open_redis(4 * PAGE), open_redis(4 * PAGE)
    writer.append([dispatch(0)])
    assert reader.count() == 1
    made = 2 * PAGE + 7
    for start in range(1, made, 1000):
        writer.append([dispatch(number) for number in range(start, min(start + 1000, made))])
    for store in (reader, open_redis(4 * PAGE)):
        cursors = [cursor for cursor, _ in store.read(0, made + 1)]
        assert cursors == list(range(1, made + 1))
        assert store.epoch == writer.epoch


def test_stream_is_kept_short(open_redis: Open, redis_server: RedisServer) -> None:
    store = open_redis(100)
    for start in range(0, 5000, 500):
        store.append([dispatch(start + number) for number in range(500)])
    with redis_server.client() as client:
        assert client.xlen(STREAM) < 100 + 25 + 300 + 200


def test_clear_and_control_are_seen_by_all(open_redis: Open) -> None:
    one, other = open_redis(), open_redis()
    one.append([dispatch(1)])
    epoch = other.epoch
    one.clear()
    one.set_control(Control(stopped=STOP, muted=("a.b",)))
    assert ids(other) == []
    assert other.epoch == one.epoch != epoch
    assert other.control() == Control(stopped=STOP, muted=("a.b",))


def test_another_process_writes_while_this_one_reads(
    open_redis: Open, redis_server: RedisServer, wait_until: WaitUntil
) -> None:
    script = (
        "import sys\n"
        "from tests.tracer.stores.conftest import dispatch\n"
        "from tracer.stores import open_store\n"
        "store = open_store(sys.argv[1], 10_000)\n"
        "for number in range(300): store.append([dispatch(number)])\n"
    )
    store = open_redis(10_000)
    command = [sys.executable, "-W", "error", "-c", script, redis_server.url]
    with subprocess.Popen(command, cwd=CHECKOUT) as other:
        seen: list[str] = []
        cursor = 0

        def read_on() -> bool:
            nonlocal cursor
            batch = store.read(cursor, 50)
            cursor = batch[-1][0] if batch else cursor
            seen.extend(record.id for _, record in batch)
            return len(seen) >= 300

        wait_until(read_on, timeout_s=30)
        assert other.wait(timeout=30) == 0
    assert seen == [f"t-{number}" for number in range(300)]


def test_waiting_ends_as_something_comes(open_redis: Open) -> None:
    reader, writer = open_redis(), open_redis()
    writer.append([dispatch(1)])
    reader.wait(60)
    assert ids(reader) == ["t-1"]
    reader.wait(0.01)
    writer.append([dispatch(2)])
    reader.wait(60)
    assert ids(reader) == ["t-1", "t-2"]


def test_record_that_does_not_decode_is_passed_over(
    open_redis: Open, redis_server: RedisServer
) -> None:
    store = open_redis()
    store.append([dispatch(1)])
    with redis_server.client() as client:
        for number, data in enumerate([b"", b"\xc1", b"\x81\xa4type\xa3new", b"text", 5]):
            client.xadd(STREAM, {f"x{number}": data})
        client.hset(META, "control", "no control")
    store.append([dispatch(2)])
    assert ids(store) == ["t-1", "t-2"]
    first = store.read(0, 1)[0][0]
    assert [record.id for _, record in store.read(first, 1)] == ["t-2"], "they use up no limit"
    assert [record.id for _, record in store.newest(2)] == ["t-1", "t-2"]
    assert store.control() == Control()


@pytest.mark.parametrize("value", [2**70, "\ud800"])
def test_record_that_does_not_encode_becomes_a_marker(open_redis: Open, value: object) -> None:
    store = open_redis()
    store.append([dispatch(1), dispatch(2, arguments={"value": value}), dispatch(3)])
    one, two, three = (record for _, record in store.read(0, 10))
    assert isinstance(one, Dispatch)
    assert isinstance(three, Dispatch)
    assert isinstance(two, Marker)
    assert (two.id, two.kind) == ("t-2", "fault")


def test_fork_leaves_parent_and_child_a_store_that_works(redis_server: RedisServer) -> None:
    script = """
import os, sys
from django.conf import settings
settings.configure(SIGNALBOX={"STORE": sys.argv[1]})
from tests.tracer.stores.conftest import dispatch
from tracer.stores import shared
shared().append([dispatch(1)])
assert shared().count() == 1
child = os.fork()
if child == 0:
    shared().append([dispatch(2)])
    os._exit(0 if shared().count() >= 2 else 1)
shared().append([dispatch(3)])
_, status = os.waitpid(child, 0)
assert status == 0
print(sorted(record.id for _, record in shared().read(0, 10)))
"""
    command = [sys.executable, "-W", "error", "-c", script, redis_server.url]
    process = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert process.stdout.strip() == "['t-1', 't-2', 't-3']", process.stderr


# -- a server that fails ------------------------------------------------------------------------------------------


def test_nothing_connects_before_it_has_to_and_a_server_may_come_later(
    wait_until: WaitUntil,
) -> None:
    if redis_servers.EXECUTABLE is None:
        pytest.skip(redis_servers.WHY_SKIPPED)
    with RedisServer() as server:
        server.kill()
        store = open_store(server.url, 100)
        assert store.name == f"redis 127.0.0.1:{server.port}/0"
        assert store.notice is None
        with pytest.raises(StoreError, match=r"Redis at 127\.0\.0\.1:\d+ cannot be reached\."):
            store.append([dispatch(1)])
        server.start()
        wait_until(lambda: works(lambda: store.append([dispatch(1)])))
        assert ids(store) == ["t-1"]
        store.close()


def test_server_killed_and_started_again_has_all_it_took(
    own_redis: RedisServer, open_own: Open, wait_until: WaitUntil
) -> None:
    store = open_own()
    store.append([dispatch(1)])
    before, epoch = store.read(0, 10), store.epoch
    own_redis.kill()
    with pytest.raises(StoreError, match="cannot be reached"):
        store.append([dispatch(2)])
    own_redis.start()
    wait_until(lambda: works(lambda: store.append([dispatch(2)])))
    assert store.read(0, 10)[0] == before[0]
    assert ids(store) == ["t-1", "t-2"]
    assert store.epoch == epoch


def test_server_that_lost_everything_gets_a_new_epoch_and_the_control_back(
    own_redis: RedisServer, open_own: Open, wait_until: WaitUntil
) -> None:
    store, other = open_own(), open_own()
    store.append([dispatch(1)])
    store.set_control(Control(stopped=STOP))
    epoch = store.epoch
    own_redis.kill()
    own_redis.forget_everything()
    own_redis.start()
    wait_until(lambda: works(lambda: store.append([dispatch(2)])))
    assert ids(store) == ids(other) == ["t-2"]
    assert store.epoch == other.epoch != epoch
    assert store.control() == other.control() == Control(stopped=STOP)


@pytest.mark.parametrize("is_read_at_once", [True, False])
def test_server_that_took_anothers_place_and_lacks_the_last_writes_is_read_anew(
    own_redis: RedisServer, open_own: Open, is_read_at_once: bool, wait_until: WaitUntil
) -> None:
    store = open_own()
    store.append([dispatch(1)])
    with own_redis.client() as client:
        kept = client.dump(STREAM)
        store.append([dispatch(2)])
        assert ids(store) == ["t-1", "t-2"]
        epoch = store.epoch
        lost_ms = int(client.xinfo_stream(STREAM)["last-generated-id"].partition(b"-")[0])
        client.restore(STREAM, 0, kept, replace=True)
        # Else the next entry may get the very ID of the one that is lost, which nobody can tell.
        wait_until(lambda: client.time()[0] * 1000 + client.time()[1] // 1000 > lost_ms)
    if is_read_at_once:
        assert store.epoch != epoch
        assert ids(store) == ["t-1"]
    store.append([dispatch(3)])
    assert store.epoch != epoch
    assert ids(store) == ["t-1", "t-3"]


def test_replica_is_said_to_be_one(own_redis: RedisServer, open_own: Open) -> None:
    store = open_own()
    store.append([dispatch(1)])
    with own_redis.client() as client:
        client.execute_command("REPLICAOF", "127.0.0.1", str(free_port()))
        with pytest.raises(StoreError, match="is a replica, which takes no writes"):
            store.append([dispatch(2)])
        assert ids(store) == ["t-1"]
        client.execute_command("REPLICAOF", "NO", "ONE")
    store.append([dispatch(2)])
    assert ids(store) == ["t-1", "t-2"]


def test_server_that_stands_still_is_waited_for_a_moment_only(
    own_redis: RedisServer, open_own: Open, wait_until: WaitUntil
) -> None:
    store = open_own()
    store.append([dispatch(1)])
    own_redis.stop()
    for use in (lambda: store.append([dispatch(2)]), lambda: store.read(0, 9), store.control):
        with pytest.raises(StoreError, match="does not answer"):
            use()
    store.wait(0.01)
    own_redis.go_on()
    wait_until(lambda: works(lambda: store.append([dispatch(3)])))
    # What was sent before it stood still may be taken now, or not.
    assert set(ids(store)) - {"t-2"} == {"t-1", "t-3"}


def test_full_server_takes_no_batch_but_is_read_and_can_be_cleared(
    own_redis: RedisServer, open_own: Open
) -> None:
    store = open_own()
    store.append([dispatch(1)])
    epoch = store.epoch
    with own_redis.client() as client:
        client.config_set("maxmemory", "1")
        with pytest.raises(StoreError, match=r"is full \(its maxmemory is reached\)"):
            store.append([dispatch(2), dispatch(3)])
        assert ids(store) == ["t-1"], "readers go on"
        with pytest.raises(StoreError, match="is full"):
            store.clear()
        client.config_set("maxmemory", "0")
    store.clear()
    assert store.epoch != epoch
    assert ids(store) == []


def test_key_of_something_else_is_never_touched(
    open_redis: Open, redis_server: RedisServer
) -> None:
    store = open_redis()
    with redis_server.client() as client:
        client.set(STREAM, "mine")
        for use in (lambda: store.append([dispatch(1)]), lambda: store.read(0, 9)):
            with pytest.raises(StoreError, match=r"refuses \((WRONGTYPE|ERR)\)"):
                use()
        assert client.get(STREAM) == b"mine"


def test_closing_ends_what_another_thread_waits_for(open_redis: Open) -> None:
    store = open_redis()
    store.append([dispatch(1)])
    store.close()
    store.wait(60)
    with pytest.raises(StoreError, match="closed"):
        store.read(0, 1)


# -- what is said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis:///0",
        "redis://user:hunter2@host:port/0",
        "redis://user:hunter2@[::1/0",
        "redis://user:hunter2@host/0?colour=blue",
    ],
)
def test_address_that_is_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="is not the address of a Redis") as caught:
        open_store(url, 100)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_user_and_password_are_never_said(
    caplog: pytest.LogCaptureFixture, wait_until: WaitUntil
) -> None:
    if redis_servers.EXECUTABLE is None:
        pytest.skip(redis_servers.WHY_SKIPPED)
    caplog.set_level(logging.DEBUG)
    with RedisServer(requirepass="hunter2") as server:
        stores = [
            open_store(f"redis://{who}127.0.0.1:{server.port}/3", 100)
            for who in ("", "alice:hunter3@", ":hunter3@", "default:hunter2@", "")
        ]
        said = [store.name for store in stores]
        for store in stores:
            for use in (lambda store=store: store.append([dispatch(1)]), store.control):
                try:
                    use()
                except StoreError as error:
                    said += traceback.format_exception(error)
        assert sum("refuses the user or the password" in line for line in said) == 8
        server.kill()
        for store in stores:
            try:
                store.read(0, 1)
            except StoreError as error:
                said += traceback.format_exception(error)
            store.close()
    text = "".join(said) + caplog.text
    assert "hunter" not in text
    assert "alice" not in text


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, its key beside it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl, to make a certificate")
    certificate = tmp_path / "redis.crt"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(tmp_path / "redis.key"), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return certificate


def test_tls_with_user_and_password(certificate: Path) -> None:
    if redis_servers.EXECUTABLE is None:
        pytest.skip(redis_servers.WHY_SKIPPED)
    port = free_port()
    with RedisServer(
        requirepass="hunter2",
        tls_port=str(port),
        tls_cert_file=str(certificate),
        tls_key_file=str(certificate.with_suffix(".key")),
        tls_ca_cert_file=str(certificate),
        tls_auth_clients="no",
    ):
        url = f"rediss://default:hunter2@127.0.0.1:{port}/0"
        store = open_store(f"{url}?ssl_ca_certs={certificate}", 100)
        store.append([dispatch(1)])
        assert ids(store) == ["t-1"]
        assert store.name == f"redis 127.0.0.1:{port}/0"
        store.close()
        unknown = open_store(url, 100)
        with pytest.raises(StoreError, match="cannot be reached by TLS") as caught:
            unknown.append([dispatch(1)])
        unknown.close()
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_missing_client_is_said_with_the_line_to_paste() -> None:
    script = (
        "import sys\n"
        "sys.modules['redis'] = None\n"
        "from tracer.exceptions import StoreError\n"
        "from tracer.stores import open_store\n"
        "try: open_store('redis://host:6379/0', 100)\n"
        "except StoreError as error: print(error)\n"
    )
    command = [sys.executable, "-W", "error", "-c", script]
    said = subprocess.run(
        command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install redis" in said.stdout


def test_clock_of_a_machine_is_compared_with_the_servers(
    open_redis: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_redis()
    store.append([dispatch(1)])
    assert abs(store.skew_us) < 1_000_000
    true_ns = time.time_ns
    for ahead_s in (7, -7):
        monkeypatch.setattr(time, "time_ns", lambda s=ahead_s: true_ns() + s * 1_000_000_000)
        store.append([dispatch(1)])
        assert round(store.skew_us / 1_000_000) == ahead_s


# -- what processes have connected ---------------------------------------------------------------------------------


def test_only_registries_that_have_changed_are_fetched(redis_server: RedisServer) -> None:
    here, there = (open_store(redis_server.url, 10) for _ in range(2))
    for number in range(3):
        there.set_registry(f"celery {number}@there", b"first" * 1000)
    assert len(here.registries()) == 3
    there.set_registry("celery 1@there", b"second")
    with redis_server.client() as client:
        client.config_resetstat()
        assert here.registries()["celery 1@there"] == b"second"
        assert client.info("commandstats")["cmdstat_get"]["calls"] == 1
    here.close()
    there.close()


def test_names_of_processes_that_ended_unseen_do_not_pile_up(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    store = open_store(redis_server.url, 10)
    monkeypatch.setattr(registry_life, "KEPT_S", 0.001)
    monkeypatch.setattr(redis_registries, "_TIDY_AT", 5)
    with redis_server.client() as client:
        for number in range(20):
            store.set_registry(f"celery {number}@there", b"it")
            wait_until(lambda: not client.keys("*registry:*"))
            assert client.hlen(redis_registries.DIGESTS) <= 6
    store.close()


def test_registry_that_the_server_lost_is_said_again(redis_server: RedisServer) -> None:
    store = open_store(redis_server.url, 10)
    store.set_registry("celery 1@there", b"it")
    with redis_server.client() as client:
        client.flushall()
    assert store.registries() == {}
    store.set_registry("celery 1@there", b"it")
    assert store.registries() == {"celery 1@there": b"it"}
    store.close()
