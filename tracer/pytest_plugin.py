"""The pytest plugin: names the test a dispatch was made in, and gives the `signalbox` fixture."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tracer.dispatches import Dispatch


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Make the test the origin of what is dispatched in it, its fixtures included."""
    if "tracer.running" not in sys.modules:
        # Nothing of the tracer is imported into a test run that does not use it.
        return (yield)
    from tracer.running import origin

    with origin("test", f"test {item.nodeid}"):
        return (yield)


@pytest.fixture
def signalbox() -> Iterator[list[Dispatch]]:
    """Give the list of dispatches that the test makes; it is filled when the test is over. See `tracer.capture`."""
    from tracer.capturing import capture

    with capture() as dispatches:
        yield dispatches
