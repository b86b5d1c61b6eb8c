"""Makes the signals and receivers of a topology anew, and lets its dispatches happen. Judges nothing."""

from __future__ import annotations

import asyncio
import threading
import weakref
from contextvars import ContextVar
from typing import Any

import django
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.db.models.signals import ModelSignal
from django.dispatch import Signal
from django.utils.functional import SimpleLazyObject

from tests.tracer.invisible.outcomes import Names
from tests.tracer.invisible.raising import raise_planned
from tests.tracer.invisible.receivers import MAKERS
from tests.tracer.invisible.topologies import Receiver, Sending, Topology
from tracer import signal_names

MOST_DISPATCHES = 14
DEEPEST = 3

# In cycles of their own, so that when they die is the garbage collector's to say, as for what an exception
# holds; with event loops in other threads it is those threads' too.
NEED_COLLECTING = ("class", "class method", "static method", "builtin", "mock")

variables = [ContextVar(f"variable {number}", default="unset") for number in range(3)]
_depth: ContextVar[int] = ContextVar("depth", default=0)


class OwnSignal(Signal):
    """Equal to everything and without a hash, which Django does not mind."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


class Awkward:
    """A sender that does not want to be compared."""

    def __eq__(self, other: object) -> bool:
        raise ArithmeticError("compared")

    def __hash__(self) -> int:
        raise ArithmeticError("hashed")

    def method(self) -> None:
        pass


class World:
    """Everything of one run; what happens in it is noted in `happened`, per lane where lanes race."""

    def __init__(self, plan: Topology) -> None:
        self.plan = plan
        self.names = Names()
        self.happened: dict[str, list[Any]] = {}
        self.dispatched = 0
        self.begun: list[Sending] = []
        self.shared_error = self.names.give("the shared error", RuntimeError("shared"))
        self.uses_loops = (
            plan.surroundings not in ("plain", "thread")
            or any(sending.method.startswith("a") for sending in plan.sendings)
            or any(receiver.is_async for receiver in plan.receivers)
        )
        # Threads of event loops let go of what they ran when they like, so there nobody is killed.
        self.may_kill = not self.uses_loops or (
            plan.surroundings == "loop"
            and all(receiver.is_async for receiver in plan.receivers)
            and not any(action == "elsewhere" for r in plan.receivers for action, _ in r.actions)
        )
        self.raises = any(receiver.error for receiver in plan.receivers)
        self.races = lanes_race(plan)
        self.signals = [
            self.names.give(f"signal {index}", _signal(kind))
            for index, kind in enumerate(plan.signals)
        ]
        self._in_module: list[str] = []
        if plan.are_in_module:
            for index, signal in enumerate(self.signals):
                name = f"signal_{index}"
                globals()[name] = signal
                # Looked for here, for the recorder would not have found it when it is wanted.
                signal_names._names[id(signal)] = f"{__name__}.{name}"
                self._in_module.append(name)
        self.senders = _senders()
        for kind, sender in self.senders.items():
            self.names.give(f"sender {kind}", sender)
        self.held: list[Any] = []
        self.deaths: list[weakref.ref[Any]] = []
        for index, receiver in enumerate(plan.receivers):
            self.held.append(self._make(index, receiver))
            self.connect(index)

    def end(self) -> None:
        """Leave the module as it was."""
        for name in self._in_module:
            del globals()[name]

    # -- notes -------------------------------------------------------------------------------------------------

    def note(self, *what: Any) -> None:
        lane = "all"
        if self.races:
            lane = "loop" if asyncio._get_running_loop() is not None else "no loop"
        self.happened.setdefault(lane, []).append(what)

    def _watch(self, index: int, thing: Any) -> None:
        label = f"receiver {index}"
        self.names.give(label, thing)
        if self.uses_loops or self.raises or self.plan.receivers[index].kind in NEED_COLLECTING:
            return
        key = id(thing)

        def died(_: object) -> None:
            self.names.forget(key)
            self.note("died", label)

        self.deaths.append(weakref.ref(thing, died))

    # -- receivers ---------------------------------------------------------------------------------------------

    def connect(self, index: int) -> None:
        plan = self.plan.receivers[index]
        receiver = self.held[index]
        if receiver is None:
            return
        # A method is bound anew each time, so that only its instance is held.
        receiver = getattr(receiver, "receive", receiver) if "method" in plan.kind else receiver
        signal = self.signals[plan.signal]
        weak = plan.weak and plan.kind != "builtin"
        try:
            signal.connect(receiver, self.senders[plan.sender], weak, plan.uid)
        except Exception as error:
            self.note(index, "not connected", type(error).__name__)

    def disconnect(self, index: int) -> None:
        plan = self.plan.receivers[index]
        receiver = self.held[index]
        receiver = getattr(receiver, "receive", receiver) if "method" in plan.kind else receiver
        signal = self.signals[plan.signal]
        try:
            gone = signal.disconnect(receiver, self.senders[plan.sender], plan.uid)
        except Exception as error:
            gone = type(error).__name__
        self.note(index, "disconnected", gone)

    def _make(self, index: int, plan: Receiver) -> Any:
        made = MAKERS[plan.kind](self, index)
        self._watch(index, made)
        return made

    def run_receiver(self, index: int, named: dict[str, Any]) -> Any:
        """Do what a sync receiver is to do, then answer or raise."""
        plan = self.plan.receivers[index]
        self._note_call(index, named)
        for action, target in plan.actions:
            if action == "dispatch":
                self._dispatch_within(target)
            elif action == "elsewhere":
                thread = threading.Thread(target=self.note, args=(index, "in a thread"))
                thread.start()
                thread.join()
            else:
                self._act(index, action, target)
        if plan.error is not None and not (self.races and named["how"] == "asend"):
            raise_planned(self, plan.error, index, has_loops=self.uses_loops)
        return f"answer of {index}"

    async def run_receiver_later(self, index: int, named: dict[str, Any]) -> Any:
        """Do what an async receiver is to do, then answer or raise."""
        plan = self.plan.receivers[index]
        self._note_call(index, named)
        for action, target in plan.actions:
            if action == "pause":
                for _ in range(target):
                    await asyncio.sleep(0)
            elif self.races and action not in ("set", "read"):
                continue
            elif action == "dispatch":
                await self._dispatch_within_later(target)
            elif action == "elsewhere":
                if len(self.plan.receivers) == 1:
                    await sync_to_async(self.note)(index, "in another thread")
                await asyncio.create_task(self._note_later(index))
            else:
                self._act(index, action, target)
        if plan.error is not None and not self.races:
            raise_planned(self, plan.error, index, has_loops=True)
        return f"answer of {index}"

    async def _note_later(self, index: int) -> None:
        await asyncio.sleep(0)
        self.note(index, "in a task")

    def _note_call(self, index: int, named: dict[str, Any]) -> None:
        words = [(name, self.names.of(value)) for name, value in named.items()]
        self.note(index, "called", words, _depth.get())

    def _act(self, index: int, action: str, target: int) -> None:
        other = target % len(self.held) if self.held else 0
        match action:
            case "connect":
                self.connect(other)
            case "disconnect":
                self.disconnect(other)
            case "kill" if self.may_kill:
                self.held[other] = None
            case "set":
                variables[target % 3].set(f"set by {index}")
            case "read":
                self.note(index, "read", variables[target % 3].get())

    # -- dispatches --------------------------------------------------------------------------------------------

    def _may_dispatch(self) -> bool:
        if self.dispatched >= MOST_DISPATCHES or _depth.get() >= DEEPEST:
            return False
        self.dispatched += 1
        return True

    def _dispatch_within(self, target: int) -> None:
        if self._may_dispatch():
            sending = self.plan.sendings[target % len(self.plan.sendings)]
            token = _depth.set(_depth.get() + 1)
            try:
                self.note("within", self.names.of(self.dispatch(sending)))
            except Exception as error:
                self.note("within", self.names.of_error(error))
            finally:
                _depth.reset(token)

    async def _dispatch_within_later(self, target: int) -> None:
        if self._may_dispatch():
            sending = self.plan.sendings[target % len(self.plan.sendings)]
            token = _depth.set(_depth.get() + 1)
            try:
                self.note("within", self.names.of(await self.dispatch_later(sending)))
            except Exception as error:
                self.note("within", self.names.of_error(error))
            finally:
                _depth.reset(token)

    def arguments_of(self, sending: Sending) -> dict[str, Any]:
        return {"how": sending.method, "instance": self.senders["instance"], "items": [1, 2]}

    def dispatch(self, sending: Sending) -> Any:
        if sending.method.startswith("a"):
            return async_to_sync(self.dispatch_later)(sending)
        return self._begin(sending)

    async def dispatch_later(self, sending: Sending) -> Any:
        answer = self._begin(sending)
        return await answer if sending.method.startswith("a") else answer

    def _begin(self, sending: Sending) -> Any:
        self.begun.append(sending)
        send = getattr(self.signals[sending.signal], sending.method)
        return send(self.senders[sending.sender], **self.arguments_of(sending))


def lanes_race(plan: Topology) -> bool:
    """
    Tell whether a thread and a loop may run receivers side by side.

    Before Django 6.1, `asend` runs the sync receivers in a thread beside the async ones, and the siblings of an
    async receiver that raises go on, in an outer loop beside the thread that goes on too. Since then only an
    `asend` within one of several async receivers has a thread beside the others.
    """
    sends_async = any(sending.method.startswith("a") for sending in plan.sendings)
    has_both = len({receiver.is_async for receiver in plan.receivers}) == 2
    if django.VERSION < (6, 1):
        return (sends_async and has_both) or plan.surroundings == "nested loop"
    is_within = any(
        receiver.is_async and action == "dispatch"
        for receiver in plan.receivers
        for action, _ in receiver.actions
    )
    return sends_async and has_both and is_within


def _signal(kind: str) -> Signal:
    match kind:
        case "caching":
            return Signal(use_caching=True)
        case "model":
            return ModelSignal(use_caching=True)
        case "own class":
            return OwnSignal()
    return Signal()


def _senders() -> dict[str, Any]:
    class Sender:
        pass

    awkward = Awkward()
    return {
        "none": None,
        "class": Sender,
        "instance": Sender(),
        "model": User,
        "instance without a key": User(),
        "text": "auth.User",
        "tuple": ("a", 1),
        "list": ["a"],
        "lazy": SimpleLazyObject(Sender),
        "awkward": awkward,
        "bound method": awkward.method,
    }
