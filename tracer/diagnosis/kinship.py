"""What two classes that send are to each other. Reads classes past their metaclasses, and asks the host nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Model
from django.db.models.options import Options

from tracer import naming

_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_MRO: Any = vars(type)["__mro__"]
_HISTORICAL = "__fake__"
"""The module in which migrations make the classes of their historical models."""


class Kinship(NamedTuple):
    """What the class that a receiver is connected for is to the class that sent."""

    words: str
    """To follow the name of the one that a receiver is connected for: `a proxy of shop.Order`."""
    can_send: bool = True
    """Whether there are instances of it to be saved: an abstract model has none."""
    is_same_table: bool = False
    """Whether both are classes of the same rows, proxies or not."""
    is_parent_table: bool = False
    """Whether it is a parent by multi-table inheritance, of which each row of the other has one."""


def kinship(connected: type, sent: type) -> Kinship | None:
    """Return what a class that a receiver is connected for is to another that sent; None for no kin."""
    above = _is_among(_ancestors(sent), _concrete(connected))
    below = _is_among(_ancestors(connected), _concrete(sent))
    name = naming.class_name(sent).name
    mine, other = options_of(connected), options_of(sent)
    if mine is None or other is None:
        words = f"a {'parent' if above else 'child'} class of {name}"
        return Kinship(words) if above or below else None
    if mine.abstract and above:
        return Kinship(f"an abstract parent of {name}", can_send=False)
    if mine.concrete_model is not None and mine.concrete_model is other.concrete_model:
        return Kinship(_of_one_table(mine, other, name), is_same_table=True)
    if above or below:
        words = f"a{' proxy of a' if mine.proxy else ''} {'parent' if above else 'child'} of {name}"
        return Kinship(words, is_parent_table=above and not mine.proxy)
    return None


def is_historical(cls: type) -> bool:
    """Tell whether a class is the historical model of a migration."""
    module: object = _DICT_OF_TYPE.__get__(cls).get("__module__")
    return type(module) is str and module == _HISTORICAL


def options_of(cls: type) -> Options[Any] | None:
    """Return a model's `_meta`; None for another class."""
    found = _DICT_OF_TYPE.__get__(cls).get("_meta")
    return found if issubclass(type(found), Options) else None


def tables_of(cls: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels of a model's parents and children by multi-table inheritance."""
    options = options_of(cls)
    if options is None or options.concrete_model is None:
        return (), ()
    mine: type = options.concrete_model
    parents = [each for each in _ancestors(mine) if each is not mine and _has_table(each)]
    children = [each for each in _descendants(mine, {}) if _has_table(each)]
    return tuple(_labels(parents)), tuple(_labels(children))


def _of_one_table(mine: Options[Any], other: Options[Any], name: str) -> str:
    if not mine.proxy:
        return f"the concrete class of the proxy {name}"
    return f"another proxy of {_concrete_label(other)}" if other.proxy else f"a proxy of {name}"


def _concrete_label(options: Options[Any]) -> str:
    return options.label if options.concrete_model is None else options.concrete_model._meta.label


def _ancestors(cls: type) -> tuple[type, ...]:
    """Return a class and what it inherits from, but for what everything does."""
    return tuple(each for each in _MRO.__get__(cls) if each is not object and each is not Model)


def _descendants(cls: type, found: dict[int, type]) -> list[type]:
    children: list[type] = type.__subclasses__(cls)
    for each in children:
        if id(each) not in found:
            found[id(each)] = each
            _descendants(each, found)
    return list(found.values())


def _is_among(classes: Iterable[type], wanted: type) -> bool:
    # `in` would ask a metaclass of the host's whether they are equal.
    return any(each is wanted for each in classes)


def _concrete(cls: type) -> type:
    options = options_of(cls)
    return cls if options is None or options.concrete_model is None else options.concrete_model


def _has_table(cls: type) -> bool:
    options = options_of(cls)
    return (
        options is not None
        and not options.abstract
        and not options.proxy
        and not is_historical(cls)
    )


def _labels(classes: list[type]) -> list[str]:
    return list(dict.fromkeys(naming.class_name(each).name for each in classes))
