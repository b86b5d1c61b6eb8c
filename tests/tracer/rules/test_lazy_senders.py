"""W001: a sender's name that no model has."""

from __future__ import annotations

from tests.tracer.rules.projects import Found

MODELS = """
    from django.db import models

    class Order(models.Model): ...

    class Dated(models.Model):
        class Meta:
            abstract = True

    class Bill(Dated): ...
"""
RECEIVERS = """
    from django.db.models.signals import post_save
    from django.dispatch import receiver

    @receiver(post_save, sender="lazy.{name}")
    def note(sender, raw, **kwargs): ...

    def see(sender, raw, **kwargs): ...

    post_save.connect(see, sender="{other}")
    post_save.connect(note, sender="lazy.{third}")
"""
FAULTY = {
    "lazy/models.py": MODELS,
    "lazy/receivers.py": RECEIVERS.format(name="Ordr", other="lasy.Order", third="Dated"),
}
SOUND = {
    "lazy/models.py": MODELS,
    "lazy/receivers.py": RECEIVERS.format(name="Order", other="lazy.order", third="Bill"),
}


def test_misspelled_model_is_reported_with_the_nearest_one(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("lazy") if each["sender"] == "lazy.Ordr"]
    assert (found["id"], found["level"]) == ("W001", "warning")
    assert found["signal"] == "django.db.models.signals.post_save"
    assert found["receiver"] == "lazy.receivers.note"
    assert found["place"] == "lazy/receivers.py:5"
    assert '"lazy.Order"' in found["hint"]


def test_app_that_is_not_installed_is_told_apart(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("lazy") if each["sender"] == "lasy.Order"]
    assert 'no app with the label "lasy" is installed' in found["text"]
    assert '"lazy.Order"' in found["hint"]
    assert found["place"] == "lazy/receivers.py:10"


def test_abstract_model_is_told_apart_and_its_children_are_named(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("lazy") if each["sender"] == "lazy.Dated"]
    assert "abstract" in found["text"]
    assert '"lazy.Bill"' in found["hint"]


def test_nothing_else_is_reported(faulty: Found) -> None:
    assert len(faulty.of("lazy")) == 3


def test_name_of_a_model_in_any_case_is_sound(sound: Found) -> None:
    assert sound.of("lazy") == []
