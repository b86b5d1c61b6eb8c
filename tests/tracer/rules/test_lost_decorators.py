"""W005: a decorator on the wrong side of `@receiver`."""

from __future__ import annotations

from tests.tracer.rules.projects import Found

RECEIVERS = """
    import functools
    from django.db.models import signals
    from django.dispatch import Signal, receiver

    placed, paid, sent = Signal(), Signal(), Signal()
    known = []

    def careful(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    def registered(function):
        known.append(function)
        return function

"""
FAULTY = {
    "decorated/receivers.py": f"""{RECEIVERS}
    @careful
    @receiver(placed)
    def note(sender, **kwargs): ...

    class Ledger:
        @careful
        @receiver(paid)
        def write(sender, **kwargs): ...

    @careful
    @receiver(sent)
    @careful
    def both(sender, **kwargs): ...
    """,
}
SOUND = {
    "decorated/receivers.py": f"""{RECEIVERS}
    @receiver(placed)
    @careful
    def note(sender, **kwargs): ...

    @registered
    @receiver(placed)
    def register(sender, **kwargs): ...

    @receiver(paid)
    @receiver(sent)
    def stacked(sender, **kwargs): ...

    class Ledger:
        @staticmethod
        @receiver(paid)
        def write(sender, **kwargs): ...
    """,
}


def test_decorator_above_is_named_and_the_order_to_paste_is_shown(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("decorated") if each["signal"].endswith(".placed")]
    assert (found["id"], found["receiver"]) == ("W005", "decorated.receivers.note")
    assert found["place"] == "decorated/receivers.py:20"
    assert "@careful stands above @receiver" in found["text"]
    assert "    @receiver(…)\n    @careful\n    def note(…):" in found["hint"]


def test_method_and_function_with_another_decorator_below_are_reported_too(faulty: Found) -> None:
    found = {each["signal"].rpartition(".")[2]: each["id"] for each in faulty.of("decorated")}
    assert found == {"placed": "W005", "paid": "W005", "sent": "W005"}


def test_decorators_below_registering_ones_and_stacked_receivers_are_sound(sound: Found) -> None:
    assert sound.of("decorated") == []
