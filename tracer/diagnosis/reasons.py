"""The sentences on why a receiver was not called, and what to do about it. Pure: what is known in, text out."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone

from tracer.connections import Shape
from tracer.diagnosis.kinship import Kinship
from tracer.registries import Cause

Sentences = tuple[str, str]
"""The reason, and the mend: empty where nothing is wrong."""

_VERY_CLASS = "Django matches the very class"
_VERBS = {"save": "save", "delete": "delete", "init": "make it"}
_HOMES: dict[Shape | None, str] = {
    "lambda": "A lambda needs `weak=False`, or a name in a module that holds it.",
    "local": "A function that is made inside another one needs `weak=False`, or a place in a module.",
    "partial": "A partial needs `weak=False`, or a name in a module that holds it.",
    "method": "A bound method lives as long as its object: keep the object in a module, or connect with `weak=False`.",
}


def clock(moment_us: int) -> str:
    """Return `14:05:11.204` in Django's time zone, as the page writes it."""
    moment = datetime.fromtimestamp(moment_us / 1_000_000, UTC)
    local = moment.astimezone(timezone.get_default_timezone())
    return local.strftime("%H:%M:%S.") + f"{moment_us // 1000 % 1000:03d}"


def related(connected: str, sent: str, kin: Kinship, signal: str) -> Sentences:
    """Tell that a receiver is connected for kin of the class that sent."""
    text = f"It is connected for {connected}, {kin.words}: {_VERY_CLASS}."
    as_well = f"Connect it for {sent} as well"
    if not kin.can_send:
        return (
            text,
            f"Connect it for {sent}, and for each other child of {connected}: no {connected} is ever sent.",
        )
    verb = _VERBS.get(signal.rpartition("_")[2])
    if kin.is_parent_table and verb == "delete":
        name = signal.rpartition(".")[2]
        text += f" Deleting a {sent} sends {name} from {connected} too, in a dispatch of its own."
        return text, ""
    if kin.is_same_table and verb is not None:
        return text, f"{as_well}, or {verb} through {connected}."
    return text, f"{as_well}."


def namesake(name: str, *, is_historical: bool) -> Sentences:
    """Tell that another class of the same name sent, such as the historical model of a migration."""
    if is_historical:
        text = f"It is connected for {name}, and the sender was the historical model of that label, as migrations have"
        return f"{text} it: {_VERY_CLASS}.", "Have the migration do what the receiver would."
    return (
        f"It is connected for {name}, and the sender is another class of the same name: {_VERY_CLASS}.",
        "Find out why there are two of it: a module that was loaded twice, or a class that a function makes.",
    )


def instance(connected: str, *, is_sent: bool) -> Sentences:
    """Tell that the class sent where its instance is meant, or the other way round."""
    if is_sent:
        return (
            f"It is connected for {connected}, and the sender is an instance of it: Django matches the very object.",
            f"Send with `sender=` the class, {connected}.",
        )
    return (
        f"It is connected for an {connected}, and the sender is the class itself: Django matches the very object.",
        "Connect it for the class.",
    )


def another_instance(connected: str) -> Sentences:
    """Tell that another instance of the same class sent."""
    return f"It is connected for another {connected}: Django matches the very object.", ""


def misspelled(label: str, sent: str) -> Sentences:
    """Tell that a receiver waits for a model that never came, with nearly this one's label."""
    return (
        f"It waits for {label}, a model that never came.",
        f"Connect it for {sent}, if that is meant.",
    )


def later(connected_us: int, connected_at: str | None) -> Sentences:
    """Tell that a receiver was connected after the dispatch."""
    return (
        f"It was connected after this dispatch, at {clock(connected_us)}{_by(connected_at)}.",
        "Connect it in the `ready()` of its app, so that it is there from the start.",
    )


def disconnected(ended_us: int, ended_at: str | None) -> Sentences:
    """Tell that a receiver was disconnected before."""
    return f"It was disconnected at {clock(ended_us)}{_by(ended_at)}.", ""


def collected(shape: Shape | None, connected_at: str | None) -> Sentences:
    """Tell that a receiver was held weakly, and by nothing else."""
    text = (
        f"It was connected weakly{_by(connected_at)}, and was collected since nothing else held it."
    )
    return text, _HOMES.get(shape, "It needs `weak=False`, or something that holds it.")


def family(other: str, sent: str, sender: str) -> Sentences:
    """Tell that a receiver receives another signal of the family."""
    return f"It receives {other} of {sender}, not {sent}.", ""


def unrelated(connected: list[str], sender: str) -> Sentences:
    """Tell that a receiver is connected for other senders."""
    named = (
        f"{connected[0]} and {len(connected) - 1} others" if len(connected) > 3 else _and(connected)
    )
    if sender == "sender=None":
        return (
            f"It is connected for {named}, and `{sender}` reaches only the receivers of every sender.",
            "",
        )
    return f"It is connected for {named}, not for {sender}.", ""


def elsewhere(process: str, cause: Cause, module: str | None) -> Sentences:
    """Tell that a receiver is not connected in the other process that sent."""
    text = f"In the process that dispatched, {process}, it is not connected"
    if cause == "unimported":
        mend = f"Import {module} in the `ready()` of its app, so that every process has it."
        return f"{text}: its module, {module}, was not imported there.", mend
    return f"{text}{'' if cause == 'unknown' else f': there it was {cause}'}.", ""


def unknown(
    process: str | None, connected_us: int | None, *, is_connected_there: bool = False
) -> Sentences:
    """
    Tell that nothing says why a receiver was not called.

    `process` is the one that sent, where it was another; `is_connected_there` whether it has the receiver now.
    """
    if process is not None and is_connected_there:
        text = f"It matches, here and in the process that dispatched, {process}"
        return f"{text}, where it may have been connected later, or taken off for a while.", ""
    if process is not None:
        text = f"It matches here, but the dispatch was made in another process, {process}"
        return f"{text}, where it may not have been connected.", ""
    text = "It matches. The signal's receivers may have been taken off for a while, as `mute_signals` does"
    if connected_us is None:
        text += ", or it was connected later, unseen"
    return f"{text}.", ""


def vanished(connected_us: int, connected_at: str | None) -> Sentences:
    """Tell that a receiver was taken off by something other than `disconnect()`."""
    text = f"It was connected at {clock(connected_us)}{_by(connected_at)}"
    return f"{text}, and was taken off without `disconnect()`, as `mute_signals` does.", ""


def _by(site: str | None) -> str:
    return f" by {site}" if site else ""


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
