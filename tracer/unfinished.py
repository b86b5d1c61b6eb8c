"""
What is out of the ring and not handed on for good: trees that are not whole, and transactions that are open.

Used on the recorder's thread, with its lock held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING

from tracer import context, faults, transcript
from tracer.outcomes import Outcomes

if TYPE_CHECKING:
    from tracer.running import Origin, Running

PATIENCE_NS = 500_000_000
"""How long a tree may run before what is known of it is handed on."""

Trees = dict[str, list["Running"]]
"""By the root's id: the dispatches of a tree that began up to now, in start order."""


class Unfinished:
    """
    The dispatches that may go on, or come again.

    Each step leaves what it has in hand where the next attempt finds it: its thread may be killed amid it.
    """

    def __init__(self) -> None:
        self.begun: deque[Running] = deque()
        """Out of the ring, with their ids, and not yet among the trees."""
        self.trees: Trees = {}
        """To be replaced by what `ready` leaves, once the rest is in safe hands."""
        self._handed_on_running: set[str] = set()
        self._outcomes = Outcomes()

    def __bool__(self) -> bool:
        return bool(self.trees or self._outcomes)

    def sort_in(self) -> None:
        """Put what has begun among the trees."""
        trees, begun = self.trees, self.begun
        while begun:
            running = begun[0]
            if running.parent is None:
                trees[running.id] = [running]
            else:
                trees.setdefault(transcript.root_of(running).id, []).append(running)
            begun.popleft()

    def ready(
        self, patience_ns: int, is_held: Callable[[list[Running]], bool] | None
    ) -> tuple[list[Running], list[Running], Trees]:
        """
        Return what is to be handed on, what is to be so once more since its transaction has ended, and what is left.

        Trees stand in the order in which their roots began. One that has run for `patience_ns` is handed on as it is,
        unless it is held; with 0 none is.
        """
        ready: list[Running] = []
        left: Trees = {}
        now_ns = perf_counter_ns()
        handed_on = self._handed_on_running
        for root, members in self.trees.items():
            first = members[0]
            origin = first.origin
            if (
                origin is not None
                and origin.quiet is None
                and _is_undecided(origin)
                and now_ns - first.started_ns < PATIENCE_NS
                and patience_ns > 0
            ):
                left[root] = members
                continue
            for running in members:
                # Most are plainly over, and need not be asked.
                if (
                    running.spans is not None or len(running.times) <= running.route.count
                ) and not running.is_over:
                    break
            else:
                ready += members
                if handed_on:
                    handed_on.difference_update(each.id for each in members)
                continue
            still = members
            if now_ns - first.started_ns >= patience_ns and not (
                patience_ns > 0 and is_held is not None and is_held(members)
            ):
                over, still = self._impatiently(members)
                ready += over
            if still:
                left[root] = still
        return ready, self._outcomes.take(), left

    def wait_for(self, handed_on: list[Running]) -> None:
        """Of what is handed on, wait for the transactions that are open."""
        self._outcomes.wait_for(handed_on)

    def forget_transactions(self) -> None:
        """Wait for the outcome of none any more."""
        self._outcomes.forget()

    def give_up(self) -> list[Running]:
        """Let go of all that is in hand, and return it."""
        lost = [*self.begun, *(one for members in self.trees.values() for one in members)]
        self.begun.clear()
        self.trees.clear()
        return lost

    def _impatiently(self, members: list[Running]) -> tuple[list[Running], list[Running]]:
        """Return of a tree what is over, and once each what is not; and what is yet to end."""
        ready = []
        still = []
        for running in members:
            if not running.is_over:
                still.append(running)
                if running.id in self._handed_on_running:
                    continue
                self._handed_on_running.add(running.id)
            else:
                self._handed_on_running.discard(running.id)
            ready.append(running)
        return ready, still


def _is_undecided(origin: Origin) -> bool:
    """Tell whether it is still open if a request is one of our own; asks again."""
    try:
        origin.quiet = context.own_request(origin.path) if context.own_request else False
    except Exception:  # noqa: BLE001
        faults.report("telling our own requests from the site's")
        origin.quiet = False
    return origin.quiet is None
