"""Fixtures for what is recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import tracer
from tracer import stores
from tracer.stores import Store


@pytest.fixture
def installed_store() -> Iterator[Store]:
    """Install the tracer into a new memory store, and take it off afterwards."""
    stores.close_shared()
    tracer.install()
    yield stores.shared()
    tracer.uninstall()
    stores.close_shared()
