"""Forks, threads, shutdown and reload: no deadlock, no lost tail, no word on stderr."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
from django.dispatch import Signal

import tracer
from tests.tracer.invisible import programs

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

FORKING_IS_MEANT = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
"""


@needs_fork
@pytest.mark.slow
def test_workers_of_a_preloaded_parent_each_keep_their_tail(tmp_path: Path) -> None:
    body = """
        signal.send("parent")
        children = []
        for number in range(4):
            child = os.fork()
            if child == 0:
                for _ in range(50):
                    signal.send("worker", number=number)
                sys.exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        signal.send("parent")
    """
    programs.run(tmp_path, FORKING_IS_MEANT + dedent(body))
    found = programs.dispatches(tmp_path)
    assert Counter(d.arguments.get("number") for d in found) == {
        None: 2,
        0: 50,
        1: 50,
        2: 50,
        3: 50,
    }
    assert len({d.process for d in found}) == 5
    assert len({d.id for d in found}) == len(found)


@needs_fork
@pytest.mark.slow
def test_worker_hands_on_what_it_dispatches_while_it_runs(tmp_path: Path) -> None:
    body = """
        signal.send("parent", word="parent")
        child = os.fork()
        if child == 0:
            import time
            from tracer import stores
            signal.send("worker", word="child")
            deadline = time.monotonic() + 20
            while not any(r.process.split()[1].startswith(f'{os.getpid()}@') for _, r in stores.shared().newest(99)):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    """
    programs.run(tmp_path, FORKING_IS_MEANT + dedent(body))
    assert {d.arguments["word"] for d in programs.dispatches(tmp_path)} == {"parent", "child"}


@needs_fork
@pytest.mark.slow
def test_fork_amid_dispatching_threads_locks_nobody_up(tmp_path: Path) -> None:
    body = """
        over = threading.Event()
        def dispatches():
            while not over.wait(0.002):
                for _ in range(20):
                    signal.send("thread")
        threads = [threading.Thread(target=dispatches) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(15):
            child = os.fork()
            if child == 0:
                signal.send("child")
                tracer.stats()
                from tracer import recorder
                recorder.recorder.flush()
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
        over.set()
        for thread in threads:
            thread.join()
    """
    programs.run(tmp_path, FORKING_IS_MEANT + dedent(body))
    assert sum(d.sender == "instance of str" for d in programs.dispatches(tmp_path)) >= 15


@pytest.mark.slow
@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_worker_of_multiprocessing_keeps_its_tail(tmp_path: Path, way: str) -> None:
    if way not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {way} on this system")
    body = """
        import multiprocessing
        def work(number):
            tracer.install()
            for _ in range(20):
                signal.send("worker", number=number)
        if __name__ == "__main__":
            context = multiprocessing.get_context(WAY)
            workers = [context.Process(target=work, args=(number,)) for number in range(2)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
                assert worker.exitcode == 0
            with context.Pool(2) as pool:
                pool.map(work, [2, 3], chunksize=1)
                pool.close()
                pool.join()
    """
    programs.run(tmp_path, FORKING_IS_MEANT + dedent(body).replace("WAY", repr(way)), install=False)
    counted = Counter(d.arguments["number"] for d in programs.dispatches(tmp_path))
    assert counted == {0: 20, 1: 20, 2: 20, 3: 20}


@pytest.mark.slow
def test_workers_of_a_process_pool_under_an_installed_parent_keep_theirs(tmp_path: Path) -> None:
    body = """
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        def work(number):
            return len(signal.send("worker", number=number))
        if __name__ == "__main__":
            signal.send("parent")
            with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
                assert list(pool.map(work, range(10))) == [0] * 10
    """
    programs.run(tmp_path, FORKING_IS_MEANT + dedent(body))
    counted = Counter(d.arguments.get("number") for d in programs.dispatches(tmp_path))
    assert counted == {None: 1, **dict.fromkeys(range(10), 1)}


@pytest.mark.slow
def test_shutdown_with_dispatches_in_flight_is_quiet(tmp_path: Path) -> None:
    body = """
        started = threading.Barrier(9)
        def receives(**named):
            signal_within.send("s")
        signal_within = Signal()
        signal.connect(receives)
        def dispatches():
            signal.send("first", first=True)
            started.wait()
            while not threading.Event().wait(0.0005):
                signal.send("s")
        for _ in range(8):
            threading.Thread(target=dispatches, daemon=True).start()
        started.wait()
    """
    programs.run(tmp_path, body)
    assert sum("first" in d.arguments for d in programs.dispatches(tmp_path)) == 8


@pytest.mark.slow
def test_what_others_dispatch_at_exit_is_quiet_and_what_came_before_is_kept(tmp_path: Path) -> None:
    body = """
        import atexit
        def says_goodbye():
            assert signal.send("goodbye", word="goodbye") == []
        atexit.register(says_goodbye)
        class Late:
            def __del__(self):
                assert signal.send("late") == []
        sys.modules["late"] = Late()
        signal.send("s", word="before")
    """
    programs.run(tmp_path, body)
    words = [d.arguments.get("word") for d in programs.dispatches(tmp_path)]
    assert words[:2] == ["before", "goodbye"]


@pytest.mark.slow
def test_dispatch_after_our_own_end_is_quiet(tmp_path: Path) -> None:
    body = """
        import atexit
        def says_goodbye():
            for _ in range(3):
                assert signal.send("goodbye") == []
        atexit.register(says_goodbye)
        import tracer.keeper
        tracer.install()
        signal.send("s", word="before")
    """
    programs.run(tmp_path, body, install=False)
    assert programs.dispatches(tmp_path)[0].arguments == {"word": "before"}


@pytest.mark.slow
@pytest.mark.parametrize("code", ["sys.exit(0)", "raise SystemExit", "os.kill(os.getpid(), 15)"])
def test_tail_is_kept_however_a_server_ends(tmp_path: Path, code: str) -> None:
    body = f"""
        import signal as signals
        signals.signal(signals.SIGTERM, lambda *args: sys.exit(0))
        for _ in range(30):
            signal.send("s")
        {code}
        signals.pause()
    """
    programs.run(tmp_path, body)
    assert len(programs.dispatches(tmp_path)) == 30


def test_64_threads_lose_nothing_and_disturb_nobody() -> None:
    signal, within = Signal(use_caching=True), Signal()
    answers: list[int] = []

    class Sender:
        pass

    def receives(**named: object) -> int:
        within.send(named["number"])
        return 1

    def comes_and_goes(**named: object) -> int:
        return 2

    def dispatches(number: int) -> None:
        ready.wait(30)
        for _ in range(40):
            if number % 8 == 0:
                signal.connect(comes_and_goes, sender=Sender)
                signal.disconnect(comes_and_goes, sender=Sender)
            answers.append(dict(signal.send(Sender, number=number))[receives])

    ready = threading.Barrier(64)
    signal.connect(receives)
    threads = [threading.Thread(target=dispatches, args=(number,)) for number in range(64)]
    before = tracer.stats()
    with tracer.capture() as captured:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert answers == [1] * (64 * 40)
    after = tracer.stats()
    assert (after.dropped, after.faults) == (before.dropped, before.faults)
    assert len(captured) == 2 * 64 * 40
    by_id = {d.id: d for d in captured}
    for child in (d for d in captured if d.depth):
        assert child.parent_id is not None
        assert by_id[child.parent_id].thread == child.thread


RELOADED = """
from django.apps import AppConfig

class SiteConfig(AppConfig):
    name = "site_to_reload"

    def ready(self):
        from django.dispatch import Signal
        Signal().send("ready", version=VERSION)
"""
