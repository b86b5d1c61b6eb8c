"""W001: a receiver connected for a model by its name, and no model of that name ever came."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model

from tracer import _compat, connections, signal_names
from tracer.rules import model_classes, subjects
from tracer.rules.finding import Finding


def lazy_senders() -> Iterator[Finding]:
    """Yield one finding for each such connection; costs nothing when there is none."""
    for signal, receiver, label in _compat.pending_connections():
        name, place, _ = subjects.described(receiver)
        written = connections.lazy_label(signal, receiver, label)
        signal_name = signal_names.name_of(signal)
        site = subjects.site_place(connections.lazy_site(signal, receiver, label))
        short = signal_name.rpartition(".")[2]
        problem, nearest = _problem(written)
        yield Finding(
            id="W001",
            signal=signal_name,
            receiver=name,
            sender=written,
            place=site or place,
            text=f'{name} is connected to {short} for "{written}", but {problem}: it is never called.',
            hint=_hint(written, nearest),
            tag="no such sender",
        )


def _problem(label: str) -> tuple[str, str | None]:
    app_label, _, model_name = label.partition(".")
    abstract = _abstract_model(label)
    if abstract is not None:
        return "that model is abstract, and nothing is sent for an abstract model", None
    nearest = nearest_label(label)
    if app_label not in apps.app_configs:
        return f'no app with the label "{app_label}" is installed', nearest
    return f'the app "{app_label}" has no model "{model_name}"', nearest


def _hint(label: str, nearest: str | None) -> str:
    app_label = label.partition(".")[0]
    abstract = _abstract_model(label)
    if abstract is not None:
        children = [
            f'"{child._meta.label}"'
            for child in model_classes.models_below(abstract)
            if not model_classes.is_abstract(child)
        ]
        return f"Connect it for each concrete child: sender={' and sender='.join(children) or '…'}."
    if nearest is not None:
        return f'Did you mean "{nearest}"? Write sender="{nearest}".'
    if app_label not in apps.app_configs:
        known = ", ".join(sorted(config.label for config in apps.get_app_configs()))
        return f'Add the app to INSTALLED_APPS, or name a model of one that is there: "app_label.Model" of {known}.'
    known = ", ".join(
        f'"{model._meta.label}"' for model in apps.get_app_config(app_label).get_models()
    )
    return f"Its models are {known}." if known else "It has no models at all."


def nearest_label(label: str) -> str | None:
    """Return the label of the model that was most likely meant: of the same name, or of a similar label."""
    known = {model._meta.label_lower: model._meta.label for model in apps.get_models()}
    wanted = label.lower()
    model_name = wanted.partition(".")[2]
    namesakes = [each for each in known if each.partition(".")[2] == model_name]
    close = difflib.get_close_matches(wanted, known, n=1, cutoff=0.6) or (
        difflib.get_close_matches(wanted, namesakes, n=1, cutoff=0.0)
    )
    return known[close[0]] if close else None


def _abstract_model(label: str) -> type[Model] | None:
    for model in model_classes.models_below(Model):
        if model_classes.is_abstract(model) and model._meta.label_lower == label.lower():
            return model
    return None
