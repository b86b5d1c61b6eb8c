"""What is sent at a wrong moment: too early for its receiver, too late for it, and within a running loop."""

from __future__ import annotations

import asyncio
import time

from django.dispatch import receiver

from demo_site.mishaps.models import Train
from demo_site.mishaps.signals import (
    lamp_lit,
    lamps_out,
    points_set,
    track_asked_for,
    whistle_blown,
)

CLEARANCE_S = 3.0
TELEGRAM_S = 0.05


def close_doors(sender: type[Train], **kwargs: object) -> None:
    """Receive `whistle_blown`, once connected."""


def draw_curtain(sender: type[Train], **kwargs: object) -> None:
    """Receive `lamp_lit`, while connected."""


@receiver(points_set)
def lock_points(sender: type[Train], **kwargs: object) -> None:
    """Receive `points_set`: sync."""


@receiver(points_set)
async def telegraph(sender: type[Train], **kwargs: object) -> None:
    """Receive `points_set`: async, so that `send` needs a loop of its own."""


@receiver(lamps_out)
async def warn_driver(sender: type[Train], **kwargs: object) -> None:
    """Receive `lamps_out` beside the two others."""
    await asyncio.sleep(TELEGRAM_S)


@receiver(lamps_out)
async def warn_guard(sender: type[Train], **kwargs: object) -> None:
    """Receive `lamps_out` beside the two others."""
    await asyncio.sleep(TELEGRAM_S)


@receiver(lamps_out)
async def warn_next_box(sender: type[Train], **kwargs: object) -> None:
    """Receive `lamps_out` beside the two others."""
    await asyncio.sleep(TELEGRAM_S)


@receiver(track_asked_for)
def wait_for_clearance(sender: type[Train], **kwargs: object) -> None:
    """Hang for as long as the next signal box says nothing."""
    time.sleep(CLEARANCE_S)


def connect_too_late() -> None:
    """Send `whistle_blown`, and connect its receiver then."""
    whistle_blown.disconnect(close_doors)  # Each time is like the first.
    whistle_blown.send(sender=Train)
    whistle_blown.connect(close_doors)


def disconnect_too_early() -> None:
    """Connect the receiver of `lamp_lit`, disconnect it, and send then."""
    lamp_lit.connect(draw_curtain)
    lamp_lit.disconnect(draw_curtain)
    lamp_lit.send(sender=Train)


def send_within_the_loop() -> None:
    """Send `points_set`; raises `RuntimeError` where an event loop runs."""
    points_set.send(sender=Train)
