"""What sends no signal though one might think so. Owns the sentences."""

from __future__ import annotations

from tracer.diagnosis.kinship import options_of, tables_of
from tracer.diagnosis.senders import sender_of

_MODELS = "django.db.models.signals."
_SAVES = (
    "`bulk_create`, `bulk_update` and `QuerySet.update` send no {name}.",
    "A child by multi-table inheritance sends {name} for itself only, not for its parents.",
)
_DELETES = (
    "A fast delete sends no {name}: it happens where nothing receives `pre_delete` or `post_delete` of the model.",
    "`QuerySet._raw_delete` sends no {name}.",
    "What the database deletes of its own accord sends no {name}: relations with `DO_NOTHING` or `DB_CASCADE`.",
    "A child by multi-table inheritance sends {name} for its parents too, unless `keep_parents=True`.",
)
_SENTENCES = {
    "pre_save": _SAVES,
    "post_save": _SAVES,
    "pre_delete": _DELETES,
    "post_delete": _DELETES,
    "m2m_changed": (
        "`add()` sends no m2m_changed while nothing receives it from the through model.",
        "`remove()` and `clear()` send m2m_changed whether anything receives it or not.",
        "Rows that are made or deleted by way of the through model itself send no m2m_changed.",
    ),
    "pre_init": ("{name} is muted by default: it is sent, but not recorded.",),
    "post_init": ("{name} is muted by default: it is sent, but not recorded.",),
}


def unsent(signal: str, sender: str | None = None) -> tuple[str, ...]:
    """Return sentences on what sends no such signal; empty for a signal of which there is nothing to say."""
    name = _name(signal)
    found = [sentence.format(name=name) for sentence in _SENTENCES.get(name, ())]
    bearing = bearing_on(signal, sender)
    if any(sentence.startswith(("Saving ", "Deleting ")) for sentence in bearing):
        # They say the same, with the names.
        found = [sentence for sentence in found if "multi-table" not in sentence]
    return (*found, *bearing)


def bearing_on(signal: str, sender: str | None) -> tuple[str, ...]:
    """Return what concerns a sender in particular: what its parents and children by multi-table inheritance send."""
    name = _name(signal)
    cls = sender_of(sender, ()).cls
    if _SENTENCES.get(name) not in (_SAVES, _DELETES) or cls is None:
        return ()
    options, found = options_of(cls), []
    if options is not None and options.auto_created:
        found.append(
            f"{sender} was made by a ManyToManyField, and sends no {name}: `m2m_changed` tells of its rows."
        )
    parents, children = tables_of(cls)
    if parents:
        above = _and(parents)
        found.append(
            f"Saving a {sender} sends no {name} from {above}, though it saves a row of it."
            if _SENTENCES[name] is _SAVES
            else f"Deleting a {sender} sends {name} from {above} too, unless `keep_parents=True`."
        )
    if children:
        below = _and(children)
        found.append(
            f"Saving {below} saves a row of {sender}, and sends no {name} from it."
            if _SENTENCES[name] is _SAVES
            else f"Deleting {below} sends {name} from {sender} too, unless `keep_parents=True`."
        )
    return tuple(found)


def _name(signal: str) -> str:
    return signal.removeprefix(_MODELS)


def _and(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
