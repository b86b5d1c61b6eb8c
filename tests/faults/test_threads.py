"""The recorder's thread killed by what it cannot catch, at whatever moment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow

BRISK = """
import warnings
# Of what was just being opened, which is closed as it is let go.
warnings.simplefilter("ignore", ResourceWarning)
def receives(number, **_):
    return number
signal.connect(receives)
if box.is_on:
    import tracer.recorder
    from tracer.recorder import recorder
    tracer.recorder.PERIOD_S = 0.0005
"""
"""A receiver, and a recorder that takes turns two thousand times a second."""


def test_recorders_thread_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        BRISK,
        """
        import ctypes
        def kill(thread):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
            )
        def is_ours(thread):
            # Past its beginning, which is the standard library's, and before its end.
            frame = sys._current_frames().get(thread.ident)
            while frame is not None and frame.f_code.co_name != "_run":
                frame = frame.f_back
            return frame is not None
        # It is met amid whatever it does.
        sys.setswitchinterval(1e-6)
        for kills in range(100):
            # A thread that is killed before its first line is missed by a signal that is not known yet.
            assert Signal().send("another") == []
            for number in range(kills * 10, kills * 10 + 10):
                assert signal.send("s", number=number) == [(receives, number)]
            if box.is_on and (thread := recorder.thread) is not None:
                while thread.is_alive() and not is_ours(thread):
                    pass
                while kills % 4 and recorder.ring and thread.is_alive():
                    pass
                # It has taken them, and is at one thing or another.
                sum(range(kills * 97 % 5000))
                kill(thread)
                thread.join(10)
                assert not thread.is_alive()
        sys.setswitchinterval(0.005)
        assert Signal().send("another") == []
        box.settle()
        box.wait_for_page("Signalbox failed at")
        box.look("killed")
        """,
    )
    killed = seen.said["killed"]
    assert sorted(one for one in killed["numbers"] if one is not None) == list(range(1000))
    assert killed["dropped"] == 0
    assert killed["faults"] > 60
    assert "Signalbox failed at" in killed["page"]
    assert any("running the recorder's thread: SystemExit" in one for one in killed["markers"])
    assert killed["is_installed"]


@pytest.mark.skipif(
    sys.version_info[:2] == (3, 12), reason="Python 3.12 traces no instructions while it traces"
)
def test_recorders_thread_killed_at_each_place_leaves_nothing_locked(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        BRISK,
        """
        number = idle = 0
        while idle < 30:
            if not armed:
                armed.append(True)
                idle = 0
            idle += 1
            # A thread that is killed before its first line is missed by a signal that is not known yet.
            assert Signal().send("another") == []
            assert signal.send("s", number=number) == [(receives, number)]
            number += box.is_on
            box.wait(lambda: not recorder.ring or not recorder.thread)
        armed.clear()
        assert Signal().send("another") == []
        box.settle()
        box.look("killed")
        """,
        beginning="""
        import dis, faulthandler, sys, threading
        faulthandler.dump_traceback_later(100, exit=True)
        # After these the interpreter looks whether a thread is to be killed.
        looks = {"RESUME", "CALL", "CALL_KW", "CALL_FUNCTION_EX", "JUMP_BACKWARD"}
        # These take no lock, and have far more places than all others.
        long = {"enum", "pathlib", "re", "tokenize"}
        places, armed = set(), []
        def trace(frame, event, arg):
            module = frame.f_globals["__name__"].partition(".")[0]
            if module in long or frame.f_code.co_name == "_scan_module":
                return None
            frame.f_trace_opcodes = True
            code, before = frame.f_code.co_code, ""
            def kill(frame, event, arg):
                nonlocal before
                if event == "opcode":
                    is_place, before = before in looks, dis.opname[code[frame.f_lasti]]
                    caller = frame.f_back
                    place = frame.f_code, frame.f_lasti, caller.f_code, caller.f_lasti
                    if armed and is_place and place not in places:
                        places.add(place)
                        armed.clear()
                        raise SystemExit
                return kill
            return kill
        threading.settrace(trace)
        """,
    )
    killed = seen.said["killed"]
    numbers = sorted(one for one in killed["numbers"] if one is not None)
    assert numbers == list(range(len(numbers)))
    assert killed["dropped"] == 0
    assert killed["faults"] > 200
