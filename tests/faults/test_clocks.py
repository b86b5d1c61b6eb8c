"""The clock of the machine set back by an hour while Signalbox records."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow

CLOCK = """
    import time
    set_by_s = 0
    real_s, real_ns = time.time, time.time_ns
    time.time = lambda: real_s() + set_by_s
    time.time_ns = lambda: real_ns() + set_by_s * 10**9
"""


def test_clock_set_back_by_an_hour(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        """
        def receives(number, **_):
            return number
        signal.connect(receives, sender=str)
        def not_called(**_):
            pass
        signal.connect(not_called, sender=int)
        def send(numbers):
            for number in numbers:
                assert signal.send(str, number=number) == [(receives, number)]
        send(range(10))
        if box.is_on:
            from tracer import control, stores
            stores.shared().set_registry("killed 1@here", b"of a process that will say no more")
            assert "killed 1@here" in stores.shared().registries()
            control.set_recording(False)
        box.settle()
        box.page()
        set_by_s = -3600
        if box.is_on:
            control.set_recording(True)
        send(range(10, 20))
        box.settle()
        box.wait_for_page("was set back by 3600.0 s")
        box.look("set back")
        if box.is_on:
            assert "killed 1@here" not in stores.shared().registries()
            from dashboard.feed import feed
            from django.test import Client
            last = [one for one in feed().window.dispatches() if one.arguments.get("number") == 19]
            detail = Client().get(f"/signals/opened/?open={last[0].id}").content.decode()
            # Not that it was connected after the dispatch, as the clock had it.
            assert "sb-reason-sender" in detail
        print("sent")
        """,
        beginning=CLOCK,
    )
    told = seen.said["set back"]
    assert told["numbers"] == list(range(20))
    assert told["faults"] == told["dropped"] == 0
    assert "recording stopped from" in " ".join(told["markers"])
