"""Puts the tracer in and takes it off: the send methods, the origins of commands and tests, the way to the store."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from tracer import (
    arguments,
    celery_tasks,
    conf,
    connections,
    control,
    cursors,
    faults,
    instrument,
    process,
    transactions,
    writing,
)
from tracer.keeper import keep_the_tail_of_a_worker, keeper, marker
from tracer.locks import free_after_fork
from tracer.publishing import publisher
from tracer.recorder import recorder
from tracer.running import origin
from tracer.stores import memory as _memory
from tracer.stores import preload
from tracer.stores import sqlite as _sqlite
from tracer.switch import switch

# Imported before the recorder's thread would: a fork amid an import leaves the child a module that is never done.
_stores = (_memory, _sqlite)

_lock = free_after_fork(threading.RLock())
_installed = False
_captures = 0
_spans: Any = None
"""The sink that makes spans, while the settings ask for it."""
_undo: list[Callable[[], None]] = []


def install() -> None:
    """
    Begin to record every dispatch of this process into the store that `SIGNALBOX["STORE"]` names.

    Works whatever `DEBUG` says; doing it twice is doing it once. Raises `SettingError` when a setting is
    not usable.
    """
    global _installed
    with _lock:
        if _installed:
            return
        arguments.forget_settings()
        preload()
        control.reset()
        _put_in()
        connections.watch()
        keeper.begin()
        keep_the_tail_of_a_worker()
        recorder.sample.share = conf.current().SAMPLE
        recorder.before_flush.append(keeper.ask)
        recorder.sampled_sinks.append(keeper.keep)
        _begin_spans()
        publisher.begin()
        recorder.every_period += [
            keeper.ask,
            control.poll,
            keeper.turn,
            celery_tasks.watch,
            publisher.turn,
        ]
        _installed = True
        if process.this().is_server:
            keeper.keep([marker("started")])
            recorder.start()


def uninstall() -> None:
    """Put back the very functions that were there, and hand on what was recorded so far."""
    global _installed
    with _lock:
        if not _installed:
            return
        _installed = False
        connections.unwatch()
        if _captures == 0:
            _take_off()
        recorder.flush(even_running=True)
        recorder.sampled_sinks.remove(keeper.keep)
        recorder.before_flush.remove(keeper.ask)
        recorder.sample.share = 1.0
        recorder.every_period.clear()
        publisher.withdraw()
        _end_spans()


def is_installed() -> bool:
    """Tell whether dispatches go into the store: installed, and not taken off again after repeated faults."""
    return _installed and switch.installed


@contextmanager
def for_capture() -> Iterator[None]:
    """Have the send methods wrapped inside, installed or not."""
    global _captures
    with _lock:
        _captures += 1
        if not switch.installed:
            arguments.forget_settings()
            control.reset()
            _put_in()
    try:
        yield
    finally:
        with _lock:
            _captures -= 1
            if _captures == 0 and not _installed:
                _take_off()


def _begin_spans() -> None:
    global _spans
    if conf.current().OTEL and conf.has_opentelemetry():
        from tracer import spans

        _spans = spans.Spans()
        recorder.sinks.append(_spans.keep)
        writing.trace_of = spans.current


def _end_spans() -> None:
    global _spans
    writing.trace_of = None
    if _spans is not None:
        recorder.sinks.remove(_spans.keep)
        _spans.close()
        _spans = None


def _put_in() -> None:
    instrument.wrap()
    cursors.wrap()
    transactions.watch()
    celery_tasks.watch()
    _wrap_origin(
        BaseCommand, "execute", "command", lambda command: f"manage.py {_name_of(command)}"
    )
    if "unittest.case" in sys.modules:
        case = sys.modules["unittest.case"].TestCase
        _wrap_origin(case, "run", "test", lambda test: f"test {test.id()}")


def _give_up() -> None:
    _put_back()
    connections.unwatch()


faults.give_up = _give_up


def _put_back() -> None:
    instrument.unwrap()
    cursors.unwrap()
    transactions.unwatch()
    celery_tasks.unwatch()
    recorder.forget_transactions()


def _take_off() -> None:
    _put_back()
    while _undo:
        _undo.pop()()


def _wrap_origin(cls: Any, attribute: str, kind: Any, name_of: Callable[[Any], str]) -> None:
    original = cls.__dict__[attribute]

    @functools.wraps(original)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        with origin(kind, name_of(self)):
            return original(self, *args, **kwargs)

    def undo() -> None:
        if cls.__dict__[attribute] is wrapper:
            setattr(cls, attribute, original)

    setattr(cls, attribute, wrapper)
    _undo.append(undo)


def _name_of(command: BaseCommand) -> str:
    return type(command).__module__.rpartition(".")[2]
