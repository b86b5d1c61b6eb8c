"""The fields and flags of the filter language, as help and completion show them; holds no logic."""

from __future__ import annotations

import dataclasses
from typing import Literal

Kind = Literal[
    "names", "words", "parts", "paths", "arguments", "durations", "counts", "moments", "flags"
]


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One `name:` of the language."""

    name: str
    kind: Kind
    """How its values are read and compared."""
    what: str
    example: str
    """A whole term that parses."""
    offers: tuple[str, ...] = ()
    """Values worth offering whatever has been seen."""


@dataclasses.dataclass(frozen=True, slots=True)
class Flag:
    """One word that may follow `is:`."""

    name: str
    what: str


@dataclasses.dataclass(frozen=True, slots=True)
class Sign:
    """One of the signs that put terms together."""

    sign: str
    what: str
    example: str
    """A whole filter that parses."""


SIGNS: tuple[Sign, ...] = (
    Sign("a b", "both", "signal:post_save sender:shop.Order"),
    Sign("a,b", "either", "signal:pre_save,post_save"),
    Sign("-", "not", "-is:unheard"),
    Sign("*", "any characters", "receiver:*billing*"),
    Sign('"…"', "as it stands, with spaces and signs", '"payment failed"'),
    Sign("/…/", "a regular expression, except after origin:", "/order_(placed|paid)/"),
)

METHODS = ("send", "send_robust", "asend", "asend_robust")

FLAGS: tuple[Flag, ...] = (
    Flag("error", "a receiver raised"),
    Flag("unheard", "no receiver received it"),
    Flag("async", "sent with asend or asend_robust, or received by an async receiver"),
    Flag("slow", "it or one of its receivers took SLOW_MS or longer"),
    Flag("root", "not caused by a receiver of another dispatch"),
    Flag("running", "has not ended yet"),
    Flag("committed", "its transaction was committed"),
    Flag("rolled-back", "its transaction was rolled back, or a savepoint around it"),
)

_AMOUNT_OFFERS = (">10ms", ">100ms", ">1s")

FIELDS: tuple[Field, ...] = (
    Field("signal", "names", "the signal, by its name or the last parts of it", "signal:post_save"),
    Field("sender", "names", "the sender: a model's label, a class, or None", "sender:shop.Order"),
    Field("receiver", "names", "any receiver, also one never reached", "receiver:*billing*"),
    Field("app", "words", "the app of the sender or, failing a model, of the signal", "app:shop"),
    Field("method", "words", "the method that was called", "method:send_robust", METHODS),
    Field("origin", "paths", "part of the request, command or test", "origin:/checkout/"),
    Field("arg", "arguments", "an argument, by its name or its value", "arg:created=True"),
    Field("took", "durations", "how long it took; ns, us, ms, s, m", "took:>50ms", _AMOUNT_OFFERS),
    Field("receivers", "counts", "how many receivers", "receivers:0", ("0", "1", ">1")),
    Field("depth", "counts", "dispatches between it and its root", "depth:>2", ("0", ">0", ">2")),
    Field("queries", "counts", "queries its receivers made", "queries:>10", (">0", ">10")),
    Field("error", "names", "the type that a receiver raised", "error:ValueError"),
    Field("is", "flags", "what is true of it", "is:error"),
    Field("after", "moments", "began at that moment or later", "after:14:05"),
    Field("before", "moments", "began before that moment", "before:14:05:11"),
    Field("site", "parts", "part of the call site: file, line, function", "site:views.py"),
    Field("process", "words", "the process: command, pid or host", "process:1234"),
    Field("thread", "parts", "part of the thread's name", "thread:MainThread"),
    Field("task", "parts", "part of the asyncio task's name", "task:Task-7"),
    Field("id", "words", "one dispatch", "id:1f3a-42"),
    Field("tree", "words", "a dispatch and all it set off, by the root's id", "tree:1f3a-42"),
)

FIELD_BY_NAME = {field.name: field for field in FIELDS}
FLAG_NAMES = frozenset(flag.name for flag in FLAGS)
