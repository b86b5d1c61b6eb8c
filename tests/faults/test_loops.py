"""An event loop that a receiver blocks for five seconds, with the page's socket on the same loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scripts import run_twice

pytestmark = pytest.mark.slow


def test_loop_that_is_blocked_for_five_seconds(tmp_path: Path) -> None:
    seen = run_twice(
        tmp_path,
        """
        import asyncio, json, time
        let_go, blocked = threading.Event(), threading.Event()
        def blocks(number, **_):
            if number == 1:
                blocked.set()
                assert let_go.wait(30)
            return number
        signal.connect(blocks)
        def watches():
            # As another process would, or `manage.py signals tail`.
            assert blocked.wait(30)
            began = time.monotonic()
            box.wait(lambda: box.states_of(1) == ["running"])
            while box.is_on and time.monotonic() - began < 5:
                let_go.wait(0.1)
            let_go.set()
        async def looks():
            from channels.testing import WebsocketCommunicator
            from dashboard.asgi import signalbox
            headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
            socket = WebsocketCommunicator(signalbox(None), "/signals/feed/", headers=headers)
            socket.scope["client"] = ["127.0.0.1", 1]
            assert (await socket.connect(30))[0]
            await socket.send_to(json.dumps({"resume": 0}))
            return socket
        async def hears(socket, dispatch):
            while True:
                push = json.loads(await socket.receive_from(30))
                await socket.send_to(json.dumps({"ack": 1}))
                if dispatch in json.dumps(push):
                    return
        async def main():
            if box.is_on:
                import dashboard.urls
                socket = await looks()
            signal.send("s", number=0)
            threading.Thread(target=watches).start()
            beats = 0
            async def beat():
                nonlocal beats
                while beats < 3:
                    beats += 1
                    await asyncio.sleep(0)
            beating = asyncio.create_task(beat())
            print([answer for _, answer in signal.send("s", number=1)], beats)
            await beating
            print([answer for _, answer in await signal.asend("s", number=2)], beats)
            if box.is_on:
                box.settle()
                await hears(socket, box.id_of(2))
                await socket.disconnect()
        asyncio.run(main())
        box.look("went on")
        """,
    )
    assert seen.stdout == "[1] 0\n[2] 3\n"
    one = next(one for one in seen.dispatches if one.arguments["number"] == 1)
    assert one.state == "ok"
    assert one.duration_ns is not None
    assert one.duration_ns >= 5_000_000_000
    assert seen.said["went on"]["numbers"] == [0, 1, 2]
    assert seen.said["went on"]["faults"] == 0
