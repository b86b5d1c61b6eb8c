"""Whether there is recording, and of which signals: what the page's controls turn, and what all processes agree on."""

from __future__ import annotations

import threading
import time

import msgspec

from tracer import conf, naming, signal_names, stores
from tracer.dispatches import Marker
from tracer.exceptions import StoreError
from tracer.keeper import keeper, marker
from tracer.locks import free_after_fork
from tracer.recorder import recorder
from tracer.stores import Control
from tracer.switch import switch

POLL_S = 0.25

_lock = free_after_fork(threading.RLock())
_control = Control()
_captures = 0
_stopped: Marker | None = None
_unrecorded_before = 0
_polled_at = 0.0


def recording() -> bool:
    """Tell whether dispatches are recorded, here and in every process that shares the store."""
    return _control.recording


def unrecorded() -> int:
    """Return how many dispatches of this process passed since recording was stopped; 0 while it goes on."""
    with _lock:
        return 0 if _stopped is None else switch.unrecorded.value - _unrecorded_before


def set_recording(on: bool) -> None:
    """Stop or resume recording: here at once, elsewhere within a second. Raises `StoreError`."""
    with _lock:
        _agree(msgspec.structs.replace(stores.shared().control(), recording=on))


def muted() -> frozenset[str]:
    """Return the dotted names of the signals that are not recorded."""
    return _muted(_control)


def mute(name: str) -> None:
    """Do not record a signal any more, by its dotted name. Raises `StoreError`."""
    with _lock:
        control = stores.shared().control()
        _agree(msgspec.structs.replace(control, muted=tuple(sorted(_muted(control) | {name}))))


def unmute(name: str) -> None:
    """Record a signal again. Raises `StoreError`."""
    with _lock:
        control = stores.shared().control()
        _agree(msgspec.structs.replace(control, muted=tuple(sorted(_muted(control) - {name}))))


def clear() -> None:
    """Forget all that was recorded so far. Raises `StoreError`."""
    recorder.flush()
    stores.shared().clear()


# -- for capture.py and the recorder ---------------------------------------------------------------------------


def apply(control: Control) -> None:
    """Put what was agreed on into effect in this process."""
    global _control
    with _lock:
        before, _control = _control, control
        if before.recording and not control.recording:
            _note_stop()
        elif control.recording and not before.recording:
            _note_resumption()
        names = _muted(control)
        signal_names.set_muted(names)
        for known in naming.known_signals():
            known.is_muted = known.name in names if known.name else _is_muted_object(known)
        _set_switch()


def reset() -> None:
    """Begin with the settings, as the tracer is put in; the store's word comes with the next poll."""
    global _control, _polled_at, _stopped
    with _lock:
        _control, _stopped, _polled_at = Control(), None, 0.0
        apply(_control)


def add_captures(number: int) -> None:
    """Record while there are captures, whatever was agreed on."""
    global _captures
    with _lock:
        _captures += number
        _set_switch()


def poll() -> None:
    """Look what the other processes have agreed on; called often, looks four times a second."""
    global _polled_at
    now = time.monotonic()
    if now - _polled_at < POLL_S:
        return
    _polled_at = now
    try:
        control = stores.shared().control()
    except StoreError:
        return
    if control != _control:
        apply(control)


def _agree(control: Control) -> None:
    stores.shared().set_control(control)
    apply(control)


def _muted(control: Control) -> frozenset[str]:
    return frozenset(conf.current().MUTED if control.muted is None else control.muted)


def _is_muted_object(known: naming.SignalName) -> bool:
    signal = known.ref()
    return signal is not None and signal_names.is_muted_object(signal)


def _set_switch() -> None:
    switch.recording = _control.recording or _captures > 0
    for known in naming.known_signals():
        switch.turn(known)


def _note_stop() -> None:
    global _stopped, _unrecorded_before
    recorder.flush()
    _stopped = marker("stopped")
    _unrecorded_before = switch.unrecorded.value
    keeper.keep([_stopped])


def _note_resumption() -> None:
    global _stopped
    if _stopped is not None:
        count = switch.unrecorded.value - _unrecorded_before
        ended = msgspec.structs.replace(_stopped, until_us=time.time_ns() // 1000, count=count)
        _stopped = None
        keeper.keep([ended])
