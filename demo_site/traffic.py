"""Simulated visitors: real HTTP requests to a site on this machine, at a steady rate. Never to another machine."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from demo_site.browser import Unreachable
from demo_site.visitor import Visitor

AT_ONCE = 8
"""Visits under way at the same time; what would exceed them is left out and counted."""
BACK_OFF_S = 0.5
"""While the site does not answer, one visit is tried in this time."""

VISITS: tuple[tuple[Callable[[Visitor], None], int], ...] = (
    (Visitor.read, 34),
    (Visitor.browse, 11),
    (Visitor.order, 17),
    (Visitor.comment, 11),
    (Visitor.join, 9),
    (Visitor.edit, 7),
    (Visitor.order_by_express, 4),
    (Visitor.order_and_cancel, 3),
    (Visitor.order_with_bad_card, 3),
    (Visitor.find_broken_page, 1),
)
"""What visitors do, and how often of a hundred visits."""


@dataclasses.dataclass(slots=True)
class Tally:
    """How many visits ended in which way."""

    done: int = 0
    failed: int = 0
    """The site answered, with something that the visitor did not expect."""
    unreachable: int = 0
    left_out: int = 0


def drive(
    site: str,
    rate: float,
    *,
    until_s: float | None,
    stop: threading.Event,
    say: Callable[[str], None],
) -> Tally:
    """
    Send visitors to `site` until `until_s` seconds have passed, or `stop` is set.

    `rate` counts visits a second. A site that does not answer, because it reloads, is waited for;
    `say` is told once when it goes and once when it is back.
    """
    tally = Tally()
    slots = threading.Semaphore(AT_ONCE)
    lock = threading.Lock()
    away = threading.Event()

    def visit() -> None:
        try:
            outcome = _visit(site)
        finally:
            slots.release()
        with lock:
            setattr(tally, outcome, getattr(tally, outcome) + 1)
            if outcome == "unreachable" and not away.is_set():
                away.set()
                say(f"{site} does not answer; waiting for it.")
            elif outcome != "unreachable" and away.is_set():
                away.clear()
                say(f"{site} answers again.")

    begun = due = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="visitor") as pool:
        while not stop.is_set() and (until_s is None or due - begun < until_s):
            if slots.acquire(blocking=False):
                pool.submit(visit)
            else:
                tally.left_out += 1
            # Each visit is due one step after the one before it, however long that took; a process
            # that slept does not make up for what it missed.
            step = max(1 / rate, BACK_OFF_S if away.is_set() else 0)
            due = max(due + step, time.monotonic() - step)
            stop.wait(max(0.0, due - time.monotonic()))
    return tally


def _visit(site: str) -> str:
    [(visit, _)] = random.choices(VISITS, weights=[weight for _, weight in VISITS])
    try:
        visit(Visitor(site))
    except Unreachable:
        return "unreachable"
    except LookupError:
        return "failed"
    return "done"
