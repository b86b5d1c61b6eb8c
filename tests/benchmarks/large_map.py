"""The counts of a large site, for its map: 30 signals, 300 receivers in 12 apps, and what these dispatch."""

from __future__ import annotations

import random

from dashboard.counters import Count
from dashboard.traffic import Pairs
from tracer.registry import RegisteredReceiver, RegisteredSignal

SIGNALS = 30
RECEIVERS = 300
APPS = (
    *("accounts", "billing", "cart", "catalogue", "crm", "mail"),
    *("orders", "reports", "search", "shipping", "stock", "tax"),
)
MODELS = ("pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")
NOW_US = 1_780_000_000_000_000


def connected(received: Pairs) -> list[RegisteredSignal]:
    """Return the signals with the receivers of pairs, those that never ran too."""
    found: dict[str, list[RegisteredReceiver]] = {}
    for signal, receiver in received:
        found.setdefault(signal, []).append(_receiver(receiver))
    return [
        RegisteredSignal(
            name=name,
            module=name.rpartition(".")[0],
            short=name.rpartition(".")[2],
            is_muted=False,
            receivers=tuple(receivers),
            gone=(),
        )
        for name, receivers in found.items()
    ]


def pairs() -> tuple[Pairs, Pairs, Pairs]:
    """Return what was sent, received and caused, always the same; a count of 0 is one that never ran."""
    chance = random.Random(7)
    signals = [f"django.db.models.signals.{name}" for name in MODELS]
    signals += [
        f"{APPS[number % len(APPS)]}.signals.{APPS[number % len(APPS)]}_changed_{number}"
        for number in range(SIGNALS - len(MODELS))
    ]
    sent: Pairs = {}
    received: Pairs = {}
    caused: Pairs = {}
    for number, app in enumerate(APPS):
        for model in ("Order", "Line", "Entry")[: 1 + number % 3]:
            for signal in chance.sample(signals[: len(MODELS)], 3):
                sent[f"{app}.{model}", signal] = _count(chance)
        for signal in signals[len(MODELS) :]:
            if signal.startswith(app):
                sent[f"{app}.Order", signal] = _count(chance)
    for number in range(RECEIVERS):
        app = APPS[number % len(APPS)]
        receiver = f"{app}.receivers.update_{chance.choice(APPS)}_{number}"
        own = [signal for signal in signals if signal.startswith(app)]
        wanted = {chance.choice(own if number % 2 else signals[: len(MODELS)])}
        if number % 7 == 0:
            wanted.add(chance.choice(signals))
        for signal in wanted:
            received[signal, receiver] = _count(chance)
        if number % 4 == 0:
            caused[receiver, chance.choice(own + signals[:2])] = _count(chance)
    return sent, received, caused


def _receiver(name: str) -> RegisteredReceiver:
    return RegisteredReceiver(
        name=name,
        short=name.rpartition(".")[2],
        place=None,
        file=None,
        line=0,
        sender=None,
        shape="function",
        is_weak=True,
        is_async=False,
        dispatch_uid=None,
        is_dead=False,
        connected_at=None,
        connected_us=None,
    )


def _count(chance: random.Random) -> Count:
    if chance.random() < 0.25:
        return Count()
    calls = int(chance.paretovariate(0.6))
    return Count(
        calls=calls,
        errors=calls // 9 if chance.random() < 0.1 else 0,
        total_ns=calls * chance.randrange(20_000, 4_000_000),
        ended=calls,
        last_us=NOW_US - int(chance.expovariate(1 / 120) * 1_000_000),
    )
