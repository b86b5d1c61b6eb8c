"""In which processes a receiver is connected and in which not, in figures and in words. Pure: registries in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from tracer.process import parts_of
from tracer.registries import Cause, PublishedRegistry, module_of
from tracer.registry import RegisteredReceiver, is_named

MOST_NAMED = 6
"""Processes of one command that a sentence names by their pids."""

Connection = tuple[str, str | None]
"""A receiver, and the sender it is connected for, by their names."""

_TYPED = "django.core.management.commands.shell."
"""How the name of a receiver begins that somebody gave to `manage.py shell -c`."""

_CAUSES: dict[Cause, str] = {
    "unimported": ", where {module} was not imported",
    "collected": ", where it was collected",
    "disconnected": ", where it was disconnected",
    "unknown": "",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Presence:
    """Where a receiver is connected, of one that is not connected everywhere."""

    connection: RegisteredReceiver
    """As one of the processes that have it knows it."""
    having: tuple[str, ...]
    """Processes, as `Dispatch.process` has them."""
    lacking: tuple[str, ...]
    tag: str
    """In a few words: `not in celery`."""
    text: str
    """In whole sentences."""


Differences = Mapping[str, Mapping[Connection, Presence]]
"""By signal, those of its receivers that are not connected everywhere."""


def differences(registries: Sequence[PublishedRegistry], host: str) -> Differences:
    """
    Return the receivers that are connected in some of the processes and not in others.

    Without those of Django itself, which come and go with what a process does, those of `setting_changed`, which
    clear caches in tests, and those of signals that nothing names: nobody knows which is which. `host` is the one
    that needs no mention.
    """
    found: dict[str, dict[Connection, dict[int, RegisteredReceiver]]] = {}
    for index, registry in enumerate(registries if len(registries) > 1 else ()):
        for signal in registry.signals:
            for receiver in signal.receivers if _is_compared(signal.name) else ():
                if not receiver.is_dead and not _is_djangos(receiver.name):
                    of_signal = found.setdefault(signal.name, {})
                    by_index = of_signal.setdefault((receiver.name, receiver.sender), {})
                    by_index.setdefault(index, receiver)
    return {
        signal: {
            connection: _presence((signal, *connection), by_index, registries, host)
            for connection, by_index in sorted(of_signal.items(), key=_by_name)
            if len(by_index) < len(registries)
        }
        for signal, of_signal in found.items()
        if any(len(by_index) < len(registries) for by_index in of_signal.values())
    }


def _by_name(item: tuple[Connection, object]) -> tuple[str, str]:
    (receiver, sender), _ = item
    return receiver, sender or ""


def _is_compared(signal: str) -> bool:
    return is_named(signal) and signal != "django.core.signals.setting_changed"


def _is_djangos(receiver: str) -> bool:
    receiver = receiver.removeprefix("partial of ").removeprefix("instance of ")
    return receiver.startswith("django.") and not receiver.startswith(_TYPED)


def _presence(
    key: tuple[str, str, str | None],
    by_index: Mapping[int, RegisteredReceiver],
    registries: Sequence[PublishedRegistry],
    host: str,
) -> Presence:
    having = [registries[index] for index in by_index]
    lacking = [each for index, each in enumerate(registries) if index not in by_index]
    module = module_of(key[1], [each.modules for each in having])
    causes: dict[Cause, list[str]] = {}
    for each in lacking:
        causes.setdefault(each.cause(*key, module), []).append(each.process)
    names_having = tuple(each.process for each in having)
    sentences = [
        f"Not connected in {processes_words(names, host)}{_CAUSES[cause].format(module=module)}."
        for cause, names in sorted(causes.items(), key=lambda item: [*_CAUSES].index(item[0]))
    ]
    sentences.append(f"Connected in {processes_words(names_having, host)}.")
    names_lacking = tuple(each.process for each in lacking)
    return Presence(
        connection=next(iter(by_index.values())),
        having=names_having,
        lacking=names_lacking,
        tag=_tag(names_having, names_lacking),
        text=" ".join(sentences),
    )


def _tag(having: Sequence[str], lacking: Sequence[str]) -> str:
    commands, others = ({command_of(name) for name in names} for names in (lacking, having))
    if len(commands) == 1 and not commands & others:
        return f"not in {commands.pop()}"
    if len(others) == 1 and not commands & others:
        return f"only in {others.pop()}"
    return f"not in {len(lacking)} of {len(having) + len(lacking)}"


def command_of(process: str) -> str:
    """Return what a process runs, of what `Dispatch.process` has."""
    return parts_of(process)[0] or process


def process_label(process: str, host: str) -> str:
    """Return a process as a list names it: `celery 4121`, with its host where that is another."""
    return process.removesuffix(f"@{host}")


def processes_words(processes: Sequence[str], host: str) -> str:
    """Return processes as a sentence names them: `celery (pids 4121 and 4122) and shell (pid 7 on db-1)`."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for process in processes:
        command, pid, on = parts_of(process)
        grouped.setdefault((command, "" if on == host else on), []).append(pid)
    return listed([
        f"{command} (pid{'s' if len(pids) > 1 else ''} {_some(pids)}{f' on {on}' if on else ''})"
        for (command, on), pids in grouped.items()
    ])  # fmt: skip


def _some(pids: list[str]) -> str:
    if len(pids) > MOST_NAMED:
        pids = [*pids[:MOST_NAMED], f"{len(pids) - MOST_NAMED} more"]
    return listed(pids)


def listed(words: Sequence[str]) -> str:
    """Return words as a sentence lists them: `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
