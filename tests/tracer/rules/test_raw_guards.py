"""W009: receivers that fixtures set off."""

from __future__ import annotations

from pathlib import Path

from tests.tracer.rules import projects
from tests.tracer.rules.projects import Found

MODELS = """
    from django.db import models

    class Order(models.Model): ...
    class Bill(models.Model): ...
"""
FIXTURE = '[{"model": "fixed.order", "pk": 1, "fields": {}}]'
RECEIVERS = """
    import functools
    from django.db.models.signals import post_save, pre_save
    from django.dispatch import receiver
    from fixed.models import Bill, Order

    def not_raw(function):
        @functools.wraps(function)
        def wrapper(sender, **kwargs):
            if not kwargs.get("raw"):
                function(sender, **kwargs)
        return wrapper

    def handle(raw, **kwargs): ...
"""
FAULTY = {
    "fixed/models.py": MODELS,
    "fixed/fixtures/first.json": FIXTURE,
    "fixed/receivers.py": f"""{RECEIVERS}
    @receiver(post_save, sender=Order)
    def note(sender, instance, **kwargs): ...

    @receiver(pre_save)
    def see(sender, instance, **kwargs): ...

    @receiver(post_save, sender=Bill)
    def file(sender, instance, **kwargs): ...
    """,
}
SOUND = {
    "fixed/models.py": MODELS,
    "fixed/fixtures/first.json": FIXTURE,
    "fixed/receivers.py": f"""{RECEIVERS}
    @receiver(post_save, sender=Order)
    def note(sender, instance, raw, **kwargs): ...

    @receiver(pre_save)
    @not_raw
    def see(sender, instance, **kwargs): ...

    @receiver(post_save)
    def hand_on(sender, instance, **kwargs):
        handle(**kwargs)

    @receiver(post_save, sender=Bill)
    def file(sender, instance, **kwargs): ...
    """,
}


def test_receivers_of_what_a_fixture_holds_are_reported_for_information(faulty: Found) -> None:
    found = faulty.of("fixed")
    assert [(each["id"], each["level"]) for each in found] == [("W009", "info")] * 2
    assert [each["receiver"] for each in found] == ["fixed.receivers.note", "fixed.receivers.see"]
    assert 'if kwargs.get("raw"):' in found[0]["hint"]


def test_guards_anywhere_and_models_that_no_fixture_holds_are_sound(sound: Found) -> None:
    assert sound.of("fixed") == []


def test_nothing_is_reported_while_there_are_no_fixtures(tmp_path: Path) -> None:
    files = {name: text for name, text in FAULTY.items() if "fixtures" not in name}
    assert projects.look(projects.build(tmp_path, files)).findings == []


def test_fixture_that_cannot_be_read_may_hold_every_model(tmp_path: Path) -> None:
    files = {name: text for name, text in FAULTY.items() if "fixtures" not in name}
    project = projects.build(tmp_path, {**files, "_/shared/rest.json.gz": "packed"})
    found = projects.look(project, "FIXTURE_DIRS = [BASE_DIR / 'shared']")
    assert len(found.findings) == 3
