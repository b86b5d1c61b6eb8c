"""
Hands batches on to the sinks, in words. Owns the batches that are on their way; knows no ring and no tree.

Used on the recorder's thread, with its lock held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tracer import faults, transcript
from tracer.dispatches import Record

if TYPE_CHECKING:
    from tracer.running import Running

Sink = Callable[[Sequence[Record]], None]


class Outgoing:
    """The sinks, and what they have not been given yet; a batch stays in hand until all of them have it."""

    def __init__(self, lose: Callable[[int], None]) -> None:
        """`lose` is told how many dispatches a fault of the tracer's own has lost."""
        self.sinks: list[Sink] = []
        """They get all there is."""
        self.sampled_sinks: list[Sink] = []
        """They get what the sample lets through, and its counts of the rest."""
        self.batches: list[tuple[list[Running], list[Running]]] = []
        """Out of the trees, and not yet handed on: all, and what is kept of it."""
        self._lose = lose

    def hand_on(self) -> None:
        """Give the sinks what is in hand."""
        while self.batches:
            self._hand_on_all(*self.batches[0])
            del self.batches[0]

    def hand_on_sampled(self, records: Sequence[Record]) -> None:
        """Give the sampled sinks something that is none of the dispatches in hand."""
        for sink in list(self.sampled_sinks):
            _hand_on(sink, records)

    def give_up(self) -> list[Running]:
        """Let go of all that is in hand, and return it."""
        lost = [running for batch, _ in self.batches for running in batch]
        self.batches.clear()
        return lost

    def _hand_on_all(self, batch: list[Running], kept: list[Running]) -> None:
        """Hand a batch to the sinks, and to the sampled ones what is kept of it."""
        if not batch:
            return
        records = self._records(batch)
        for sink in list(self.sinks):
            _hand_on(sink, records)
        if len(kept) < len(batch):
            ids = {running.id for running in kept}
            records = [record for record in records if record.id in ids]
        for sink in list(self.sampled_sinks):
            if not _hand_on(sink, records):
                self._lose(len(records))

    def _records(self, batch: list[Running]) -> list[Record]:
        """Return the records of dispatches, without those that are not to be recorded."""
        batch = [each for each in batch if each.origin is None or not each.origin.quiet]
        try:
            return [transcript.dispatch_of(running) for running in batch]
        except Exception:  # noqa: BLE001
            return self._records_of_most(batch)

    def _records_of_most(self, batch: list[Running]) -> list[Record]:
        """Return the records of those that can be put into words, of which some cannot."""
        records: list[Record] = []
        for running in batch:
            try:
                records.append(transcript.dispatch_of(running))
            except Exception:  # noqa: BLE001
                faults.report("putting a dispatch into words")
                if running.is_over:
                    self._lose(1)
        return records


def _hand_on(sink: Sink, records: Sequence[Record]) -> bool:
    """Return whether the sink has taken them."""
    try:
        sink(records)
    except Exception:  # noqa: BLE001
        faults.report("handing records to a sink")
        return False
    return True
