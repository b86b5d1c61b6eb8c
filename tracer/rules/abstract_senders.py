"""W002: a receiver connected for an abstract model, as which nobody sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models.signals import ModelSignal, class_prepared

from tracer.rules import model_classes
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject


def abstract_senders(connected: Iterable[Subject]) -> Iterator[Finding]:
    """Yield one finding for each such connection; a signal of the user's own may be sent as any class."""
    for each in connected:
        is_djangos = issubclass(type(each.signal), ModelSignal) or each.signal is class_prepared
        if (
            is_djangos
            and model_classes.is_model(each.sender)
            and model_classes.is_abstract(each.sender)
        ):
            yield Finding(
                id="W002",
                signal=each.signal_name,
                receiver=each.name,
                sender=each.sender_words,
                place=each.connected_at or each.place,
                text=(
                    f"{each.name} is connected to {each.signal_short} for {each.sender_words}, an abstract "
                    "model: nothing is sent for it, also when a child is saved, and it is never called."
                ),
                hint=_hint(each),
                tag="abstract sender",
            )


def _hint(each: Subject) -> str:
    children = [
        child._meta.label
        for child in model_classes.models_below(each.sender)
        if not model_classes.is_abstract(child)
    ]
    receiver, signal = each.name.rpartition(".")[2], each.signal_short
    base = (each.sender_words or "").rpartition(".")[2]
    if children:
        names = ", ".join(f'"{child}"' for child in children[:5])
        more = f" # and {len(children) - 5} more" if len(children) > 5 else ""
        intro = f"Connect it for each concrete child:\n\n    for model in [{names}]:{more}\n"
        intro += f"        {signal}.connect({receiver}, sender=model)\n\n"
    else:
        intro = "It has no concrete child yet. "
    return (
        f"{intro}Or for those that are yet to come, too, before the models are imported:\n\n"
        "    @receiver(class_prepared)\n"
        f"    def connect_{receiver}(sender, **kwargs):\n"
        f"        if issubclass(sender, {base}):\n"
        f"            {signal}.connect({receiver}, sender=sender)"
    )
