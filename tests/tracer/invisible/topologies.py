"""Plans of random topologies: signals, their receivers, and what is dispatched where. Makes nothing of them yet."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

METHODS = ("send", "send_robust", "asend", "asend_robust")

SIGNALS = ("plain", "caching", "model", "model", "own class")

SYNC_KINDS = (
    "function",
    "lambda",
    "method",
    "class method",
    "static method",
    "callable object",
    "partial",
    "class",
    "decorated",
    "builtin",
    "mock",
    "async __call__",
    "hidden coroutine",
)
ASYNC_KINDS = (
    "async function",
    "async function",
    "async method",
    "async partial",
    "marked",
    "marked future",
    "marked awaitable",
    "marked but plain",
)

SENDERS = (
    "none",
    "class",
    "instance",
    "model",
    "instance without a key",
    "text",
    "tuple",
    "list",
    "lazy",
    "awkward",
    "bound method",
)

ERRORS = (
    "exception",
    "own exception",
    "with cause",
    "within handling",
    "from none",
    "shared",
    "group",
    "own base exception",
    "cancelled",
    "keyboard interrupt",
    "system exit",
    "generator exit",
    "stop iteration",
)

ACTIONS = ("connect", "disconnect", "kill", "dispatch", "set", "read", "elsewhere", "pause")

SURROUNDINGS = ("plain", "thread", "loop", "nested loop")


@dataclass(frozen=True)
class Receiver:
    """A receiver to be made and connected; signals, senders and targets are positions."""

    kind: str
    signal: int
    sender: str
    weak: bool
    uid: str | None
    actions: tuple[tuple[str, int], ...]
    error: str | None

    @property
    def is_async(self) -> bool:
        return self.kind in ASYNC_KINDS


@dataclass(frozen=True)
class Sending:
    """One dispatch."""

    signal: int
    sender: str
    method: str


@dataclass(frozen=True)
class Topology:
    """What is made, and what is dispatched in which surroundings."""

    signals: tuple[str, ...]
    receivers: tuple[Receiver, ...]
    sendings: tuple[Sending, ...]
    times: int
    """How often the sendings are gone through: from the third time on, the tracer knows its way."""
    are_in_module: bool
    """Whether a module holds the signals, as it does nearly all signals of a real site."""
    surroundings: str


senders = st.sampled_from(SENDERS) | st.sampled_from(SENDERS[:3])
# Mostly the same signal and any sender, so that what is dispatched is received, and by several.
places = st.sampled_from((0, 0, 0, 0, 1, 2))
actions = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 5))


def receivers(kinds: tuple[str, ...]) -> st.SearchStrategy[Receiver]:
    return st.builds(
        Receiver,
        kind=st.sampled_from(kinds),
        signal=places,
        sender=st.just("none") | st.just("none") | st.just("none") | senders,
        weak=st.sampled_from((True, True, True, False)),
        uid=st.none() | st.none() | st.sampled_from(("one", "two")),
        actions=st.lists(actions, max_size=3).map(tuple),
        error=st.none() | st.none() | st.none() | st.none() | st.sampled_from(ERRORS),
    )


topologies = st.tuples(
    st.sampled_from((SYNC_KINDS, ASYNC_KINDS, SYNC_KINDS + ASYNC_KINDS)), st.sampled_from((0, 2, 4))
).flatmap(
    lambda shape: st.builds(
        Topology,
        signals=st.lists(st.sampled_from(SIGNALS), min_size=3, max_size=3).map(tuple),
        receivers=st.lists(receivers(shape[0]), min_size=shape[1], max_size=6).map(tuple),
        sendings=st.lists(
            st.builds(
                Sending,
                signal=places,
                sender=senders,
                method=st.sampled_from(METHODS),
            ),
            min_size=1,
            max_size=4,
        ).map(tuple),
        times=st.sampled_from((1, 4)),
        are_in_module=st.sampled_from((True, True, False)),
        surroundings=st.sampled_from(SURROUNDINGS),
    )
)
