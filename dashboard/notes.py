"""What differs between two runs, in a few words. Pure; renders nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator

from dashboard import wording
from dashboard.differences import Difference, Kind, Outcome

_COUNTED: tuple[Kind, ...] = ("new", "gone", "moved", "slower", "faster")


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """A word on what differs, and of what kind it is."""

    text: str
    kind: Kind
    is_better: bool = False
    title: str = ""


def notes_of(found: Difference) -> Iterator[Note]:
    """Yield the notes of one line; none when nothing differs."""
    for kind in found.kinds:
        if kind in ("new", "gone"):
            yield Note(kind, kind)
        elif kind == "moved" and found.moved is not None:
            was, now = found.moved
            title = f"Place {was:,} in the order before, place {now:,} after."
            yield Note(f"moved {was:,} → {now:,}", kind, title=title)
        elif kind in ("slower", "faster"):
            sign = "+" if found.slower_ns > 0 else "−"
            text = f"{kind} {sign}{wording.took(abs(found.slower_ns))}"
            yield Note(text, kind, kind == "faster", "Of its own time, without what it led to.")
        elif kind == "queries":
            yield _queries_note(found.queries)
        else:
            yield from (_outcome_note(one) for one in found.outcomes)


def summary(notes: Iterable[Note], more_queries: int) -> Iterator[Note]:
    """Yield how much of each kind all lines have: outcomes in their own words, then numbers, then queries."""
    all_ = list(notes)
    outcomes = Counter((note.text, note.is_better) for note in all_ if note.kind == "outcome")
    for (text, is_better), number in outcomes.items():
        counted = f"{wording.count(number)} {text}" if number > 1 else text
        yield Note(counted, "outcome", is_better)
    counts = Counter(note.kind for note in all_)
    for kind in _COUNTED:
        if counts[kind]:
            yield Note(f"{wording.count(counts[kind])} {kind}", kind, kind == "faster")
    if more_queries or counts["queries"]:
        yield _queries_note(more_queries)


def _queries_note(more: int) -> Note:
    if not more:
        return Note(
            "other queries", "queries", title="As many queries as before, but not the same."
        )
    sign = "+" if more > 0 else "−"
    return Note(f"{sign}{wording.count(abs(more), 'query')}", "queries", more < 0)


def _outcome_note(one: Outcome) -> Note:
    title = f"before: {one.before or 'none'} · after: {one.after or 'none'}"
    if one.what == "reached":
        return Note("reached" if one.after else "never reached", "outcome", bool(one.after))
    if one.what == "raised":
        if not one.after:
            return Note(f"raises {wording.short(one.before)} no more", "outcome", True, title)
        return Note(f"raises {wording.short(one.after)}", "outcome", title=title)
    if one.what == "transaction":
        word = {"": "autocommit", "open": "in a transaction"}.get(one.after, one.after)
        return Note(word, "outcome", one.after == "committed", title)
    return Note(f"by {one.after}()", "outcome", title=title)
