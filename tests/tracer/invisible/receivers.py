"""One receiver of each kind, made anew; what they do when they are called is the world's."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from asgiref.sync import markcoroutinefunction

if TYPE_CHECKING:
    from tests.tracer.invisible.world import World


def _function(world: World, index: int) -> Any:
    def receive(**named: Any) -> Any:
        return world.run_receiver(index, named)

    return receive


def _lambda(world: World, index: int) -> Any:
    return lambda **named: world.run_receiver(index, named)


def _decorated(world: World, index: int) -> Any:
    inner = _function(world, index)

    @functools.wraps(inner)
    def outer(**named: Any) -> Any:
        return inner(**named)

    return outer


def _method(world: World, index: int) -> Any:
    class Owner:
        def receive(self, **named: Any) -> Any:
            return world.run_receiver(index, named)

    return Owner()


def _class_method(world: World, index: int) -> Any:
    class Owner:
        @classmethod
        def receive(cls, **named: Any) -> Any:
            return world.run_receiver(index, named)

    return Owner


def _static_method(world: World, index: int) -> Any:
    class Owner:
        @staticmethod
        def receive(**named: Any) -> Any:
            return world.run_receiver(index, named)

    return Owner


def _callable_object(world: World, index: int) -> Any:
    class Receiver:
        __qualname__ = "Receiver"

        def __call__(self, **named: Any) -> Any:
            return world.run_receiver(index, named)

    return Receiver()


def _partial(world: World, index: int) -> Any:
    return functools.partial(lambda number, **named: world.run_receiver(number, named), index)


def _class(world: World, index: int) -> Any:
    class Receiver:
        def __new__(cls, **named: Any) -> Any:
            return world.run_receiver(index, named)

    return Receiver


def _builtin(world: World, index: int) -> Any:
    class Keeps(dict[str, Any]):
        pass

    return Keeps


def _mock(world: World, index: int) -> Any:
    return Mock(side_effect=lambda **named: world.run_receiver(index, named))


def _async_call(world: World, index: int) -> Any:
    class Receiver:
        async def __call__(self, **named: Any) -> Any:
            return await world.run_receiver_later(index, named)

    return Receiver()


def _hidden_coroutine(world: World, index: int) -> Any:
    def receive(**named: Any) -> Any:
        return world.run_receiver_later(index, named)

    return receive


def _async_function(world: World, index: int) -> Any:
    async def receive(**named: Any) -> Any:
        return await world.run_receiver_later(index, named)

    return receive


def _async_method(world: World, index: int) -> Any:
    class Owner:
        async def receive(self, **named: Any) -> Any:
            return await world.run_receiver_later(index, named)

    return Owner()


def _async_partial(world: World, index: int) -> Any:
    return functools.partial(_async_function(world, index), extra=index)


def _marked(world: World, index: int) -> Any:
    def receive(**named: Any) -> Any:
        return world.run_receiver_later(index, named)

    return markcoroutinefunction(receive)


def _marked_future(world: World, index: int) -> Any:
    def receive(**named: Any) -> Any:
        return asyncio.ensure_future(world.run_receiver_later(index, named))

    return markcoroutinefunction(receive)


def _marked_but_plain(world: World, index: int) -> Any:
    def receive(**named: Any) -> Any:
        return world.run_receiver(index, named)

    return markcoroutinefunction(receive)


def _marked_awaitable(world: World, index: int) -> Any:
    class Answer:
        def __init__(self, named: Any) -> None:
            self.named = named

        def __await__(self) -> Any:
            return world.run_receiver_later(index, self.named).__await__()

    def receive(**named: Any) -> Any:
        return Answer(named)

    return markcoroutinefunction(receive)


MAKERS: dict[str, Callable[[World, int], Any]] = {
    "function": _function,
    "lambda": _lambda,
    "method": _method,
    "class method": _class_method,
    "static method": _static_method,
    "callable object": _callable_object,
    "partial": _partial,
    "class": _class,
    "decorated": _decorated,
    "builtin": _builtin,
    "mock": _mock,
    "async __call__": _async_call,
    "hidden coroutine": _hidden_coroutine,
    "async function": _async_function,
    "async method": _async_method,
    "async partial": _async_partial,
    "marked": _marked,
    "marked future": _marked_future,
    "marked awaitable": _marked_awaitable,
    "marked but plain": _marked_but_plain,
}
