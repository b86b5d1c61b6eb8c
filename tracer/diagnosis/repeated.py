"""The sentences on a receiver that ran more than once. Records in, text out; `doubles.py` knows what is connected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from tracer.diagnosis import doubles, loops
from tracer.diagnosis.answers import Repeat, RepeatedCall
from tracer.diagnosis.runs import Run, rows_of
from tracer.dispatches import Dispatch
from tracer.registry import short_name

_MOST_SITES = 4
_DONE = {"save": "saved", "delete": "deleted", "changed": "changed", "init": "made"}
_GUARD = "Have it return early when there is nothing left to do"


def connected(run: Run) -> Repeat | None:
    """Return the repeat of a receiver that ran more than once in one dispatch; None for several of one name."""
    names = list(dict.fromkeys(run.dispatch.calls[index].receiver for index in run.calls))
    made = doubles.of(run.dispatch, names)
    if doubles.wrap_others(made):
        return None
    sites = doubles.sites(made)
    by = f", by {_places(sites)}" if len(sites) > 1 else ""
    if len(names) > 1:
        how = f"it is connected under {len(names)} names, {_and(names)}"
        mend = "Import its module under one name only, or give each `connect()` the same `dispatch_uid`."
    else:
        how, mend = doubles.how(made, names[0])
    text = f"It ran {_times(len(run.calls))} in this one dispatch: {how}{by}."
    return _repeat("connected", [run], run, text, mend, each_call=True)


def dispatched(runs: Sequence[Run], here: Run) -> Repeat:
    """Return the repeat of a receiver that ran in several dispatches, none of which came of another of its runs."""
    text = f"{_counted(runs, here.dispatch)}: {_done(here.dispatch)} {_where(runs)}."
    return _repeat("dispatched", runs, here, text, "")


def re_entered(runs: Sequence[Run], here: Run, kept: dict[str, Dispatch]) -> Repeat:
    """Return the repeat of a receiver that set itself off again; `runs` begin with the one that started it."""
    name = short_name(here.dispatch.calls[here.calls[0]].receiver)
    inner = here if here is not runs[0] else runs[1]
    outer = next(loops.above(inner, {run.dispatch.id: run for run in runs}, kept))
    sites = _where([run for run in runs if run is not runs[0]])
    text = f"{_counted(runs, here.dispatch)}: what {name} does set it off again, {_done(here.dispatch)} {sites}."
    is_save = here.dispatch.signal.endswith("_save")
    mend = (
        f"{_GUARD}{', or write with `QuerySet.update()`, which sends nothing' if is_save else ''}."
    )
    return _repeat("re-entered", runs, here, text, mend, loops.loop(inner, outer, kept))


def _repeat(
    kind: Literal["connected", "dispatched", "re-entered"],
    runs: Sequence[Run],
    here: Run,
    text: str,
    mend: str,
    loop: tuple[str, ...] = (),
    *,
    each_call: bool = False,
) -> Repeat:
    call = here.dispatch.calls[here.calls[0]]
    return Repeat(
        receiver=call.receiver,
        short=short_name(call.receiver),
        place=call.place,
        kind=kind,
        calls=tuple(
            _call(run.dispatch, index)
            for run in runs
            for index in (run.calls if each_call else run.calls[:1])
        ),
        text=text,
        mend=mend,
        loop=loop,
    )


def _call(dispatch: Dispatch, index: int) -> RepeatedCall:
    started_ns = dispatch.calls[index].started_ns or 0
    return RepeatedCall(
        dispatch_id=dispatch.id,
        call_site=dispatch.call_site,
        started_us=dispatch.started_us + started_ns // 1000,
    )


def _counted(runs: Sequence[Run], dispatch: Dispatch) -> str:
    count = sum(len(run.calls) for run in runs)
    return f"It ran {_times(count)} for {_and([*rows_of(dispatch).values()])} in this {_origin(dispatch)}"


def _origin(dispatch: Dispatch) -> str:
    name = dispatch.origin
    if name is None:
        return "tree"
    kinds = {"manage.py ": "command", "test ": "test", "task ": "task"}
    return next((kind for start, kind in kinds.items() if name.startswith(start)), "request")


def _done(dispatch: Dispatch) -> str:
    return _DONE.get(dispatch.signal.rpartition("_")[2], "sent")


def _where(runs: Sequence[Run]) -> str:
    return f"at {_places([run.dispatch.call_site for run in runs])}"


def _places(sites: Sequence[str | None]) -> str:
    """Return places, one that comes more than once with how often."""
    counted = Counter("an unknown place" if site is None else site.split(" ")[0] for site in sites)
    named = [place if n == 1 else f"{place} ({_times(n)})" for place, n in counted.items()]
    if len(named) > _MOST_SITES + 1:
        named = [*named[:_MOST_SITES], f"{len(named) - _MOST_SITES} more places"]
    return _and(named)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count:,} times"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
