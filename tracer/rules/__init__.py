"""
The mistakes that can be seen before anything runs, as `manage.py check` and the registry's marks report them.

Looks at what is connected and at sources; imports, calls and connects nothing.
"""

from __future__ import annotations

from tracer.rules.examining import findings
from tracer.rules.finding import Finding

__all__ = ["Finding", "findings"]
