"""Notes connections during each test, and puts the receivers of the signals that are tried back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core import signals as request_signals
from django.db.models import signals as model_signals
from django.dispatch import Signal

from tests.tracer.diagnosis import trial
from tracer import connections


@pytest.fixture(autouse=True)
def _watched() -> Iterator[None]:
    tried = [
        signal
        for module in (model_signals, request_signals, trial)
        for signal in vars(module).values()
        if isinstance(signal, Signal)
    ]
    before = [(signal, list(signal.receivers)) for signal in tried]
    connections.watch()
    yield
    connections.unwatch()
    for signal, receivers in before:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()
