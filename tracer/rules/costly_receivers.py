"""W006: a receiver that makes every delete slow, or that runs for each instance made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import post_delete, post_init, pre_delete, pre_init

from tracer import _compat
from tracer.rules import functions
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject

_MOST_NAMED = 5


def costly_receivers(connected: Iterable[Subject]) -> Iterator[Finding]:
    """Yield one finding for each connection, Django's own left out; looks at all models if there is any."""
    slowed: list[str] | None = None
    for each in connected:
        if functions.is_djangos(each.code):
            continue
        if each.signal is pre_init or each.signal is post_init:
            yield _for_each_instance(each)
        elif (each.signal is pre_delete or each.signal is post_delete) and each.is_for_all:
            slowed = _slowed_models() if slowed is None else slowed
            yield _for_each_delete(each, slowed)


def _for_each_instance(each: Subject) -> Finding:
    whom = each.sender_words or "any model"
    return Finding(
        id="W006",
        signal=each.signal_name,
        receiver=each.name,
        sender=each.sender_words,
        place=each.place,
        text=(
            f"{each.name} receives {each.signal_short} and runs for each instance of {whom} that is made: "
            "a list of 100 rows calls it 100 times."
        ),
        hint=(
            "Do it where the value is needed, such as in a property or a method of the model, in a manager's "
            "queryset, or in post_save."
        ),
        tag="runs per instance",
    )


def _for_each_delete(each: Subject, slowed: list[str]) -> Finding:
    named = ", ".join(slowed[:_MOST_NAMED])
    more = len(slowed) - _MOST_NAMED
    text = (
        f"{each.name} receives {each.signal_short} of every sender, so that no delete can be a single query: "
        "all rows are fetched first"
    )
    if slowed:
        text += f". These lose their fast delete: {named}{f' and {more} more' if more > 0 else ''}"
    name = each.name.rpartition(".")[2]
    return Finding(
        id="W006",
        signal=each.signal_name,
        receiver=each.name,
        place=each.place,
        text=f"{text}.",
        hint=(
            "Connect it for the models that it is for:\n\n"
            '    for model in ["app_label.Model"]:\n'
            f"        {each.signal_short}.connect({name}, sender=model)"
        ),
        tag="fast delete off",
    )


def _slowed_models() -> list[str]:
    """Return the labels of the models that are deleted in one query but for receivers of every sender, own first."""
    ids = {
        connection.sender_id
        for signal in (pre_delete, post_delete)
        for connection in _compat.connections_of(signal)
    }
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if id(model) not in ids and _compat.may_be_deleted_fast(model)
    ]
    return [model._meta.label for model in sorted(found, key=_order)]


def _order(model: type[Model]) -> tuple[bool, bool, str]:
    options = model._meta
    is_djangos = options.app_config is not None and options.app_config.name.startswith("django.")
    return is_djangos, bool(options.auto_created), options.label
