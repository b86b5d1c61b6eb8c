"""What of a filter can be told from a record's wire form, so that few have to be read whole. Decides nothing alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from tracer.dispatches import Dispatch, ReceiverCall
from tracer.filters import Filter, Term, Value

MOST_TEXTS = 3
LEAST = 4
"""Characters of a text worth looking for."""
_MOST = 100
"""Characters of a value that are looked at."""

FOLDS = (
    *("k", "s", "ss", "st", "ff", "fi", "fl", "ffi", "ffl"),
    *("i\u0307", "\u02bcn", "j\u030c", "h\u0331", "t\u0308", "w\u030a", "y\u030a", "a\u02be"),
)  # fmt: skip
"""What characters outside of ASCII are casefolded to where that has ASCII in it: `ﬁ` is found by `fi`."""

_UNWRITTEN = ("true", "false", "none", "inf", "-inf", "nan", "<int>")
_DIGITS = frozenset("0123456789.+-e")
"""Arguments that are no text stand in a wire form otherwise than a filter reads them."""

_LOOKED_AT: dict[str, tuple[str, ...]] = {
    "signal": ("signal",),
    "sender": ("sender",),
    "receiver": ("calls.receiver",),
    "app": ("signal", "sender"),
    "method": ("method",),
    "origin": ("origin",),
    "took": ("duration_ns",),
    "receivers": ("calls",),
    "depth": ("depth",),
    "queries": ("calls.query_count",),
    "error": ("error", "calls.error"),
    "after": (),
    "before": (),
    "site": ("call_site",),
    "process": ("process",),
    "thread": ("thread",),
    "task": ("task",),
    "id": ("id",),
    "tree": ("root_id",),
}
"""What the terms of a field look at; of others, a whole dispatch is needed."""
_OF_CALLS = "calls."
_FLAGS_LOOK_AT: dict[str, tuple[str, ...]] = {
    "error": ("state", "error"),
    "unheard": ("state", "calls"),
    "async": ("method", "calls.is_async"),
    "slow": ("duration_ns", "calls.duration_ns"),
    "root": ("parent_id",),
    "running": ("state",),
    "committed": ("transaction",),
    "rolled-back": ("transaction",),
}
_FLAGS_STAND = {
    "error": "error",
    "running": "running",
    "committed": "committed",
    "rolled-back": "rolled back",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Sieve:
    """Lets every dispatch through that its filter matches, and some more; markers always."""

    texts: tuple[str, ...] = ()
    """ASCII in lower case: the wire form of every dispatch that matches has each of them, in whatever case."""
    glimpse: Callable[[bytes], bool] | None = None
    """Tells by a part of a wire form whether the dispatch may match; None where that saves nothing."""

    _bytes: tuple[bytes, ...] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bytes", tuple(text.encode() for text in self.texts))

    def lets_through(self, data: bytes) -> bool:
        """Say whether a wire form may be of a dispatch that matches; never raises."""
        if self.texts and not data.startswith(MARKER, 1):
            lower = data.lower()
            for text in self._bytes:
                if text not in lower:
                    return False
        return self.glimpse is None or self.glimpse(data)


MARKER = b"\xa4type\xa6marker"
"""How a marker's wire form goes on after its first byte."""
MARKERS = Sieve(("signalbox: of no dispatch",))
"""Lets markers through, and hardly anything else."""


def sieve_of(filter_: Filter) -> Sieve:
    """Return the sieve of a filter."""
    found = (
        _text_of(term) for term in filter_.terms if not term.is_negated and len(term.values) == 1
    )
    # The longest: each that is looked for takes as long as the first.
    texts = sorted(filter(None, found), key=len, reverse=True)[:MOST_TEXTS]
    return Sieve(tuple(texts), _glimpse_of(filter_))


def _text_of(term: Term) -> str:
    """Return what stands in the wire form of every dispatch that matches a term; empty where nothing does."""
    (value,) = term.values
    if value.kind == "regex":
        return ""
    match term.field:
        case None:
            pieces = [piece for piece in map(_of_word, _pieces(value)) if piece]
        case "arg":
            assert value.name is not None
            pieces = [] if value.name.kind == "regex" else list(_pieces(value.name))
        case "is":
            return _FLAGS_STAND.get(value.text.casefold(), "")
        case "sender" if value.text.casefold() == "none":
            return ""
        case "took" | "receivers" | "depth" | "queries" | "after" | "before":
            return ""
        case _:
            pieces = list(_pieces(value))
    return max((run for piece in pieces for run in _safe_runs(piece)), key=len, default="")


def _pieces(value: Value) -> Iterator[str]:
    text = value.text.casefold()
    return iter(text.split("*") if value.kind == "glob" else [text])


def _of_word(piece: str) -> str:
    """Return the part of a bare word that is a text for certain: arguments are read as `name=value`."""
    piece = piece.partition("=")[0]
    is_unwritten = _DIGITS.issuperset(piece) or any(piece in word for word in _UNWRITTEN)
    return "" if is_unwritten else piece


def _safe_runs(text: str) -> Iterator[str]:
    """Yield the parts of a casefolded text to which nothing but these very letters, in either case, is folded."""
    text = text[:_MOST]
    unsafe = {place for place, char in enumerate(text) if not char.isascii()}
    for fold in FOLDS:
        for start in range(1 - len(fold), len(text)):
            span = range(max(start, 0), min(start + len(fold), len(text)))
            if all(text[place] == fold[place - start] for place in span):
                unsafe.update(span)
    runs = "".join("\0" if place in unsafe else char for place, char in enumerate(text)).split("\0")
    return (run for run in runs if len(run) >= LEAST)


def _glimpse_of(filter_: Filter) -> Callable[[bytes], bool] | None:
    looked_at = [(term, _fields_of(term)) for term in filter_.terms]
    terms = tuple(term for term, fields in looked_at if fields is not None)
    if not terms:
        return None
    names = {"started_us", *(name for _, fields in looked_at for name in fields or ())}
    decode = _decoder(frozenset(names))
    matches = Filter(terms, filter_.slow_ns).matches

    def may_match(data: bytes) -> bool:
        try:
            return matches(decode(data))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # A marker, or what another version wrote, or somebody else: whoever reads it whole will see.
            return True

    return may_match


def _fields_of(term: Term) -> tuple[str, ...] | None:
    if term.field != "is":
        return _LOOKED_AT.get(term.field or "")
    return tuple(
        name for value in term.values for name in _FLAGS_LOOK_AT.get(value.text.casefold(), ())
    )


@lru_cache(maxsize=64)
def _decoder(names: frozenset[str]) -> Callable[[bytes], Any]:
    """Return what reads these fields of a dispatch only, and of its calls those that are named `calls.…`."""
    calls = frozenset(name.removeprefix(_OF_CALLS) for name in names if name.startswith(_OF_CALLS))
    types = {"calls": tuple[_part_of(ReceiverCall, calls, {}), ...]}  # type: ignore[misc]
    own = {"calls" if name.startswith(_OF_CALLS) else name for name in names}
    return msgspec.msgpack.Decoder(_part_of(Dispatch, own, types)).decode


def _part_of(
    struct: type[msgspec.Struct], names: Collection[str], types: Mapping[str, Any]
) -> type[msgspec.Struct]:
    fields = [
        (field.name, types.get(field.name, field.type))
        if field.required
        else (field.name, types.get(field.name, field.type), field.default)
        for field in msgspec.structs.fields(struct)
        if field.name in names
    ]
    return msgspec.defstruct("Glimpsed", fields, kw_only=True, gc=False)
