"""Whether a dispatch that passes by is recorded, and how those are counted that are not. Decides nothing itself."""

from __future__ import annotations

from tracer.naming import SignalName, Tally


class Switch:
    """Set by `control.py` and `instrument.py`; dispatches only read `SignalName.tick`, which follows it."""

    __slots__ = ("installed", "muted", "recording", "unrecorded")

    def __init__(self) -> None:
        self.installed = False
        self.recording = False
        self.muted = Tally()
        """Dispatches that passed because their signal is muted."""
        self.unrecorded = Tally()
        """Dispatches that passed while recording was stopped."""

    def turn(self, name: SignalName) -> None:
        """Make a signal's dispatches recorded, or only counted."""
        if not self.recording:
            name.tick = self.unrecorded.tick
        else:
            name.tick = self.muted.tick if name.is_muted else None


switch = Switch()
