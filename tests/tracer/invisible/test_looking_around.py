"""Looking through the process for signals disturbs no thread that goes on meanwhile."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from tracer import registry


@pytest.fixture
def _restless() -> Iterator[None]:
    """Have threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless")
def test_tuples_that_are_being_made_are_let_alone() -> None:
    """A tuple that somebody else refers to cannot be made longer: `SystemError`, in the host's own code."""
    failed: list[BaseException] = []
    is_over = threading.Event()

    def makes_tuples() -> None:
        try:
            while not is_over.is_set():
                # Longer than any guess, so that it has to grow.
                tuple(number for number in range(200))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=makes_tuples) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        registry.snapshot()
    is_over.set()
    for thread in threads:
        thread.join()
    assert failed == []
