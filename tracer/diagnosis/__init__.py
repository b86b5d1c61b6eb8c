"""
Why a receiver did not run, and why one ran twice: worked out when somebody asks, never as a dispatch is recorded.

Looks at recorded dispatches and at what is connected now; imports, calls and connects nothing.
"""

from __future__ import annotations

from tracer.diagnosis.answers import Explanation, Repeat, RepeatedCall, Uncalled, UnknownName
from tracer.diagnosis.names import find_sender, find_signal
from tracer.diagnosis.twice import repeats
from tracer.diagnosis.uncalled import explain, would_run
from tracer.diagnosis.unsent import unsent

__all__ = [
    "Explanation",
    "Repeat",
    "RepeatedCall",
    "Uncalled",
    "UnknownName",
    "explain",
    "find_sender",
    "find_signal",
    "repeats",
    "unsent",
    "would_run",
]
