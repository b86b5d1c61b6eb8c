"""Which classes are models, which of them are abstract, and which descend from which."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Model

_DICT_OF_TYPE: Any = vars(type)["__dict__"]
_SUBCLASSES: Any = type.__subclasses__


def is_model(sender: object) -> bool:
    """Tell whether a sender is a class of model, abstract or not."""
    return issubclass(type(sender), type) and issubclass(sender, Model) and sender is not Model  # type: ignore[arg-type]


def is_abstract(model: type) -> bool:
    """Tell whether a class of model is abstract."""
    options = _DICT_OF_TYPE.__get__(model).get("_meta")
    return options is not None and bool(options.abstract)


def models_below(model: type) -> list[type[Model]]:
    """Return the subclasses of a class of model at any depth, abstract ones among them; no migrations' ones."""
    found: dict[int, type[Model]] = {}
    open_classes = list(_SUBCLASSES(model))
    while open_classes:
        cls = open_classes.pop()
        options = _DICT_OF_TYPE.__get__(cls).get("_meta")
        if id(cls) not in found and options is not None and options.apps is apps:
            found[id(cls)] = cls
            open_classes.extend(_SUBCLASSES(cls))
    return sorted(found.values(), key=lambda cls: cls._meta.label)
