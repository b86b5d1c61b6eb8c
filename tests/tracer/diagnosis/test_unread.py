"""Modules that nobody imports, told where somebody asks why a receiver did not run."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from tests.tracer.rules import projects

FILES = {
    "shop/__init__.py": "",
    "shop/apps.py": """
        from django.apps import AppConfig

        class ShopConfig(AppConfig):
            name = "shop"
    """,
    "shop/receivers.py": """
        from django.db.models.signals import post_save
        from django.dispatch import receiver

        @receiver(post_save)
        def pack(sender, raw, **kwargs): ...
    """,
}
ASK = """
    import json
    import django
    django.setup()
    import tracer
    from django.contrib.auth.models import Group
    from django.db.models.signals import post_save, pre_save
    from tracer import diagnosis, faults
    from tracer.diagnosis.unread import unread
    before = diagnosis.would_run("django.db.models.signals.post_save", "auth.Group")
    with tracer.capture() as dispatches:
        for signal in (pre_save, post_save):
            signal.send(Group, instance=Group(), raw=True)
    pre, post = map(diagnosis.explain, dispatches)
    elsewhere = unread("django.db.models.signals.post_save", ["shop.receivers.pack"])
    from shop import receivers
    with tracer.capture() as dispatches:
        post_save.send(Group, instance=Group(), raw=True)
    after = diagnosis.explain(dispatches[0])
    assert faults.count == 0, faults.last
    notes = {name: list(of.notes) for name, of in
             {"before": before, "pre": pre, "post": post, "after": after}.items()}
    print(json.dumps(notes | {"called": list(after.called), "elsewhere": elsewhere}))
"""
NOTE = "`shop.receivers` names post_save and connects receivers, but nobody imports it: shop/receivers.py:5, W003."


def asked(folder: Path, files: dict[str, str]) -> Any:
    return json.loads(projects.run(projects.build(folder, files), ["-c", dedent(ASK)]))


def test_module_that_names_the_signal_and_is_not_imported_is_told_first(tmp_path: Path) -> None:
    notes = asked(tmp_path, FILES)
    assert notes["before"][0] == NOTE
    assert notes["post"] == [NOTE]
    assert notes["pre"] == []


def test_module_that_was_imported_is_told_no_more(tmp_path: Path) -> None:
    notes = asked(tmp_path, FILES)
    assert "shop.receivers.pack" in notes["called"]
    assert notes["after"] == []


def test_module_whose_receiver_another_process_called_is_imported_there(tmp_path: Path) -> None:
    assert asked(tmp_path, FILES)["elsewhere"] == []
