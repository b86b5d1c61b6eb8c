"""Which live class is meant by what a record says of a sender. Looks where the tracer did already; imports nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.apps import apps

from tracer import naming, words
from tracer.registry import LiveConnection, LiveSignal

_INSTANCE = "instance of "


class Sender(NamedTuple):
    """A sender as `Dispatch.sender` has it, and what is known of it; never to be kept, since it holds a class."""

    words: str | None
    cls: type | None
    """The class that it is, or is an instance of; None where no such class is alive."""
    is_instance: bool
    namesakes: tuple[type, ...]
    """Other live classes of the very same name."""

    @property
    def name(self) -> str:
        """Return it as it stands in a sentence."""
        if self.words is None:
            return "sender=None"
        return f"an {self.words}" if self.is_instance else self.words


def sender_of(text: str | None, live: Iterable[LiveSignal]) -> Sender:
    """Return what is known of a sender that a record, or the registry, has so."""
    if text is None:
        return Sender(None, None, False, ())
    name = text.removeprefix(_INSTANCE)
    found = tuple({id(cls): cls for cls in _classes(name, live)}.values())
    return Sender(text, found[0] if found else None, text != name, found[1:])


def words_of(connection: LiveConnection) -> str | None:
    """Return what a connection is for, as `Dispatch.sender` would have it; None for all senders or one that is gone."""
    return words.sender_words(naming.sender_key(connection.sender))


def known_senders(live: Iterable[LiveSignal]) -> tuple[str, ...]:
    """Return the labels of all models, then the other senders that something is connected for, or that have sent."""
    labels = [naming.class_name(model).name for model in _models()]
    connected = [words_of(each) for signal in live for each in signal.connections]
    sent: list[str | None] = [
        words.sender_words(route.sender)
        for known in naming.known_signals()
        for route in list(known.routes.values())
    ]
    return tuple(dict.fromkeys([*labels, *filter(None, connected), *filter(None, sent)]))


def _classes(name: str, live: Iterable[LiveSignal]) -> Iterator[type]:
    """Find the classes of a name: first the one that the app registry has, then those that were met."""
    app_label, _, model_name = name.rpartition(".")
    model = apps.all_models.get(app_label, {}).get(model_name.lower())
    if model is not None and naming.class_name(model).name == name:
        yield model
    for known in list(naming.classes.values()):
        cls = known.ref()
        if known.name == name and cls is not None:
            yield cls
    for signal in live:
        for each in signal.connections:
            key = naming.sender_key(each.sender)
            known_sender = key[0] if isinstance(key, tuple) else key
            if known_sender is not None and known_sender.name == name:
                found = known_sender.ref()
                if found is not None:
                    yield found


def _models() -> Iterator[type]:
    for models in list(apps.all_models.values()):
        yield from list(models.values())
