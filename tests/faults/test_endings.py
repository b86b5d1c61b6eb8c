"""The interpreter ends at whatever moment: with the exit code and the last words it has without Signalbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow

SENDS = """
    import atexit, signal as signals
    inner = Signal()
    def receives(number, **_):
        inner.send("i", number=number)
        return number
    signal.connect(receives)
    def send(numbers):
        for number in numbers:
            assert signal.send("s", number=number) == [(receives, number)]
        print("sent", numbers, flush=True)
    def ends(how):
        def ending(number, **_):
            if number == 30:
                print("ending", flush=True)
                how()
        signal.connect(ending, weak=False)
        for number in range(40):
            signal.send("s", number=number)
"""
ENDINGS = {
    "sys.exit in a receiver": ("ends(lambda: sys.exit(3))", 3),
    "sys.exit with words": ("ends(lambda: sys.exit('words'))", 1),
    "an exception nobody catches": ("ends(lambda: 1 / 0)", 1),
    "Ctrl+C in a receiver": ("ends(lambda: os.kill(os.getpid(), signals.SIGINT))", -2),
    "a handler of SIGTERM that exits": (
        """
        signals.signal(signals.SIGTERM, lambda *_: sys.exit(5))
        ends(lambda: os.kill(os.getpid(), signals.SIGTERM))
        """,
        5,
    ),
    "sys.exit in an async receiver": (
        """
        import asyncio
        async def ending(**_):
            await asyncio.sleep(0)
            sys.exit(6)
        signal.connect(ending)
        async def main():
            for number in range(30):
                await inner.asend("i", number=number)
            await signal.asend("s", number=30)
        asyncio.run(main())
        """,
        6,
    ),
    "sys.exit in a thread's receiver": (
        """
        thread = threading.Thread(target=ends, args=(lambda: sys.exit(3),))
        thread.start()
        thread.join()
        """,
        0,
    ),
    "threads that go on after the main one": (
        """
        main = threading.main_thread()
        def go_on():
            main.join()
            send(range(31))
        threading.Thread(target=go_on).start()
        """,
        0,
    ),
    "daemon threads that dispatch at the end": (
        """
        send(range(31))
        def goes_on():
            while True:
                signal.send("s", number=-1)
        for _ in range(4):
            threading.Thread(target=goes_on, daemon=True).start()
        """,
        0,
    ),
    "atexit that dispatches and raises": (
        """
        def goodbye():
            send(range(31))
            raise ValueError("at the very end")
        atexit.register(goodbye)
        """,
        0,
    ),
    "atexit that exits": ("atexit.register(sys.exit, 7); send(range(31))", 0),
    "objects that dispatch as they are torn down": (
        """
        class Late:
            def __del__(self):
                print(Signal().send("late"), signal.send("s", number=-1)[0][1])
        sys.modules["late"] = Late()
        send(range(31))
        """,
        0,
    ),
}
KILLED = {
    "os._exit in a receiver": ("ends(lambda: os._exit(4))", 4),
    "SIGTERM": ("ends(lambda: os.kill(os.getpid(), signals.SIGTERM))", -15),
    "SIGKILL": ("ends(lambda: os.kill(os.getpid(), signals.SIGKILL))", -9),
    "abort": ("ends(os.abort)", -6),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_ending_that_python_survives_keeps_all(tmp_path: Path, ending: str) -> None:
    body, code = ENDINGS[ending]
    seen = run_twice(tmp_path, SENDS, body, code=code)
    numbers = [one.arguments.get("number") for one in seen.dispatches if one.depth == 0]
    assert sorted(set(numbers) - {-1, None}) == list(range(31))
    assert seen.log == ""
    assert {one.state for one in seen.dispatches if one.arguments.get("number") != -1} <= {
        "ok",
        "error",
    }


@pytest.mark.parametrize("ending", KILLED)
def test_ending_that_kills_keeps_what_was_written(tmp_path: Path, ending: str) -> None:
    body, code = KILLED[ending]
    before = "send(range(-10, 0)); box.settle()\n"
    seen = run_twice(tmp_path, SENDS, before, body, code=code)
    numbers = {one.arguments["number"] for one in seen.dispatches}
    assert numbers >= set(range(-10, 0))


def test_ctrl_c_while_we_hold_up_the_end_lets_it_end(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        SENDS,
        """
        import sqlite3
        send(range(3))
        box.settle()
        if box.is_on:
            other = sqlite3.connect(box.store, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN EXCLUSIVE")
            def presses():
                main = threading.main_thread().ident
                names = set()
                while "finish" not in names:
                    frame, names = sys._current_frames()[main], set()
                    while frame is not None:
                        names.add(frame.f_code.co_name)
                        frame = frame.f_back
                os.kill(os.getpid(), signals.SIGINT)
            threading.Thread(target=presses, daemon=True).start()
        send(range(3, 6))
        """,
    )
    assert "Signalbox ends without 6 records: The store " in seen.log
    assert "is locked by another process" in seen.log
