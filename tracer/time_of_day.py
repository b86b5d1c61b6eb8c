"""The time of day as `time.perf_counter_ns()` has it, in steps only where it was set; owns how far it was set back."""

from __future__ import annotations

import time

_STEP_NS = 5_000_000


class TimeOfDay:
    """Adjusted on the recorder's thread; read by any."""

    def __init__(self) -> None:
        self.offset_ns = time.time_ns() - time.perf_counter_ns()
        """To be added to `perf_counter_ns()`, for nanoseconds since the epoch."""
        self.set_back_ns = 0
        """By how much it was set back in all since the process began; what was noted before is so much too late."""

    def adjust(self) -> None:
        """Look whether it was set since the last look."""
        offset_ns = time.time_ns() - time.perf_counter_ns()
        step_ns = offset_ns - self.offset_ns
        if abs(step_ns) > _STEP_NS:
            self.offset_ns = offset_ns
            # Forwards it goes by itself too, while the machine sleeps.
            self.set_back_ns += max(-step_ns, 0)


time_of_day = TimeOfDay()
