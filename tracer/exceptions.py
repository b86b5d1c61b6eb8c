"""The errors that Signalbox raises of its own accord."""

from __future__ import annotations


class SignalboxError(Exception):
    """The root of them all."""


class SettingError(SignalboxError):
    """A value in `SIGNALBOX` is not what it should be; the message says what was expected and what was got."""


class StoreError(SignalboxError):
    """A store could not be opened, written or read; the message is a sentence for the page."""


class RecordingError(SignalboxError):
    """A file that is no recording, or too much of one; the message says which line, what was expected, what was got."""


class FilterError(SignalboxError):
    """
    A filter that does not parse.

    `start` and `end` are offsets in characters into the filter's text, `message` says what would be right.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
