"""Puts what came of a run into words that can be compared: objects by their place in the plan, never by `id()`."""

from __future__ import annotations

import inspect
import weakref
from pathlib import Path
from types import MethodType, TracebackType
from typing import Any, TypeVar

from django.dispatch import Signal, dispatcher
from django.dispatch.dispatcher import NO_RECEIVERS

import tracer

T = TypeVar("T")

# The frames here stand in for each other; all others must be the same.
_LOOPS = (dispatcher.__file__, str(Path(tracer.__file__).parent))


class Names:
    """Gives the objects of a run their names."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def give(self, name: str, thing: T) -> T:
        self._names[id(thing)] = name
        return thing

    def forget(self, key: int) -> None:
        self._names.pop(key, None)

    def of(self, thing: Any) -> Any:
        """Return what can be compared with another run's."""
        kind = type(thing)
        if thing is None or kind in (bool, int, float, str):
            return thing
        name = self._names.get(id(thing))
        if issubclass(kind, BaseException):
            return self.of_error(thing)
        if name is not None:
            return f"<{name}>"
        if kind is MethodType:
            return ("method", self.of(thing.__self__), thing.__func__.__qualname__)
        if kind in (tuple, list):
            return (kind.__name__, [self.of(item) for item in thing])
        if inspect.iscoroutine(thing):
            thing.close()
            return ("coroutine", thing.__qualname__)
        return f"a {kind.__name__}"

    def of_error(self, error: BaseException, depth: int = 0) -> Any:
        """Return type, arguments, cause, context, notes, and the frames that it passed."""
        if depth > 6:
            return "…"
        return {
            "type": type(error).__name__,
            "name": self._names.get(id(error)),
            "args": [
                self.of(arg) if type(arg) in (int, str) else type(arg).__name__
                for arg in error.args
            ],
            "attributes": sorted(vars(error)),
            "cause": error.__cause__ and [self.of_error(error.__cause__, depth + 1)],
            "context": error.__context__ and [self.of_error(error.__context__, depth + 1)],
            "suppressed": error.__suppress_context__,
            "group": [self.of_error(member, depth + 1) for member in error.exceptions]
            if isinstance(error, BaseExceptionGroup)
            else [],
            "frames": frames_of(error.__traceback__),
        }

    def of_signal(self, signal: Signal) -> Any:
        """Return the receivers and the caches, read past the signal's own methods."""
        connected = [
            (self._names.get(id(self._target(entry[1]))), type(entry[1]).__name__, entry[-1])
            for entry in signal.receivers
        ]
        cached = [
            (self.of(sender), "nobody" if found is NO_RECEIVERS else len(found))
            for sender, found in list(signal.sender_receivers_cache.items())
        ]
        return connected, cached, signal._dead_receivers  # type: ignore[attr-defined]

    @staticmethod
    def _target(reference: Any) -> Any:
        target = reference() if isinstance(reference, weakref.ReferenceType) else reference
        return target.__self__ if type(target) is MethodType else target


def frames_of(traceback: TracebackType | None) -> list[str]:
    """
    Return the functions that an exception passed, without those that Django and we put there.

    `_wrap_awaitable` is asyncio's, around an awaitable that is no coroutine.
    """
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not (code.co_filename.startswith(_LOOPS) or code.co_name == "_wrap_awaitable"):
            found.append(f"{Path(code.co_filename).name} {code.co_qualname}")
        traceback = traceback.tb_next
    return found
