"""What is done when: lives of the server, in each of them turns of traffic with an act, and a rest with a sample."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.soak.agreed import CAPACITY, MUTED
from tests.soak.counts import Made
from tests.soak.following import Follower
from tests.soak.resources import Sample, sample
from tests.soak.site import Site
from tests.soak.sums import Account, accounts, shortfall
from tests.soak.traffic import WARM_UP_A_SECOND, Traffic
from tests.soak.viewers import Page, Silent

TURNS = 40
LONGEST_TURN_S, SHORTEST_TURN_S = 60.0, 2.0
LIFE_MIN = 30.0
WARM_UP_S = 3.0
STILL_S, STILL_AGAIN_S = 5.0, 1.0
"""When nothing has moved for so long, what is missing will not come any more; once the soak has failed by that."""
ACT_S = 180.0
"""What an act may take on top of the turn."""
WATCHERS = 2
FULL = 0.85
"""Of the capacity; when there is no more room, a tenth is made at once."""
FILTERS = ("filter=is:error", "filter=took:%3E5ms", "filter=sender:shop.*&view=flat", "page=map")


class Conductor:
    """One soak. What it has found so far can be read at any time."""

    def __init__(self, data: Path, minutes: float, say: Callable[[str], None]) -> None:
        self.site = Site(data)
        self.traffic = Traffic(self.site)
        self.follower = Follower(self.site.store)
        self.pages: list[Page] = []
        """Those that looked at all there is, whose sums can be known."""
        self.others: list[Page] = []
        """Those with a filter, and the map."""
        self.samples: list[Sample] = []
        self.cleared = 0
        """Dispatches that were kept when the feed was cleared."""
        self.own_while_stopped: dict[int, int] = {}
        """By pid: dispatches of the page's own requests that turned recording off and on."""
        self.muted: dict[int, int] = {}
        """By pid: dispatches that passed while their signal was muted."""
        self.acts: dict[str, int] = {}
        self._lives = max(2, round(minutes / LIFE_MIN))
        turn_s = minutes * 60 / TURNS
        self._turn_s = min(max(turn_s, SHORTEST_TURN_S), LONGEST_TURN_S)
        self._turns = max(2, round(minutes * 60 / self._turn_s / self._lives))
        self._say = say
        self._began_s = time.monotonic()
        self._problems: list[BaseException] = []
        self._has_failed = False
        """Whether dispatches were given up that could not be accounted for."""

    def run(self) -> None:
        """Do all of it."""
        self.follower.start()
        self.site.start()
        turns = [
            self._with_a_command,
            self._with_a_stop,
            self._with_a_worker,
            self._with_a_muted_signal,
            self._after_a_clear,
        ]
        for life in range(self._lives):
            if life:
                self._reload()
            self.traffic.visit(WARM_UP_S, WARM_UP_A_SECOND)
            self.settle()
            for turn in range(self._turns):
                if turn == 0:
                    self._watch()
                do = turns[(life * self._turns + turn) % len(turns)]
                self._count(do.__name__)
                do()
                self._rest(life)
        self._leave()

    def accounts(self) -> list[Account]:
        """Return what is known of every process."""
        self.follower.catch_up()
        made = self.site.made()
        made |= {pid: Made(number) for pid, number in self.traffic.made_by_workers.items()}
        return accounts(
            made,
            self.follower.seen(),
            self.follower.told("dropped"),
            self.follower.told("stopped"),
            self.own_while_stopped,
            self.muted,
            self.follower.unheard(),
        )

    def settle(self) -> bool:
        """Wait until all is accounted for and shown; False where nothing has moved for a while, and it is not so."""
        before: object = None
        still_s = time.monotonic()
        while True:
            accounts = self.accounts()
            missing = shortfall(accounts)
            if missing == 0 and self._has_been_shown():
                return True
            now = accounts, [page.cursor for page in self.pages if page.is_looking]
            if now != before:
                before, still_s = now, time.monotonic()
            if time.monotonic() - still_s > (STILL_AGAIN_S if self._has_failed else STILL_S):
                self._has_failed = missing > 0
                return False
            time.sleep(0.1)

    def close(self) -> None:
        """End all that was started."""
        self.traffic.stop.set()
        for page in [*self.pages, *self.others]:
            page.vanish()
        self.site.stop()
        self.follower.catch_up()
        self.follower.close()

    # -- a turn ----------------------------------------------------------------------------------------------------

    def _with_a_command(self) -> None:
        with self._beside(self.traffic.run_command):
            self._visited()

    def _with_a_worker(self) -> None:
        with self._beside(lambda: self.traffic.run_worker(self._turn_s / 2)):
            self._visited()

    def _with_a_stop(self) -> None:
        """Have recording stopped for a while, for a worker too, which may begin or end amid it."""
        with (
            self._beside(lambda: self.traffic.run_worker(self._turn_s / 2)),
            self._beside(self._stop_and_resume),
        ):
            self._visited(quietly=True)

    def _with_a_muted_signal(self) -> None:
        """Have a signal muted from rest to rest, when it is known how many of its dispatches passed."""
        pid = self.site.pid
        self.site.press("mute", signal=MUTED, on="1")
        before = self.site.made()[pid].muted
        try:
            self._visited(is_known=False)
        finally:
            passed = self.site.made()[pid].muted - before
            self.muted[pid] = self.muted.get(pid, 0) + passed
            self.site.press("mute", signal=MUTED, on="0")

    def _after_a_clear(self) -> None:
        """Clear at rest, when it is known what is kept."""
        self.settle()
        self.cleared += self.follower.kept()
        self.site.press("clear")
        self.follower.note_epoch()
        self._visited()

    def _visited(self, *, quietly: bool = False, is_known: bool = True) -> None:
        """
        Have visitors on the site, and beside them a page of each kind that comes and goes.

        Quietly: no page asks anything but by its socket. Unless `is_known` it cannot be waited for that all is
        accounted for, since it is not known yet how many passed.
        """
        comer = self._page()
        other = Page(self.site.port, FILTERS[len(self.others) % len(FILTERS)])
        self.others.append(other)
        silent = Silent(self.site.port)
        for one in (other, comer):
            one.look()
        silent.start()
        try:
            with self._beside(lambda: self._come_and_go(comer, quietly=quietly)):
                self.traffic.visit(self._turn_s)
            self.settle() if is_known else self._until(self._has_been_shown)
        finally:
            other.vanish()
            comer.vanish()
            with contextlib.suppress(OSError):
                silent.close()

    def _come_and_go(self, comer: Page, *, quietly: bool) -> None:
        self._wait(self._turn_s / 3)
        comer.vanish()
        if not quietly:
            self.site.look_at("")
            self.site.look_at(f"opened/?open={comer.dispatch_id}")
            self.site.look_at("export/?filter=is:error")
            self.site.look_at("map/")
        self._wait(self._turn_s / 6)
        comer.look()

    # -- acts ------------------------------------------------------------------------------------------------------

    def _stop_and_resume(self) -> None:
        """Stop recording amid the traffic, and resume it."""
        self._wait(self._turn_s / 4)
        pid = self.site.pid
        before = self.site.made()[pid].own
        self.site.press("recording", on="0")
        self._wait(self._turn_s / 3)
        self.site.press("recording", on="1")
        # Its last dispatch comes behind the answer.
        self._until(lambda: self.site.made()[pid].own >= before + 4)
        # Of the four, the first is before the stop, and the last after its end.
        self.own_while_stopped[pid] = self.own_while_stopped.get(pid, 0) + 2

    def _reload(self) -> None:
        """Reload the server amid the traffic, under the eyes of those who look."""
        with self._beside(lambda: self.traffic.visit(2 * SHORTEST_TURN_S)):
            self._wait(SHORTEST_TURN_S / 2)
            for page in self._watching():
                page.forgive()
            self.site.reload()
        for page in self._watching():
            page.vanish()
            page.look()
        self._count("reload")

    # -- viewers ---------------------------------------------------------------------------------------------------

    def _page(self) -> Page:
        page = Page(self.site.port)
        self.pages.append(page)
        return page

    def _watch(self) -> None:
        for _ in range(WATCHERS - len(self._watching())):
            self._page().look()

    def _watching(self) -> list[Page]:
        return self.pages[:WATCHERS]

    def _has_been_shown(self) -> bool:
        return all(page.cursor >= self.follower.cursor for page in self.pages if page.is_looking)

    def _leave(self) -> None:
        self.settle()
        for page in self._watching():
            page.vanish()

    def _count(self, act: str) -> None:
        name = act.strip("_").replace("_", " ")
        self.acts[name] = self.acts.get(name, 0) + 1

    # -- waiting ---------------------------------------------------------------------------------------------------

    def _rest(self, life: int) -> None:
        """Take a sample, and say it."""
        self.settle()
        at_s = time.monotonic() - self._began_s
        kept = self.follower.kept()
        taken = sample(self.site.pid, at_s, is_full=kept >= FULL * CAPACITY)
        self.samples.append(taken)
        made = sum(one.made for one in self.accounts())
        self._say(
            f"{at_s / 60:6.1f} min  life {life + 1}  {taken.memory_mb:6.1f} MB  {taken.threads:3} threads"
            f"  {taken.descriptors:3} descriptors  {taken.connections:2} connections"
            f" ({taken.spare} spare)  {made:8,} made  {kept:5,} kept  {shortfall(self.accounts()):,} unaccounted"
        )

    @contextlib.contextmanager
    def _beside(self, act: Callable[[], None]) -> Iterator[None]:
        """Do something at the same time; what it raises is raised here."""

        def do() -> None:
            try:
                act()
            except BaseException as error:
                self._problems.append(error)

        thread = threading.Thread(target=do, daemon=True)
        thread.start()
        try:
            yield
        except BaseException:
            self.traffic.stop.set()
            raise
        finally:
            thread.join(LONGEST_TURN_S + ACT_S)
        if self._problems:
            raise self._problems.pop()

    def _wait(self, seconds: float) -> None:
        self.traffic.stop.wait(seconds)

    def _until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STILL_S
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)
