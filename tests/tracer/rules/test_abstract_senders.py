"""W002: an abstract model as a sender."""

from __future__ import annotations

from tests.tracer.rules.projects import Found

RECEIVERS = """
    from django.db.models.signals import post_save
    from django.dispatch import Signal, receiver
    from abstract.models import Dated, Order

    @receiver(post_save, sender={name})
    def note(sender, raw, **kwargs): ...

    shipped = Signal()

    @receiver(shipped, sender=Dated)
    def ship(sender, **kwargs): ...
"""
MODELS = """
    from django.db import models

    class Dated(models.Model):
        class Meta:
            abstract = True

    class Order(Dated): ...
    class Bill(Dated): ...
"""
FAULTY = {"abstract/models.py": MODELS, "abstract/receivers.py": RECEIVERS.format(name="Dated")}
SOUND = {"abstract/models.py": MODELS, "abstract/receivers.py": RECEIVERS.format(name="Order")}


def test_abstract_sender_is_reported_with_its_concrete_children(faulty: Found) -> None:
    (found,) = faulty.of("abstract")
    assert (found["id"], found["receiver"]) == ("W002", "abstract.receivers.note")
    assert found["sender"] == "abstract.Dated"
    assert found["place"] == "abstract/receivers.py:6"
    assert '["abstract.Bill", "abstract.Order"]' in found["hint"]
    assert "class_prepared" in found["hint"]


def test_concrete_sender_is_sound_and_so_is_any_class_for_a_signal_of_ones_own(
    sound: Found,
) -> None:
    assert sound.of("abstract") == []
