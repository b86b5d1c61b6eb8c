"""Ctrl+C, by a timer of the system's, wherever the interpreter looks at signals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow


def test_interrupted_anywhere_the_next_dispatch_stands_where_it_belongs(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        """
        import logging, signal as signals
        logging.disable()
        from django.core.signals import request_finished, request_started
        inner, probe, request = Signal(), Signal(), {"REQUEST_METHOD": "GET", "PATH_INFO": "/a/"}
        def receives(number, **_):
            inner.send("i", number=number)
            return 1
        def fails(**_):
            raise ValueError
        for one in (signal, inner):
            one.connect(lambda **_: 2, weak=False)
        signal.connect(receives)
        inner.connect(fails)
        signals.signal(signals.SIGALRM, signals.default_int_handler)
        others = [Signal() for _ in range(300)]
        def goes_on(other):
            # For ever, had it not been interrupted; not quite, should that be lost.
            for _ in range(5_000):
                for one in (other, signal):
                    try:
                        one.send("s", text="some", number=-1)
                    except ValueError:
                        pass
                    one.send_robust("s", text="some", number=-1)
        interrupted = 0
        for number in range(300):
            try:
                signals.setitimer(signals.ITIMER_REAL, 30e-6 + number % 300 * 1e-6)
                goes_on(others[number])
                signals.setitimer(signals.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            assert probe.send("p", number=number) == []
            try:
                signal.send("s", number=-2)
            except ValueError:
                pass
            if number % 100 == 0:
                box.settle()
        assert interrupted > 290, interrupted
        box.settle()
        box.look("interrupted")
        """,
    )
    told = seen.said["interrupted"]
    probes = [one for one in seen.dispatches if one.arguments.get("number", -1) >= 0]
    running = [one for one in seen.dispatches if one.state == "running"]
    assert [one.arguments["number"] for one in probes] == list(range(300))
    assert {one.depth for one in probes} == {0}
    assert {one.origin for one in probes} == {None}
    # What is interrupted before its first receiver is called has no end; there is nothing below it.
    assert all(not one.calls or one.calls[0].started_ns is None for one in running)
    assert {one.id for one in running}.isdisjoint(one.parent_id for one in seen.dispatches)
    assert told["is_installed"]
