"""Keeps the page's polls out of what runserver prints, where they would be a line each second. All else is printed."""

from __future__ import annotations

import logging
import re

from dashboard import access

_LOGGERS = ("django.server", "django.channels.server")
_ASKED = re.compile(r"\bGET (\S+/poll/)\?.*?[ \"]200\b")


def leave_out_polls() -> None:
    """Install the filter; calling it twice is nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_is_worth_a_line)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    found = _ASKED.search(record.getMessage())
    return found is None or access.is_own_path(found[1]) is not True
