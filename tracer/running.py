"""
A dispatch while it is under way, as the application's thread writes it and the recorder's thread reads it.

Owns the hot record and the context variable that ties dispatches together; it holds nothing of the
host but immutable things (code objects, short strings, numbers) and names that were cached before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from time import perf_counter_ns
from types import CodeType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tracer.dispatches import Method

if TYPE_CHECKING:
    from tracer.naming import ClassName
    from tracer.routes import Route
    from tracer.shapes import Shape
    from tracer.transactions import Block

OriginKind = Literal["request", "command", "test", "task", "quiet"]

next_number = count(1).__next__
"""Return the next number in start order; unique in this process, from any thread."""


class Origin:
    """The request, management command, task or test in which dispatches happen."""

    __slots__ = (
        "enqueued_by",
        "is_drawn",
        "kind",
        "name",
        "number",
        "outer",
        "path",
        "quiet",
        "words",
    )

    def __init__(self, kind: OriginKind, name: str, outer: Place, path: str = "") -> None:
        self.kind = kind
        self.name = name
        self.outer = outer
        """What was there before; it comes back when the origin ends."""
        self.number = next_number()
        self.path = path
        self.words: tuple[str, str] | None = None
        """The name as it is shown and the id, once the recorder has put them so."""
        self.quiet: bool | None = False
        """True: nothing in it is recorded. None: it is the recorder's to find out."""
        self.enqueued_by: str | None = None
        """Of a task: as `Dispatch.enqueued_by`."""
        self.is_drawn: bool | None = None
        """Whether it is in the sample, once the recorder has drawn lots; None where it had no need to."""


class Failure:
    """What a receiver raised: which of the calls, its type, and where."""

    __slots__ = ("call", "error", "raised_at")

    def __init__(self, call: int, error: ClassName, raised_at: tuple[CodeType, int] | None) -> None:
        self.call = call
        self.error = error
        self.raised_at = raised_at


class Running(msgspec.Struct, gc=False):
    """
    One call of a send method, as the thread that sends writes it.

    A struct, because it is made in a third of the time of an object with slots, and out of the sight of the
    garbage collector, because nothing in it can lead back to it. Moments are by `time.perf_counter_ns()`.
    """

    parent: Running | None
    parent_call: int | None
    origin: Origin | None
    route: Route
    """Which signal, from which sender, to which receivers."""
    method: Method
    thread: int
    task: str | None
    site: CodeType | None
    """The user's code that sent."""
    offset: int
    """Of its instruction."""
    shape: Shape
    """Of the arguments; `values` are what may be shown of them."""
    values: Sequence[Any]
    times: list[int]
    """
    When the dispatch began, empty for an instant before; then when each receiver ended, if they run one after
    the other, each beginning where the one before it ended; if there are `spans`, only when the dispatch ended.
    """
    spans: list[tuple[int, int | None] | None] | None = None
    """When each receiver began and ended, where they run side by side or in other threads."""
    blocks: tuple[Block, ...] = ()
    """The database transactions and savepoints that it was sent in, the newest first."""
    first_async: int = 0
    """Index of the first async receiver, where there are `spans`."""
    error: ClassName | None = None
    failures: list[Failure] | None = None
    queries: list[tuple[int, int, int, str]] | None = None
    """Which of the calls, when it began and ended, and the statement; as `cursors.py` adds them."""
    more_queries: dict[int, tuple[int, int]] | None = None
    """Of each call, how many there were beyond the most that are kept, and how long they took."""
    id: str = ""
    """Given by the recorder, in start order, as it comes out of the ring."""
    tree: tuple[Running, int] | None = None
    """Of a dispatch with a parent: its root and its depth, once the recorder has looked; not to be walked each time."""
    trace: Any = None
    """Of a root: OpenTelemetry's `SpanContext`, a tuple, of the span that was current; None where that is not asked."""
    is_drawn: bool | None = None
    """Of a root without an origin: as `Origin.is_drawn`."""
    is_kept: bool | None = None
    """Of a root: whether the store gets its tree; None until that is decided, and where there is no sample."""

    @property
    def is_over(self) -> bool:
        """Whether the dispatch has ended; it is not told, since it can be seen."""
        calls = self.route.count if self.spans is None else 1
        return self.error is not None or len(self.times) > calls

    @property
    def started_ns(self) -> int:
        """When it began; now, if that is not written yet."""
        return self.times[0] if self.times else perf_counter_ns()


class Branch:
    """A receiver call that runs beside others: the running dispatch, and which of its calls this is."""

    __slots__ = ("call", "running")

    def __init__(self, running: Running, call: int) -> None:
        self.running = running
        self.call = call


Place = Running | Branch | Origin | None

PLACE: ContextVar[Place] = ContextVar("signalbox_place", default=None)
"""The innermost of what is going on here: a dispatch, one of its receiver calls, or an origin."""


@contextmanager
def origin(kind: OriginKind, name: str) -> Iterator[None]:
    """Make what is dispatched inside belong to a new origin."""
    outer = PLACE.get()
    try:
        PLACE.set(Origin(kind, name, outer))
        yield
    finally:
        PLACE.set(outer)
