"""W003: a module of receivers that nobody imports."""

from __future__ import annotations

from pathlib import Path

from tests.tracer.rules import projects
from tests.tracer.rules.projects import Found

CONNECTS = """
    from django.db.models.signals import post_save
    from django.dispatch import receiver as on

    @on(post_save)
    def note(sender, raw, **kwargs): ...
"""
FAULTY = {
    "unread/signals.py": CONNECTS,
    "forgetful/apps.py": """
        from django.apps import AppConfig

        class ForgetfulConfig(AppConfig):
            name = "forgetful"
    """,
    "forgetful/handlers/__init__.py": "",
    "forgetful/handlers/orders.py": """
        from django.db.models import signals

        def note(sender, raw, **kwargs): ...

        for signal in (signals.post_save, signals.pre_save):
            signal.connect(note)
    """,
    "busy/apps.py": """
        from django.apps import AppConfig

        class BusyConfig(AppConfig):
            name = "busy"

            def ready(self):
                self.is_ready = True
    """,
    "busy/receivers.py": CONNECTS,
    "many/apps.py": """
        from django.apps import AppConfig

        class OneConfig(AppConfig):
            name = "many"

            def ready(self):
                import many.receivers

        class OtherConfig(AppConfig):
            name = "many"
    """,
    "many/receivers.py": CONNECTS,
    "hiding/apps.py": """
        import contextlib
        from django.apps import AppConfig

        class HidingConfig(AppConfig):
            name = "hiding"

            def ready(self):
                with contextlib.suppress(ImportError):
                    import hiding.signals
    """,
    "hiding/signals.py": f"    import no_such_module\n{CONNECTS}",
}
SOUND = {
    "unread/models.py": "from unread import signals",
    "unread/signals.py": CONNECTS,
    "unread/handlers.py": """
        import sqlite3
        from socket import socket

        database = sqlite3.connect(":memory:")

        class Client:
            def open(self, address):
                self.socket = socket()
                self.socket.connect(address)
    """,
    "unread/receivers.py": """
        from django.dispatch import Signal

        placed = Signal()
    """,
    "unread/apps.py": """
        from django.apps import AppConfig

        class UnreadConfig(AppConfig):
            name = "unread"
    """,
    "conditional/apps.py": """
        import os
        from django.apps import AppConfig

        class ConditionalConfig(AppConfig):
            name = "conditional"

            def ready(self):
                if os.environ.get("NO_SUCH_VARIABLE"):
                    from . import signals
    """,
    "conditional/signals.py": CONNECTS,
    "viewed/signals.py": CONNECTS,
    "viewed/views.py": """
        def order(request):
            from . import signals
    """,
    "viewed/urls.py": "from viewed.views import order\nurlpatterns = []",
    "_/main_urls.py": """
        from django.urls import include, path

        urlpatterns = [path("", include("viewed.urls"))]
    """,
}


def test_hint_is_the_whole_apps_module_where_there_is_none(faulty: Found) -> None:
    (found,) = faulty.of("unread")
    assert (found["id"], found["signal"], found["receiver"]) == ("W003", None, None)
    assert found["place"] == "unread/signals.py:5"
    lines = found["hint"].split("\n", 2)[2]
    names: dict[str, object] = {}
    exec("\n".join(line[4:] for line in lines.splitlines()), names)
    assert names["UnreadConfig"].name == "unread"  # type: ignore[attr-defined]
    assert "unread/apps.py" in found["hint"]
    assert "from unread import signals" in found["hint"]


def test_module_of_a_package_is_found_and_the_apps_own_class_is_named(faulty: Found) -> None:
    (found,) = faulty.of("forgetful")
    assert found["place"] == "forgetful/handlers/orders.py:7"
    assert "ForgetfulConfig in forgetful/apps.py" in found["hint"]
    assert "from forgetful.handlers import orders" in found["hint"]


def test_line_for_a_ready_that_is_there_is_the_import_only(faulty: Found) -> None:
    (found,) = faulty.of("busy")
    assert found["hint"].startswith("Add to ready() of BusyConfig in busy/apps.py:")
    assert found["hint"].endswith("\n    from busy import receivers  # noqa: F401")


def test_class_that_the_settings_do_not_name_is_said(faulty: Found) -> None:
    (found,) = faulty.of("many")
    assert '"many.apps.OneConfig" in INSTALLED_APPS instead of "many"' in found["hint"]


def test_import_that_fails_in_silence_is_said(faulty: Found) -> None:
    (found,) = faulty.of("hiding")
    assert "hides that it fails" in found["hint"]
    assert "import hiding.signals" in found["hint"]


def test_imported_modules_and_those_that_connect_no_receiver_are_sound(sound: Found) -> None:
    assert sound.of("unread") == []


def test_import_that_depends_on_something_is_left_to_the_app(sound: Found) -> None:
    assert sound.of("conditional") == []


def test_module_that_the_views_import_is_yet_to_come(sound: Found) -> None:
    assert sound.of("viewed") == []


def test_module_that_no_view_imports_is_reported_with_and_without_the_urls(tmp_path: Path) -> None:
    views = {**SOUND, "viewed/views.py": "order = None"}
    project = projects.build(
        tmp_path, {name: views[name] for name in views if "view" in name or "main" in name}
    )
    for afterwards in ("", "import main_urls"):
        (found,) = projects.look(project, afterwards=afterwards).findings
        assert found["place"] == "viewed/signals.py:5"
