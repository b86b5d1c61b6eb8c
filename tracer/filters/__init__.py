"""
The filter language: parse, match, edit, complete; knows nothing of where dispatches come from.

A space is AND, `-` is NOT, `*` stands for any number of characters, `/…/` is a regular expression,
`"…"` is taken as it stands, `a,b` is either. Upper and lower case are the same everywhere.

Bare words look everywhere. Names (`signal:`, `sender:`, `receiver:`, `error:`) are compared whole
or by their last parts: `post_save` is `django.db.models.signals.post_save`, and `save` is not.
After `origin:` a slash begins a path and never a regular expression: `origin:/checkout/`.
"""

from __future__ import annotations

from tracer.filters.completion import Completion, complete
from tracer.filters.editing import with_range, with_term, without_term
from tracer.filters.filter import Filter
from tracer.filters.language import FIELDS, FLAGS, SIGNS, Field, Flag, Sign
from tracer.filters.terms import Term, Value

__all__ = [
    "FIELDS",
    "FLAGS",
    "SIGNS",
    "Completion",
    "Field",
    "Filter",
    "Flag",
    "Sign",
    "Term",
    "Value",
    "complete",
    "with_range",
    "with_term",
    "without_term",
]
