"""W006: receivers that cost more than they look."""

from __future__ import annotations

from tests.tracer.rules.projects import Found

MODELS = """
    from django.db import models

    class Alone(models.Model): ...
    class Received(models.Model): ...
    class Parent(models.Model): ...
    class Cascading(models.Model):
        parent = models.ForeignKey(Parent, models.CASCADE)
    class Child(Parent): ...
    class Target(models.Model): ...
    class Loose(models.Model):
        target = models.ForeignKey(Target, models.DO_NOTHING)
"""
FAULTY = {
    "costly/models.py": MODELS,
    "costly/receivers.py": """
        from django.db.models.signals import post_delete, post_init
        from django.dispatch import receiver
        from costly.models import Alone, Received

        @receiver(post_delete)
        def note(sender, **kwargs): ...

        @receiver(post_delete, sender=Received)
        def see(sender, **kwargs): ...

        @receiver(post_init, sender=Alone)
        def prepare(sender, **kwargs): ...
    """,
}
SOUND = {
    "costly/models.py": f"""{MODELS}
    class Picture(models.Model):
        height = models.IntegerField()
        image = models.ImageField(height_field="height")  # It receives post_init.
    """,
    "costly/receivers.py": """
        from django.db.models.signals import post_delete
        from django.dispatch import receiver
        from costly.models import Received

        @receiver(post_delete, sender=Received)
        def see(sender, **kwargs): ...
    """,
}


def test_models_that_lose_their_fast_delete_are_named_and_only_those(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("costly") if "post_delete" in each["signal"]]
    assert (found["id"], found["sender"]) == ("W006", None)
    assert found["place"] == "costly/receivers.py:6"
    named = found["text"].partition("fast delete: ")[2]
    assert named.startswith(
        "abstract.Bill, abstract.Order, costly.Alone, costly.Cascading, costly.Loose and "
    )
    assert named.endswith(" more.")
    assert found["tag"] == "fast delete off"


def test_receiver_of_each_instance_is_reported(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("costly") if "post_init" in each["signal"]]
    assert (found["id"], found["sender"]) == ("W006", "costly.Alone")
    assert "a list of 100 rows calls it 100 times" in found["text"]


def test_receiver_of_one_model_and_djangos_own_are_sound(sound: Found) -> None:
    assert sound.of("costly") == []
    assert [each for each in sound.findings if each["id"] == "W006"] == []
