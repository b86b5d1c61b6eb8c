"""Small Django projects in a folder, and what is found in them by a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).parents[3]

SETTINGS = """
    from pathlib import Path

    BASE_DIR = Path(__file__).parent
    SECRET_KEY = "x"
    ROOT_URLCONF = "main_urls"
    DEBUG = True
    USE_TZ = True
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    SIGNALBOX = {"STORE": "memory"}
    INSTALLED_APPS = ["tracer", "django.contrib.contenttypes", "django.contrib.auth", *APPS]
"""

READY = """
    from django.apps import AppConfig

    class OwnConfig(AppConfig):
        name = "NAME"

        def ready(self):
            from NAME import receivers
"""
"""The apps.py of an app without one of its own that has receivers."""

LOOK = """
    import json, os, sys
    import django
    from django.core import checks
    django.setup()
    AFTERWARDS
    from tracer import faults, rules
    found = rules.findings()
    messages = [m for m in checks.run_checks() if (m.id or "").startswith("signalbox_tracer.")]
    print(json.dumps({
        "findings": [{f: getattr(each, f) for f in each.__struct_fields__} for each in found],
        "messages": [[m.id, m.level, m.msg, m.hint] for m in messages],
        "faults": [faults.count, faults.last],
    }))
"""


class Found(NamedTuple):
    """What was found in a project."""

    findings: list[dict[str, Any]]
    messages: list[list[Any]]

    def of(self, app: str) -> list[dict[str, Any]]:
        """Return what was found in an app, by its name."""
        return [each for each in self.findings if (each["place"] or "").startswith(f"{app}/")]


def build(folder: Path, files: dict[str, str]) -> Path:
    """Write a project of apps, each a folder of `files`, whose `__init__.py` and `apps.py` are added."""
    files = {name: dedent(text) for name, text in files.items()}
    apps = sorted({name.partition("/")[0] for name in files if "/" in name and name[0] != "_"})
    for app in apps:
        files.setdefault(f"{app}/__init__.py", "")
        if f"{app}/receivers.py" in files and f"{app}/apps.py" not in files:
            files[f"{app}/apps.py"] = dedent(READY).replace("NAME", app)
    files.setdefault("_/main_urls.py", "urlpatterns = []")
    files.setdefault("settings.py", f"APPS = {apps!r}\n{dedent(SETTINGS)}")
    for name, text in files.items():
        file = folder / name.removeprefix("_/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def look(folder: Path, changes: str = "", *, afterwards: str = "") -> Found:
    """Return what is found in a project, its settings changed by some lines; nothing of ours may fail."""
    program = dedent(LOOK).replace("AFTERWARDS", dedent(afterwards).strip())
    found = json.loads(run(folder, ["-c", program], changes))
    assert found["faults"] == [0, ""], found["faults"]
    return Found(found["findings"], found["messages"])


def run(folder: Path, arguments: list[str], changes: str = "") -> str:
    """Run Python in a project and return what it printed; fail where it fails."""
    name = f"settings_{abs(hash(changes))}" if changes else "settings"
    if changes:
        (folder / f"{name}.py").write_text(f"from settings import *\n{dedent(changes)}")
    environment = {
        "PYTHONPATH": f"{folder}:{CHECKOUT}",
        "DJANGO_SETTINGS_MODULE": name,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + (done.stderr if "-m" in arguments else "")
