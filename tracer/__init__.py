"""
Records each dispatch of Django's signals: who sent it, who received it, in what order, how long it took.

It knows nothing of the web, and the site it watches does not notice it: what is sent, answered, raised and
kept alive is what it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracer.dispatches import Dispatch, ReceiverCall

if TYPE_CHECKING:
    from tracer.capturing import Captured, Found, capture
    from tracer.counts import Stats, stats
    from tracer.filters import Filter
    from tracer.installing import install, is_installed, uninstall
    from tracer.testcases import SignalboxTestCaseMixin

__all__ = [
    "Captured",
    "Dispatch",
    "Filter",
    "Found",
    "ReceiverCall",
    "SignalboxTestCaseMixin",
    "Stats",
    "capture",
    "install",
    "is_installed",
    "stats",
    "uninstall",
]

_HOMES = {
    "Captured": "tracer.capturing",
    "Filter": "tracer.filters",
    "Found": "tracer.capturing",
    "SignalboxTestCaseMixin": "tracer.testcases",
    "Stats": "tracer.counts",
    "capture": "tracer.capturing",
    "install": "tracer.installing",
    "is_installed": "tracer.installing",
    "stats": "tracer.counts",
    "uninstall": "tracer.installing",
}


def __getattr__(name: str) -> Any:
    # Late, because Django imports an app's package before models may be imported.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
