"""Which receivers ran more than once for the same thing, and how that came. Looks at records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tracer.diagnosis import loops, repeated
from tracer.diagnosis.answers import Repeat
from tracer.diagnosis.runs import Run, is_same, key_of
from tracer.dispatches import Dispatch, ReceiverCall


def repeats(dispatch: Dispatch, origin: Sequence[Dispatch]) -> tuple[Repeat, ...]:
    """
    Return which receivers of a dispatch ran more than once for the same sender and primary key.

    `origin` are the kept dispatches of its origin, or of its tree where it has none, in start order, this one
    among them. Of a dispatch that is about no row, only what ran more than once within it is known to be about the
    same. In the order of its calls; one receiver may have several, most telling last: dispatched to twice,
    connected twice, set off again by itself.
    """
    key = key_of(dispatch)
    # One that is recorded twice, as running and as ended, counts as it was at last.
    kept = {each.id: each for each in origin}
    kept.setdefault(dispatch.id, dispatch)
    alike = [each for each in kept.values() if key_of(each) == key]
    if key is None:
        # Within one dispatch it is the same that it is about, whatever that is.
        alike = [kept[dispatch.id]]
    found: list[Repeat] = []
    for call in _distinct(call for call in dispatch.calls if call.started_ns is not None):
        runs = [Run(each, calls) for each in alike if (calls := _calls_of(call, each))]
        here = next((run for run in runs if run.dispatch.id == dispatch.id), None)
        if here is not None:
            found += _of_receiver(here, runs, kept)
    return tuple(found)


def _of_receiver(here: Run, runs: list[Run], kept: dict[str, Dispatch]) -> Iterator[Repeat]:
    twice = repeated.connected(here) if len(here.calls) > 1 else None
    if twice is None:
        # Where a dispatch has several calls all the same, they are of several receivers of one name.
        runs = [Run(run.dispatch, run.calls[:1]) for run in runs] if len(here.calls) > 1 else runs
    by_id = {run.dispatch.id: run for run in runs}
    outer = {key: loops.outermost(run, by_id, kept).dispatch.id for key, run in by_id.items()}
    mine = outer[here.dispatch.id]
    side_by_side = [run for run in runs if outer[run.dispatch.id] == run.dispatch.id]
    if len(side_by_side) > 1:
        yield repeated.dispatched(side_by_side, here)
    if twice is not None:
        yield twice
    inner = [run for run in runs if outer[run.dispatch.id] == mine]
    if len(inner) > 1:
        yield repeated.re_entered(inner, here, kept)


def _calls_of(call: ReceiverCall, dispatch: Dispatch) -> tuple[int, ...]:
    return tuple(
        index
        for index, each in enumerate(dispatch.calls)
        if each.started_ns is not None and is_same(each, call)
    )


def _distinct(calls: Iterable[ReceiverCall]) -> list[ReceiverCall]:
    found: list[ReceiverCall] = []
    for call in calls:
        if not any(is_same(call, one) for one in found):
            found.append(call)
    return found
