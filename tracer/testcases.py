"""Signals for the tests of Django's own runner: a mixin for its test cases. Owns nothing but the capture of a test."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING, Any

from tracer.capturing import Captured, Found, capture

if TYPE_CHECKING:
    from django.dispatch import Signal

    _Case = unittest.TestCase
else:
    _Case = object


class SignalboxTestCaseMixin(_Case):
    """
    Captures the signals of each test, its `setUp` included; stands before `TestCase` or any other of Django's.

    Takes async test methods too. What is dispatched in `setUpTestData` comes before, and is not captured.
    """

    signalbox: Captured
    """What the test has dispatched up to now; `self.signalbox.clear()` forgets it."""

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """Run the test in a capture."""
        with capture() as self.signalbox:
            return super().run(result)

    def debug(self) -> None:
        """Run the test in a capture, as debuggers have it."""
        with capture() as self.signalbox:
            super().debug()

    def assertDispatched(self, signal: Signal | str, /, **asked: Any) -> Found:  # noqa: N802
        """Fail, with the tree of what was dispatched, unless there is what `Captured.dispatched` is asked for."""
        found = self.signalbox.dispatched(signal, **asked)
        if not found:
            self.fail(str(found))
        return found

    def assertNotDispatched(self, signal: Signal | str, /, **asked: Any) -> None:  # noqa: N802
        """Fail, with the tree of what was dispatched, if there is what `Captured.dispatched` is asked for."""
        found = self.signalbox.dispatched(signal, **asked)
        if found:
            self.fail(str(found))
