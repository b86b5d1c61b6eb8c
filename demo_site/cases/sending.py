"""The cases of the ways in which a signal can be sent."""

from __future__ import annotations

from collections.abc import Sequence

from asgiref.sync import sync_to_async

from demo_site.cases.case import Case, Group
from demo_site.cases.props import basket
from demo_site.mishaps.models import Train
from demo_site.mishaps.signals import lamps_out, track_asked_for
from demo_site.shop.checkout import make_order
from demo_site.shop.models import Order
from demo_site.shop.signals import gift_wrapped, order_placed


def robust() -> str:
    """Send on, although a receiver fails."""
    order = make_order(basket(), card=Order.Card.DECLINED)
    responses = order_placed.send_robust(sender=Order, order=order)
    return f"{_failed(responses)} of {len(responses)} receivers failed, and all of them ran."


async def asend() -> str:
    """Send from async code."""
    order = await sync_to_async(_new_order)(Order.Card.GOOD)
    responses = await order_placed.asend(sender=Order, order=order)
    return f"{len(responses)} receivers ran."


async def asend_robust() -> str:
    """Send on from async code, although a receiver fails."""
    order = await sync_to_async(_new_order)(Order.Card.DECLINED)
    responses = await order_placed.asend_robust(sender=Order, order=order)
    return f"{_failed(responses)} of {len(responses)} receivers failed, and all of them ran."


def unheard() -> str:
    """Send what nobody receives."""
    gift_wrapped.send(sender=Order, order=make_order(basket()))
    return "A gift was wrapped. Nobody heard of it."


def _new_order(card: str) -> Order:
    return make_order(basket(), card=card)


def _failed(responses: Sequence[tuple[object, object]]) -> int:
    return sum(isinstance(response, Exception) for _, response in responses)


async def fan_out() -> str:
    """Put the lamps out, and have three people warned at once."""
    await lamps_out.asend(sender=Train)
    return "Three were warned at once."


def hanging() -> str:
    """Ask for a track, and wait."""
    track_asked_for.send(sender=Train)
    return "The track is free, after all."


GROUP = Group(
    "sending",
    "Ways to send",
    (
        Case(
            slug="send-robust",
            title="send_robust",
            does="Sends `order_placed` for a declined card by `send_robust`.",
            look="`charge_card` failed, and the receivers after it ran all the same. The dispatch is "
            "an error although the caller saw no exception.",
            filter="signal:order_placed method:send_robust",
            run=robust,
            button="Send robustly",
        ),
        Case(
            slug="asend",
            title="asend",
            does="Sends `order_placed` from an async view.",
            look="Method `asend`, and the name of an asyncio task. The sync receivers run in a thread, "
            "the async one in the loop, all nine under this dispatch.",
            filter="signal:order_placed method:asend",
            run=asend,
            button="Send from async code",
        ),
        Case(
            slug="asend-robust",
            title="asend_robust",
            does="Sends `order_placed` for a declined card from an async view by `asend_robust`.",
            look="`charge_card` failed, and the other eight ran.",
            filter="signal:order_placed method:asend_robust",
            run=asend_robust,
            button="Send robustly, async",
        ),
        Case(
            slug="fan-out",
            title="Async receivers side by side",
            does="Sends `lamps_out` from an async view; three async receivers wait for 50 ms each.",
            look="The three bars of `lamps_out` stand below one another and begin together: all of it "
            "takes little longer than one of them.",
            filter="signal:lamps_out method:asend",
            run=fan_out,
            button="Put the lamps out",
        ),
        Case(
            slug="hanging",
            title="A receiver that hangs",
            does="Sends `track_asked_for`, whose receiver waits for three seconds.",
            look="`track_asked_for` while it hangs: running, in `wait_for_clearance`, with a clock. The row "
            "turns into its end where it stands.",
            filter="signal:track_asked_for",
            run=hanging,
            button="Ask for a track",
        ),
        Case(
            slug="unheard",
            title="A signal that nobody hears",
            does="Sends `gift_wrapped`, for which nothing was ever connected.",
            look="`gift_wrapped`, marked unheard.",
            filter="signal:gift_wrapped is:unheard",
            run=unheard,
            button="Wrap a gift",
        ),
    ),
)
