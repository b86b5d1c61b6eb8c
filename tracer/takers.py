"""
Writes the functions that take the arguments of a dispatch as `arguments.take` would, in a quarter of the time.

Each is for arguments of given names, and looks first for what came under a name before. It is written and compiled
once, as `dataclasses` does it, for a loop that asks each value what it is costs as much as all else of a dispatch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from tracer import arguments, naming
from tracer.arguments import LONGEST_STR, MOST_ARGUMENTS
from tracer.credentials import MASK

Take = Callable[[dict[str, Any], Any], "Sequence[Any] | None"]
"""
Gets arguments and their sender, and returns what may be shown of each, in the order in which they once came.

Raises `KeyError`, or returns None, when the names are others.
"""

_SINGLETON = "{v} is last_{v} or {v} is None or {v} is True or {v} is False"
_AS_BEFORE = {
    "singleton": "{v} if " + _SINGLETON + " else plain({v})",
    "masked": "{v} if " + _SINGLETON + " else MASK",
    "int": "{v} if type({v}) is int else plain({v})",
    "str": "{v} if {v} is last_{v} or type({v}) is str and len({v}) <= LONGEST_STR else plain({v})",
    "sender's": "(known, key) if type({v}) is sender and type(key := {v}.__dict__.get(pk)) is int else plain({v})",
    "any": "plain({v})",
}
"""What is made of a value, by what came before it."""


def take_nothing(named: dict[str, Any], sender: object) -> Sequence[Any] | None:
    """Take arguments when there are none; the `Take` of who has not seen any yet."""
    return None if named else ()


def taker(named: dict[str, Any], sender: object, known: object) -> Take:
    """Return what takes arguments like these from a sender, of which `known` is the `ClassName` if it is a class."""
    if len(named) > MOST_ARGUMENTS or any(
        type(name) is not str or len(name) > LONGEST_STR for name in named
    ):
        return take_nothing
    model = known if type(known) is naming.ClassName and known.has_plain_dict else None
    kinds = tuple(_kind(name, value, sender, model) for name, value in named.items())
    last = [
        value if kind in ("str", "singleton") else None
        for value, kind in zip(named.values(), kinds, strict=True)
    ]
    return _written(tuple(named), kinds)(known, None if model is None else model.pk, last)


def _kind(name: str, value: Any, sender: object, model: naming.ClassName | None) -> str:
    kind = type(value)
    if arguments.is_sensitive(name):
        return "masked"
    if value is None or kind is bool:
        return "singleton"
    if kind is int or (kind is str and len(value) <= LONGEST_STR):
        return kind.__name__
    return "sender's" if model is not None and kind is sender else "any"


@lru_cache(maxsize=1000)
def _written(names: tuple[str, ...], kinds: tuple[str, ...]) -> Callable[..., Take]:
    lines = [
        "def bind(known, pk, last):",
        *(f"    last_v{number} = last[{number}]" for number in range(len(names))),
        "    def take(named, sender):",
        f"        if len(named) != {len(names)}: return None",
        *(f"        v{number} = named[{name!r}]" for number, name in enumerate(names)),
        "        return (",
        *(
            f"            {_AS_BEFORE[kind].format(v=f'v{number}')},"
            for number, kind in enumerate(kinds)
        ),
        "        )",
        "    return take",
    ]
    namespace: dict[str, Any] = {"plain": arguments.plain, "MASK": MASK, "LONGEST_STR": LONGEST_STR}
    exec("\n".join(lines), namespace)  # noqa: S102  # the lines above, and names as literals
    return namespace["bind"]  # type: ignore[no-any-return]
