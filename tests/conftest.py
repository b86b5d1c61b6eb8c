"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import hypothesis
import pytest
from django.db import connections
from django.utils import inspect

import tracer
from tests import redis_server as redis_servers
from tests.redis_server import RedisServer
from tracer import stores

# A machine that stands still for a moment is no fault of what is tried.
hypothesis.settings.register_profile("signalbox", deadline=None)
hypothesis.settings.load_profile("signalbox")

T = TypeVar("T")


class WaitUntil(Protocol):
    def __call__(self, condition: Callable[[], T], timeout_s: float = 5.0) -> T: ...


@pytest.fixture
def wait_until() -> WaitUntil:
    """Return a function that calls `condition` until it is true and gives its value back."""

    def wait(condition: Callable[[], T], timeout_s: float = 5.0) -> T:
        deadline = time.monotonic() + timeout_s
        while not (value := condition()):
            assert time.monotonic() < deadline, f"still not so after {timeout_s} s: {condition}"
            time.sleep(0.01)
        return value

    return wait


@pytest.fixture(autouse=True)
def _no_connection_of_another_test() -> None:
    """Close the connection that pytest-django leaves open after a test with a database.

    Django and Channels, tidying up at the end of a request, would ask it what a test without a database may not.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    """Take the tracer off if a test loaded the apps anew, whose `ready()` installs it, and close the store."""
    yield
    if tracer.is_installed():
        tracer.uninstall()
    stores.close_shared()
    # In DEBUG Django remembers the receivers that were connected, and the test client's holds what was rendered: what
    # looks at every object would take longer from test to test.
    inspect._get_func_parameters.cache_clear()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """Return a Redis server for all tests that do it no harm."""
    if redis_servers.EXECUTABLE is None:
        pytest.skip(redis_servers.WHY_SKIPPED)
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """Return the server that is shared, empty."""
    with shared_redis.client() as client:
        client.flushall()
    return shared_redis
