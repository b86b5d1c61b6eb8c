"""A process that dispatches what it is told to: `python -m tests.tracer.stores.producer STORE CAPACITY`.

A line on its input is a command, and is answered by a line:
`send N`, `pace SECONDS`, `rate A_SECOND SECONDS`, `limit BYTES`, `record on|off`, `await on|off`, `stats`, `end`.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import django
from django.conf import settings
from django.dispatch import Signal

signal = Signal()


def receiver(**_: object) -> None:
    pass


def main(store: str, capacity: str) -> None:
    settings.configure(SIGNALBOX={"STORE": store, "CAPACITY": int(capacity)})
    django.setup()
    import tracer
    from tracer import control

    tracer.install()
    signal.connect(receiver)
    say("ready")
    for line in sys.stdin:
        match line.split():
            case ["send", number]:
                for _ in range(int(number)):
                    signal.send("sender", instance="a", created=True)
                say("sent")
            case ["rate", a_second, seconds]:
                say(f"made {send_steadily(int(a_second), float(seconds))}")
            case ["pace", seconds]:
                # Until it is killed: the number of each, and when it was sent by a clock that all processes share.
                number = 0
                while True:
                    signal.send("sender", number=number)
                    say(f"{number} {time.monotonic_ns()}")
                    number += 1
                    time.sleep(float(seconds))
            case ["limit", size]:
                _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), hard))
                say("limited")
            case ["record", word]:
                control.set_recording(word == "on")
                say("turned")
            case ["await", word]:
                while control.recording() != (word == "on"):
                    time.sleep(0.01)
                say("there")
            case ["stats"]:
                stats = tracer.stats()
                say(json.dumps({"recorded": stats.recorded, "dropped": stats.dropped}))
            case _:
                return


placed, billed = Signal(), Signal()


def bill(*, order: str, **_: object) -> None:
    billed.send(Signal, order=order, amount=12.5)


def send_steadily(a_second: int, seconds: float) -> int:
    """Send trees of two, at a rate, and return how many dispatches these were."""
    placed.connect(bill)
    billed.connect(receiver)
    began, made = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        while made < now * a_second:
            placed.send(None, order=f"shop.Order #{made}", created=True, using="default")
            made += 2
        time.sleep(0.01)
    return made


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
