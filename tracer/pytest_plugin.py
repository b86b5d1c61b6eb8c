"""The pytest plugin: names the test a dispatch was made in, gives the `signalbox` fixture, tells a failure's tree."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tracer.capturing import Captured

_CAPTURED = pytest.StashKey["Captured"]()


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
def signalbox(request: pytest.FixtureRequest) -> Iterator[Captured]:
    """
    Give what the test dispatches, up to the moment at which it is asked; see `tracer.Captured`.

    A test that fails is told the tree of it.
    """
    from tracer.capturing import capture

    with capture() as captured:
        request.node.stash[_CAPTURED] = captured
        yield captured


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Add to what a test failed with what it was that signals were asked for, and the tree of what was dispatched."""
    if call.when != "call" or call.excinfo is None or "tracer.capturing" not in sys.modules:
        return
    if call.excinfo.errisinstance((pytest.skip.Exception, pytest.exit.Exception)):
        return
    said = _said_of(call.excinfo, item.stash.get(_CAPTURED, None))
    if said is not None and said not in str(call.excinfo.value):
        call.excinfo.value.add_note(f"\n{said}")


def _said_of(excinfo: pytest.ExceptionInfo[BaseException], captured: Captured | None) -> str | None:
    """Return what was asked for in the assertion that failed, else the tree of the test's fixture, if it has one."""
    from tracer.capturing import Found

    for entry in reversed(excinfo.traceback):
        # In the frame of an assertion stand the values that it consists of, until it holds.
        for value in entry.frame.f_locals.values():
            if type(value) is Found:
                return str(value)
    return None if captured is None else captured.tree()
