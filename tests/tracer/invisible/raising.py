"""Exceptions of every kind, raised in every way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from tests.tracer.invisible.world import World


class OwnError(Exception):
    def __init__(self, number: int, *, detail: str) -> None:
        super().__init__(number)
        self.detail = detail

    def __eq__(self, other: object) -> bool:
        raise ArithmeticError("compared")

    def __str__(self) -> str:
        raise ArithmeticError("written")

    __hash__ = None  # type: ignore[assignment]


class OwnBaseError(BaseException):
    pass


_BREAK_LOOPS: dict[str, type[BaseException]] = {
    "keyboard interrupt": KeyboardInterrupt,
    "system exit": SystemExit,
    "generator exit": GeneratorExit,
    "stop iteration": StopIteration,
}


def raise_planned(world: World, kind: str, index: int, *, has_loops: bool) -> NoReturn:
    """Raise; what would end or block an event loop is raised only where there is none."""
    own: Any = OwnBaseError(index)
    if kind in _BREAK_LOOPS:
        raise own if has_loops else _BREAK_LOOPS[kind](index)
    match kind:
        case "own exception":
            error = OwnError(index, detail="more")
            error.add_note("a note")
            raise error
        case "with cause":
            raise ValueError(index) from KeyError("cause")
        case "within handling":
            try:
                raise KeyError("handled")
            except KeyError:
                raise ValueError(index)  # noqa: B904
        case "from none":
            try:
                raise KeyError("handled")
            except KeyError:
                raise ValueError(index) from None
        case "shared":
            raise world.shared_error
        case "group":
            raise ExceptionGroup("several", [ValueError(index), KeyError(index)])
        case "own base exception":
            raise own
        case "cancelled":
            raise asyncio.CancelledError(index)
    raise ValueError("no", index)
