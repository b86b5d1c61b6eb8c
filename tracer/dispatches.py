"""The records: what a recorded dispatch looks like. Owns their fields, units and wire form; computes nothing."""

from __future__ import annotations

from typing import Literal

import msgspec

Method = Literal["send", "send_robust", "asend", "asend_robust"]
State = Literal["running", "ok", "error"]
Transaction = Literal["open", "committed", "rolled back", "savepoint rolled back"]
MarkerKind = Literal["started", "stopped", "dropped", "fault", "clock", "sampled"]
Argument = bool | int | float | str | None

RESULT = "result:"
"""How `Dispatch.enqueued_by` begins where only the id of a Django task's result is known."""
TASK_RESULT = "TaskResult #"
"""How such a result stands among arguments, before its id."""


class Query(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One statement that a receiver call executed itself, with how often: equal ones are one of these."""

    sql: str
    """Without its parameters and literals, at most 500 characters."""
    count: int = 1
    duration_ns: int = 0
    """Of all of them together."""
    at_ns: tuple[int, ...] = ()
    """When each began, after the dispatch's start, in that order; of the first 100 only."""


class ReceiverCall(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """
    One receiver's run inside a dispatch; to be made by keyword.

    `started_ns` counts from the dispatch's start and is None for a receiver that was never reached.
    `duration_ns` is None while the receiver runs, and for one that was never reached.
    """

    receiver: str
    """Dotted name, such as `demo_site.profiles.receivers.create_user_profile`."""
    place: str | None = None
    """`file.py:12`, relative to the project where it lies inside it; None for what has no Python source."""
    started_ns: int | None = None
    duration_ns: int | None = None
    is_async: bool = False
    error: str | None = None
    """Dotted name of the type that was raised; its message is never kept."""
    raised_at: str | None = None
    """`file.py:12 function` of the frame that raised."""
    skipped: str | None = None
    """None, or why the receiver was never reached."""
    query_count: int = 0
    """Queries that the receiver made itself; those made below, in dispatches of its own, count there."""
    query_ns: int = 0
    """How long these took, together."""
    queries: tuple[Query, ...] = ()
    """Its statements, in the order in which each came first; at most 50 of them."""


class Dispatch(msgspec.Struct, frozen=True, omit_defaults=True, tag="dispatch", gc=False):
    """One call of `send`, `send_robust`, `asend` or `asend_robust`, with plain values only; to be made by keyword."""

    id: str
    """Unique among all processes that share a store; `token-number`, the number rising in start order."""
    process: str
    """`command pid@host`."""
    thread: str
    """The thread's name."""
    signal: str
    """Dotted name of the signal where it is defined."""
    method: Method
    started_us: int
    """Microseconds since the epoch, UTC."""
    state: State
    root_id: str
    """The outermost dispatch of the tree; a root's own id."""
    task: str | None = None
    """The asyncio task's name; None outside of a task."""
    sender: str | None = None
    """Label of a model, dotted name of another class, `instance of …`, or None."""
    duration_ns: int | None = None
    """None while the dispatch runs."""
    error: str | None = None
    """Dotted name of the first type raised; under the robust methods too."""
    parent_id: str | None = None
    parent_call: int | None = None
    """Index in the parent's `calls` of the receiver call that made this dispatch."""
    depth: int = 0
    """Dispatches between this one and its root; 0 for a root."""
    origin: str | None = None
    """`POST /accounts/signup/`, `manage.py migrate`, `test …`; None outside of any."""
    origin_id: str | None = None
    """One request, command run or test; unique as `id` is."""
    enqueued_by: str | None = None
    """
    In a task: id of the dispatch whose receiver enqueued it, or `origin:` and the id of the origin that did.

    `result:` and the id of a task's result: what enqueued it sent `task_enqueued` with `TaskResult #<id>`.
    None outside of a task, and where its message does not say.
    """
    trace: str | None = None
    """
    The span that was current where the tree's root was sent, as the W3C's `traceparent`: `00-<trace>-<span>-<flags>`.

    None without `SIGNALBOX["OTEL"]`, and outside of any span.
    """
    call_site: str | None = None
    """`file.py:31 function` in the user's own code; None where no such frame was found."""
    arguments: dict[str, Argument] = {}
    """Allowed values as they were, model instances as `label #pk`, a task's result by its id, else `<type's name>`."""
    calls: tuple[ReceiverCall, ...] = ()
    """In the order in which Django would call them; empty for an unheard dispatch."""
    transaction: Transaction | None = None
    """
    What became of the database transaction in which it was sent; None outside of any (autocommit).

    `savepoint rolled back`: a savepoint around it was rolled back, whatever the transaction itself came to.
    A dispatch whose transaction is open comes again with the same id when the outcome is known.
    """
    database: str | None = None
    """Alias of the database of that transaction; None outside of any."""


class Counted(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """What was counted of dispatches that are not kept: of one signal, or of one receiver's calls for it."""

    signal: str
    """Dotted name."""
    receiver: str | None = None
    """Dotted name; None for the signal's own count."""
    calls: int = 0
    errors: int = 0
    ended: int = 0
    """Of the calls, those whose duration is known."""
    total_ns: int = 0
    max_ns: int = 0
    last_us: int = 0
    """When the last one began, microseconds since the epoch, UTC."""


class Marker(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="marker", gc=False):
    """
    Something that happened to the recording itself, shown as a row of the feed.

    `started`: a server process began recording. `stopped`: recording was stopped at `at_us`, until
    `until_us` (None: it still is), with `count` dispatches not recorded; whoever stops and resumes writes it for
    all, and another process what it did not record itself, as `part_of` it. `dropped`: `count` dispatches
    were lost from `at_us` until `until_us` (None: at once), `text` says where. `fault`: the tracer itself
    failed, `text` says how. `clock`: the process's clock and the store's do not agree, `text` says by how much.
    `sampled`: `count` dispatches were outside of the sample since the last such marker; `counts` are theirs, and
    no row shows it.
    A marker with the id of an earlier one replaces it.
    """

    id: str
    process: str
    kind: MarkerKind
    at_us: int
    until_us: int | None = None
    count: int = 0
    text: str = ""
    counts: tuple[Counted, ...] = ()
    part_of: str | None = None
    """Id of the marker whose count grows by this one's, which has no row; None for one that stands for itself."""


Record = Dispatch | Marker

_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
_encoder = msgspec.msgpack.Encoder()


def encode(record: Record) -> bytes:
    """Return the wire form of a record, MessagePack."""
    return _encoder.encode(record)


def decode(data: bytes) -> Record:
    """Return the record of a wire form; raise `msgspec.MsgspecError` when it is not one."""
    return _decoder.decode(data)
