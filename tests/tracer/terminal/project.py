"""A project of its own in a folder, with one app, whose management commands run as processes."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Self

from tracer import registries
from tracer.dispatches import Dispatch
from tracer.registries import PublishedRegistry
from tracer.stores import Store, open_store

CHECKOUT = Path(__file__).parents[3]
LIMIT_S = 60.0

MANAGE = """
    import os, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
SETTINGS = """
    from pathlib import Path
    BASE_DIR = Path(__file__).parent
    SECRET_KEY = "a test's"
    DEBUG = True
    USE_TZ = True
    INSTALLED_APPS = ["tracer", "django.contrib.contenttypes", "shop"]
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    ROOT_URLCONF = "urls"
"""
MODELS = """
    from django.db import models
    class Order(models.Model):
        pass
    class RushOrder(Order):
        class Meta:
            proxy = True
"""
RECEIVERS = """
    from django.db.models.signals import post_save
    from django.dispatch import Signal, receiver
    from shop.models import Order, RushOrder

    order_placed = Signal()

    @receiver(post_save, sender=Order)
    def remember_order(sender, **kwargs):
        pass

    @receiver(post_save, sender=RushOrder, dispatch_uid="shop.hurry")
    def hurry_up(sender, **kwargs):
        pass

    @receiver(order_placed)
    def reserve_stock(sender, **kwargs):
        pass

    @receiver(order_placed, weak=False)
    async def send_receipt(sender, **kwargs):
        pass
"""
APPS = """
    from django.apps import AppConfig
    class ShopConfig(AppConfig):
        name = "shop"
        def ready(self):
            from shop import receivers
"""


class Project:
    """The project's files, and its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("manage.py", MANAGE)
        self.write("settings.py", SETTINGS)
        self.write("urls.py", "urlpatterns = []\n")
        self.write("shop/__init__.py", "")
        self.write("shop/models.py", MODELS)
        self.write("shop/receivers.py", RECEIVERS)
        self.write("shop/apps.py", APPS)

    def write(self, name: str, text: str, *, adds: bool = False) -> None:
        """Write a file, or add to one."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") if adds else ""
        path.write_text(before + textwrap.dedent(text), encoding="utf-8")

    def signals(
        self, *arguments: str, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `manage.py signals` to its end, with what is typed as its input."""
        return subprocess.run(
            self._command("signals", *arguments),
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LIMIT_S,
            cwd=self.folder,
            env=self._environment(environment),
        )

    def shell(self, program: str) -> None:
        """Run a program in another process of the project, which must end well."""
        done = subprocess.run(
            self._command("shell", "--no-imports", "-c", textwrap.dedent(program)),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=self.folder,
            env=self._environment({}),
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def follow(self, *arguments: str) -> Following:
        """Start `manage.py signals tail`."""
        return Following(
            subprocess.Popen(
                self._command("signals", "tail", *arguments),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                cwd=self.folder,
                env=self._environment({}),
            )
        )

    def tell(self, *told: PublishedRegistry) -> None:
        """Have other processes tell in the project's store what is connected in them."""
        store = self._store()
        for each in told:
            store.set_registry(each.process, registries.encode(each))
        store.close()

    def recorded(self) -> list[Dispatch]:
        """Return the dispatches in the project's store."""
        store = self._store()
        try:
            records = [record for _, record in store.newest(20_000)]
        finally:
            store.close()
        return [record for record in records if isinstance(record, Dispatch)]

    def _store(self) -> Store:
        return open_store(f"sqlite:///{self.folder / '.signalbox' / 'signalbox.sqlite3'}", 20_000)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-W", "error", "manage.py", *arguments]

    def _environment(self, given: dict[str, str]) -> dict[str, str]:
        unwanted = ("DJANGO_SETTINGS_MODULE", "NO_COLOR", "COLUMNS", "DJANGO_COLORS")
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
        return {**inherited, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **given}


class Following:
    """A `tail` that runs; leaving the block ends it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._coming: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT_S)
        self._reader.join(LIMIT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_for(self, part: str) -> str:
        """Return the next line that holds it."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            try:
                line = self._coming.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{part!r} did not come:\n{''.join(self.lines)}") from None
            if part in line:
                return line

    def interrupt(self) -> int:
        """Do as Ctrl-C does, and return the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(LIMIT_S)
        self._reader.join(LIMIT_S)
        return status

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._coming.put(line)
