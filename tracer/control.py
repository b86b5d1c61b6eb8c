"""Whether there is recording, and of which signals: what the page's controls turn, and what all processes agree on."""

from __future__ import annotations

import threading
import time

import msgspec

from tracer import conf, forks, naming, process, signal_names, stores
from tracer.dispatches import Marker
from tracer.exceptions import StoreError
from tracer.keeper import keeper, marker
from tracer.locks import free_after_fork
from tracer.recorder import recorder
from tracer.stores import Control
from tracer.switch import switch

POLL_S = 0.25
MOST_MUTED = 1_000
"""Signals; every process reads their names whenever one of them changes."""

_lock = free_after_fork(threading.RLock())
_control = Control()
_captures = 0
_unrecorded_before = 0
"""Dispatches that had passed unrecorded when recording was stopped."""
_taken_before = 0
"""Dispatches that were in the ring when this process had yet to look whether there is recording."""
_polled_at = 0.0


def recording() -> bool:
    """Tell whether dispatches are recorded, here and in every process that shares the store."""
    return _control.recording


def unrecorded() -> int:
    """Return how many dispatches of this process passed since recording was stopped; 0 while it goes on."""
    with _lock:
        return 0 if _control.recording else switch.unrecorded.value - _unrecorded_before


def set_recording(on: bool) -> None:
    """
    Stop or resume recording: here at once, elsewhere within a second. Raises `StoreError`.

    Does not wait for what was recorded before to be stored, where that is much; the marker comes after it.
    """
    keeper.ask()
    with _lock:
        control = stores.shared().control()
        if on and control.stopped is not None:
            passed = _agree(msgspec.structs.replace(control, stopped=None))
            told = _ended(msgspec.structs.replace(control.stopped, count=passed))
        elif not on and control.stopped is None:
            told = marker("stopped")
            _agree(msgspec.structs.replace(control, stopped=told))
        else:
            _follow(control)
            return
        # What began before has its rows before the marker.
        recorder.hand_on_before(lambda: keeper.keep([told]), is_behind=keeper.is_behind)


def muted() -> frozenset[str]:
    """Return the dotted names of the signals that are not recorded."""
    return _muted(_control)


def mute(name: str) -> None:
    """Do not record a signal any more, by its dotted name. Raises `StoreError`, for one too many as well."""
    with _lock:
        control = stores.shared().control()
        names = _muted(control) | {name}
        if len(names) > MOST_MUTED:
            raise StoreError(
                f"{MOST_MUTED:,} signals are muted, and no more can be; unmute one first."
            )
        _agree(msgspec.structs.replace(control, muted=tuple(sorted(names))))


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


def apply(control: Control) -> int:
    """
    Put what was agreed on into effect in this process.

    Return how many dispatches passed unrecorded in the stop that ended by it; 0 where none did.
    """
    global _control, _unrecorded_before
    with _lock:
        before, _control = _control, control
        if before.stopped is None:
            _unrecorded_before = switch.unrecorded.value
        names = _muted(control)
        signal_names.set_muted(names)
        for known in naming.known_signals():
            known.is_muted = known.name in names if known.name else _is_muted_object(known)
        _set_switch()
        if before.stopped is None or control.stopped == before.stopped:
            return 0
        # Only now is none of them under way that would be counted once it is told how many there were.
        unrecorded_now = switch.unrecorded.value
        passed, _unrecorded_before = unrecorded_now - _unrecorded_before, unrecorded_now
        return passed


def reset() -> None:
    """Begin with the settings, as the tracer is put in; the store's word comes with the next poll."""
    global _control, _polled_at, _taken_before
    with _lock:
        _control, _polled_at, _taken_before = Control(), 0.0, recorder.taken
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
        _follow(control)


def look() -> None:
    """
    Look what was agreed on before the first dispatch of this process is stored.

    If recording is stopped, those that began up to now are not kept, and count as not recorded. Raises `StoreError`.
    """
    global _unrecorded_before
    control = stores.shared().control()
    with _lock:
        _follow(control)
        if not control.recording:
            keeper.refuse(recorder.last_number())
            _unrecorded_before -= recorder.taken - _taken_before


def tell_unrecorded() -> None:
    """Have it stored how many dispatches were not recorded here, as the process ends while recording is stopped."""
    with _lock:
        if _control.stopped is not None and (passed := unrecorded()):
            keeper.keep([_part_of(_control.stopped, passed)])


def _follow(control: Control) -> None:
    """Put into effect what another process agreed on; how much was not recorded here is told when that ends."""
    with _lock:
        stopped = _control.stopped
        passed = apply(control)
        if stopped is not None and stopped != control.stopped:
            # Two that stop at the same time both write their marker, and only one of them is agreed on.
            is_own = stopped.process == process.this().label
            if is_own or passed:
                keeper.keep([_ended(_part_of(stopped, passed))])


def _part_of(stopped: Marker, passed: int) -> Marker:
    part = marker("stopped", count=passed)
    return msgspec.structs.replace(part, at_us=stopped.at_us, part_of=stopped.id)


def _ended(stopped: Marker) -> Marker:
    return msgspec.structs.replace(stopped, until_us=time.time_ns() // 1000)


def _agree(control: Control) -> int:
    """Return what `apply` does."""
    stores.shared().set_control(control)
    return apply(control)


def _muted(control: Control) -> frozenset[str]:
    return frozenset(conf.current().MUTED if control.muted is None else control.muted)


def _is_muted_object(known: naming.SignalName) -> bool:
    signal = known.ref()
    return signal is not None and signal_names.is_muted_object(signal)


def _set_switch() -> None:
    switch.recording = _control.recording or _captures > 0
    for known in naming.known_signals():
        switch.turn(known)


def _begin_anew_in_child() -> None:
    """Count from here on: what passed in the parent is the parent's to tell."""
    global _unrecorded_before, _taken_before
    _unrecorded_before, _taken_before = switch.unrecorded.value, recorder.taken


keeper.look, keeper.before_end = look, tell_unrecorded

forks.in_child(_begin_anew_in_child)
