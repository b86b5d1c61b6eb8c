"""
Writes the functions that take the arguments of a dispatch, and put them into words, in a quarter of the time.

Each is for arguments of given names, and looks first for what came under a name before. It is written and compiled
once, as `dataclasses` does it, for a loop that asks each value what it is costs as much as all else of a dispatch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from tracer import arguments, naming
from tracer.arguments import LARGEST_INT, LONGEST_STR, MOST_ARGUMENTS
from tracer.credentials import MASK
from tracer.dispatches import Argument

Take = Callable[[dict[str, Any], Any], "Sequence[Any] | None"]
Words = Callable[[Sequence[Any]], dict[str, Argument]]

_SINGLETON = "{v} is last_{v} or {v} is None or {v} is True or {v} is False"
_AS_BEFORE = {
    "singleton": "{v} if " + _SINGLETON + " else plain({v})",
    "masked": "{v} if " + _SINGLETON + " else MASK",
    "int": "{v} if type({v}) is int else plain({v})",
    "str": "{v} if {v} is last_{v} or type({v}) is str and len({v}) <= LONGEST_STR else plain({v})",
    "sender's": "(known, key) if type({v}) is sender and type(key := {v}.__dict__.get(pk)) is int else plain({v})",
    "any": "plain({v})",
}
"""What is made of a value on the thread that sends, by what came before it."""
_SAID_AS_BEFORE = {
    "singleton": "{v} if " + _SINGLETON + " else word({v})",
    "masked": "{v} if " + _SINGLETON + " else word({v})",
    "int": "{v} if type({v}) is int and -LARGEST_INT <= {v} <= LARGEST_INT else word({v})",
    "str": "said_{v} if {v} is last_{v} else word({v})",
    "sender's": "f'{{name}} #{{{v}[1]}}'"
    " if type({v}) is tuple and {v}[0] is known and type({v}[1]) is int else word({v})",
    "any": "word({v})",
}
"""What is made of that on the recorder's thread."""


class Shape:
    """What the arguments of a dispatch are called, and how they are taken and said."""

    __slots__ = ("names", "take", "using", "words")

    def __init__(self, names: tuple[str, ...], take: Take, words: Words) -> None:
        self.names = names
        """As they are shown."""
        self.take = take
        """
        Gets arguments and their sender, and returns what may be shown of each, in the order in which they once came.

        Raises `KeyError`, or returns None, when the names are others.
        """
        self.words = words
        """Gets what was taken, and returns it as plain values by their names; on the recorder's thread."""
        self.using = names.index("using") if "using" in names else None
        """Which of them names a database; None if none does."""


def _take_nothing(named: dict[str, Any], sender: object) -> Sequence[Any] | None:
    return None if named else ()


NOTHING = Shape((), _take_nothing, lambda values: {})
"""Of a dispatch without arguments; the one of who has not seen any yet."""


@lru_cache(maxsize=1000)
def loose(names: tuple[str, ...]) -> Shape:
    """Return the shape of arguments of which each is asked what it is; it takes none."""
    return Shape(names, _take_nothing, partial(arguments.words, names))


def shape_of(named: dict[str, Any], sender: object, known: object) -> Shape:
    """Return the shape of arguments like these from a sender, of which `known` is the `ClassName` if it is a class."""
    if len(named) > MOST_ARGUMENTS or any(
        type(name) is not str or len(name) > LONGEST_STR for name in named
    ):
        return NOTHING
    model = known if type(known) is naming.ClassName and known.has_plain_dict else None
    kinds = tuple(_kind(name, value, sender, model) for name, value in named.items())
    last = [
        value if kind in ("str", "singleton") else None
        for value, kind in zip(named.values(), kinds, strict=True)
    ]
    names = tuple(arguments.clean_name(name) for name in named)
    bind_take, bind_words = _written(tuple(named), names, kinds)
    pk, name = (None, None) if model is None else (model.pk, model.name)
    return Shape(names, bind_take(known, pk, last), bind_words(known, name, last))


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
def _written(
    named: tuple[str, ...], names: tuple[str, ...], kinds: tuple[str, ...]
) -> tuple[Callable[..., Take], Callable[..., Words]]:
    """Return what binds the two functions for arguments of these names, shown by these, and of these kinds."""
    variables = [f"v{number}" for number in range(len(named))]
    lines = [
        "def bind_take(known, pk, last):",
        *(f"    last_{v} = last[{number}]" for number, v in enumerate(variables)),
        "    def take(named, sender):",
        f"        if len(named) != {len(named)}: return None",
        *(f"        {v} = named[{name!r}]" for v, name in zip(variables, named, strict=True)),
        "        return (",
        *(
            f"            {_AS_BEFORE[kind].format(v=v)},"
            for v, kind in zip(variables, kinds, strict=True)
        ),
        "        )",
        "    return take",
        "def bind_words(known, name, last):",
        *(f"    last_{v} = last[{number}]" for number, v in enumerate(variables)),
        *(
            f"    said_{v} = word(last_{v})"
            for v, kind in zip(variables, kinds, strict=True)
            if kind == "str"
        ),
        "    def words(values):",
        *(f"        {v} = values[{number}]" for number, v in enumerate(variables)),
        "        return {",
        *(
            f"            {name!r}: {_SAID_AS_BEFORE[kind].format(v=v)},"
            for v, name, kind in zip(variables, names, kinds, strict=True)
        ),
        "        }",
        "    return words",
    ]
    namespace: dict[str, Any] = {
        "plain": arguments.plain,
        "word": arguments.word,
        "MASK": MASK,
        "LONGEST_STR": LONGEST_STR,
        "LARGEST_INT": LARGEST_INT,
    }
    exec("\n".join(lines), namespace)  # noqa: S102  # the lines above, and names as literals
    return namespace["bind_take"], namespace["bind_words"]
