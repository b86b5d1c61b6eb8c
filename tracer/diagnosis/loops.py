"""How one dispatch came of another: the way up through the receiver calls that made it. Looks at records only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracer.diagnosis.runs import Run
from tracer.dispatches import Dispatch

_DEEPEST = 1000


def ways_up(dispatch: Dispatch, kept: Mapping[str, Dispatch]) -> Iterator[tuple[Dispatch, int]]:
    """Give each dispatch above one, with the index of the call that led down to it, from the inside outwards."""
    for _ in range(_DEEPEST):
        parent = kept.get(dispatch.parent_id or "")
        if parent is None or dispatch.parent_call is None:
            return
        yield parent, dispatch.parent_call
        dispatch = parent


def above(run: Run, runs: Mapping[str, Run], kept: Mapping[str, Dispatch]) -> Iterator[Run]:
    """Give the runs of a receiver, by the dispatch's id, out of which a run of it came, from the inside outwards."""
    for dispatch, call in ways_up(run.dispatch, kept):
        found = runs.get(dispatch.id)
        if found is not None and call in found.calls:
            yield found


def outermost(run: Run, runs: Mapping[str, Run], kept: Mapping[str, Dispatch]) -> Run:
    """Return the outermost of those; the run itself where there is none."""
    return [run, *above(run, runs, kept)][-1]


def loop(run: Run, outer: Run, kept: Mapping[str, Dispatch]) -> tuple[str, ...]:
    """Return signal and receiver by turns, from the run before this one down to this one's signal."""
    names = [run.dispatch.signal]
    for dispatch, call in ways_up(run.dispatch, kept):
        if call < len(dispatch.calls):
            names[:0] = [dispatch.signal, dispatch.calls[call].receiver]
        if dispatch.id == outer.dispatch.id:
            break
    return tuple(names)
