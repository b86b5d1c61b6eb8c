"""The failures that the demo site makes on purpose. Imports nothing of Django: the settings need it."""

from __future__ import annotations

import logging


class OnPurpose(Exception):  # noqa: N818 - says what happened
    """Something that goes wrong so that it can be watched."""


class CardDeclined(OnPurpose):
    """The bank said no."""


class PorterAsleep(OnPurpose):
    """Nobody looks for the parcel."""


class PrinterJammed(OnPurpose):
    """The page that prints vouchers is broken."""


class TrainLeft(OnPurpose):
    """The order came too late and is taken back."""


def is_unexpected(record: logging.LogRecord) -> bool:
    """Say whether a log record tells of anything but a failure made on purpose."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, OnPurpose)
