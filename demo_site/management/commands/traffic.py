"""`manage.py traffic`: steady, light load for the demo site, from this machine and to this machine."""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo_site.browser import is_here
from demo_site.traffic import drive

MOST_VISITS_S = 200


class Command(BaseCommand):
    """Sends simulated visitors to the demo site."""

    help = "Sends simulated visitors to the demo site, which must run on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add rate, duration and address."""
        parser.add_argument(
            "--rate", type=_rate, default=2.0, help="Visits a second; 2 if not given."
        )
        parser.add_argument(
            "--for",
            dest="for_s",
            type=_seconds,
            metavar="SECONDS",
            help="Stop by itself after so many seconds; else go on until Ctrl+C.",
        )
        parser.add_argument(
            "--base-url",
            default="http://127.0.0.1:8000",
            help="Where the site is; http://127.0.0.1:8000 if not given.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send visitors until told to stop, and say how it went."""
        site: str = options["base_url"].rstrip("/")
        if not is_here(site):
            raise CommandError(
                "--base-url: visitors are sent to this machine only, such as "
                f"http://127.0.0.1:8000, got {site!r:.200}."
            )
        with _stopped_by_signals() as stop:
            tally = drive(
                site, options["rate"], until_s=options["for_s"], stop=stop, say=self.stderr.write
            )
        self.stdout.write(
            f"{tally.done} visits, {tally.failed} failed, {tally.unreachable} found nobody, "
            f"{tally.left_out} left out."
        )


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _rate(text: str) -> float:
    return _number(
        text, f"a number of visits a second above 0 and up to {MOST_VISITS_S}", MOST_VISITS_S
    )


def _seconds(text: str) -> float:
    return _number(text, "a number of seconds above 0", 1e9)


def _number(text: str, expected: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise argparse.ArgumentTypeError(f"expected {expected}, such as 2, got {text!r:.40}")
    return number
