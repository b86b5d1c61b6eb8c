"""What happens on the site while it is soaked: visitors, a command, a worker. Counts what a worker made."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from demo_site.traffic import Tally, drive
from tests.benchmarks.load_processes import heard, producer, tell
from tests.soak.agreed import CAPACITY
from tests.soak.site import Site

VISITS_A_SECOND = 5.0
WARM_UP_A_SECOND = 50.0
WORKER_A_SECOND = 40
COMMAND = "from demo_site import seed; seed.sow()"
COMMAND_S = 120.0


class Traffic:
    """All of it; only one span of visitors at a time."""

    def __init__(self, site: Site) -> None:
        self.tally = Tally()
        self.made_by_workers: dict[int, int] = {}
        """By pid, as the workers say it themselves."""
        self.stop = threading.Event()
        """Set it, and the visitors that are there are the last ones."""
        self._site = site

    def visit(self, seconds: float, rate: float = VISITS_A_SECOND) -> None:
        """Send visitors, and wait until the last of them has left."""
        tally = drive(self._site.address, rate, until_s=seconds, stop=self.stop, say=lambda _: None)
        for name in ("done", "failed", "unreachable", "left_out"):
            setattr(self.tally, name, getattr(self.tally, name) + getattr(tally, name))

    def run_command(self) -> None:
        """Run a management command that saves and deletes, and wait for its end."""
        command = self._site.run_command(COMMAND)
        try:
            command.finish(COMMAND_S)
        finally:
            command.stop()

    def run_worker(self, seconds: float) -> None:
        """Run a worker process that dispatches into the same store, and wait for its end."""
        with ExitStack() as stack:
            worker = producer(self._site.store, stack, CAPACITY)
            assert heard(worker) == "ready\n"
            tell(worker, f"rate {WORKER_A_SECOND} {max(seconds, 0.5)}")
            self.made_by_workers[worker.pid] = int(heard(worker).split()[1])
            tell(worker, "end")
            worker.wait(COMMAND_S)
