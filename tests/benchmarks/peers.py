"""sentry-sdk and django-orbit as their documentation puts them in, so that a turn can begin and end with them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.dispatch import Signal

ORBIT = {"RECORD_SIGNALS": True, "IGNORE_SIGNALS": []}
"""All signals and, as is its default, whatever else it can record."""


def has(package: str) -> bool:
    """Tell whether a peer is installed: `pip install -e ".[bench]"`."""
    return find_spec(package) is not None


class Sentry:
    """The SDK with signal spans on, sending to nowhere; nothing else of it is switched on."""

    def __init__(self) -> None:
        import sentry_sdk
        from sentry_sdk.integrations.django import DjangoIntegration
        from sentry_sdk.transport import Transport

        class Nowhere(Transport):
            spans = 0

            def capture_envelope(self, envelope: Any) -> None:
                transaction = envelope.get_transaction_event()
                if transaction is not None:
                    self.spans = len(transaction["spans"])

        self._transport = Nowhere()
        self._sdk = sentry_sdk
        self._djangos = Signal._live_receivers
        sentry_sdk.init(
            dsn="http://key@localhost/1",
            transport=self._transport,
            traces_sample_rate=1.0,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[DjangoIntegration(signals_spans=True, middleware_spans=False)],
        )
        self._sentrys = Signal._live_receivers
        Signal._live_receivers = self._djangos  # type: ignore[method-assign]
        if self._sentrys is self._djangos:
            raise RuntimeError("sentry-sdk no longer patches Signal._live_receivers")

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let its receivers' wrapper be there inside."""
        Signal._live_receivers = self._sentrys  # type: ignore[method-assign]
        try:
            yield
        finally:
            Signal._live_receivers = self._djangos  # type: ignore[method-assign]

    def in_transaction(
        self, measure: Callable[[], float], warm_up: Callable[[], object], at_least: int
    ) -> Callable[[], float]:
        """
        Return the measure inside a transaction that is sampled.

        A transaction holds a thousand spans, and the next ones come cheaper: the warm-up has one of its own.
        Raise `RuntimeError` when fewer than `at_least` spans were kept: then nothing was compared.
        """

        @functools.wraps(measure)
        def measured() -> float:
            with self._sdk.start_transaction(name="warm-up"):
                warm_up()
            with self._sdk.start_transaction(name="benchmark"):
                taken = measure()
            if self._transport.spans < at_least:
                raise RuntimeError(f"sentry-sdk kept {self._transport.spans} spans of {at_least}")
            return taken

        return measured


class Orbit:
    """django-orbit as its app has installed itself, taken off until its turn comes."""

    def __init__(self, djangos: Callable[..., Any]) -> None:
        self._djangos, self._orbits = djangos, Signal.send
        Signal.send = djangos  # type: ignore[method-assign]
        if self._orbits is djangos:
            raise RuntimeError("django-orbit no longer patches Signal.send")

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let its wrapper be there inside."""
        Signal.send = self._orbits  # type: ignore[method-assign]
        try:
            yield
        finally:
            Signal.send = self._djangos  # type: ignore[method-assign]

    def recorded(self, measure: Callable[[], float], at_least: int) -> Callable[[], float]:
        """Return the measure, which raises `RuntimeError` when fewer signals were recorded: it fails in silence."""
        entry: Any = apps.get_model("orbit", "OrbitEntry")  # type: ignore[misc]

        @functools.wraps(measure)
        def measured() -> float:
            before = entry.objects.count()
            taken = measure()
            entries = entry.objects.count() - before
            if entries < at_least:
                raise RuntimeError(f"django-orbit wrote {entries} entries for {at_least} sends")
            return taken

        return measured
