"""The workers of a gunicorn that has loaded the site, and begun to record, before it forks."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.browser.server import free_port
from tests.conftest import WaitUntil
from tests.faults.scripts import BEGINNING, CHECKOUT, store_file
from tracer.dispatches import Dispatch
from tracer.stores import open_store

pytest.importorskip("gunicorn")

pytestmark = pytest.mark.slow

SITE = """
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
def receives(number, **_):
    return number
signal.connect(receives)
def view(request, number):
    (response,) = signal.send("view", number=number)
    return HttpResponse(f"{response[1]} by {os.getpid()}")
urlpatterns = [path("<int:number>/", view), *urlpatterns]
signal.send("loaded", number=-1)
application = get_wsgi_application()
"""
REQUESTS = 30


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
        return str(answer.read().decode())


def answers(port: int) -> bool:
    try:
        return get(port, "0/").startswith("0 by ")
    except OSError:
        return False


@pytest.mark.parametrize("is_on", [False, True], ids=["without", "with"])
def test_workers_of_a_preloaded_site(tmp_path: Path, wait_until: WaitUntil, is_on: bool) -> None:
    (tmp_path / "site_to_preload.py").write_text(BEGINNING + SITE, encoding="utf-8")
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--preload", "-w", "3"),
            *("-b", f"127.0.0.1:{port}", "site_to_preload:application"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{CHECKOUT}",
            "DJANGO_SETTINGS_MODULE": "",
            "SIGNALBOX_IS_ON": "1" * is_on,
            "SIGNALBOX_STORE": str(store_file(tmp_path)),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until(lambda: answers(port), 30)
        pids = set()
        for number in range(1, REQUESTS):
            answered = re.fullmatch(rf"{number} by (\d+)", get(port, f"{number}/"))
            assert answered is not None
            pids.add(int(answered[1]))
        if is_on:
            wait_until(lambda: "receives" in get(port, "signals/plain/"), 20)
    finally:
        server.send_signal(signal.SIGTERM)
        output, _ = server.communicate(timeout=30)
    assert server.returncode == 0, output
    assert "Traceback" not in output
    assert server.pid not in pids
    if not is_on:
        return
    store = open_store(f"sqlite:///{store_file(tmp_path)}", 10_000)
    try:
        sent = [one for _, one in store.newest(10_000) if isinstance(one, Dispatch)]
    finally:
        store.close()
    ours = [one for one in sent if one.signal.endswith(".signal")]
    by_number = {one.arguments["number"]: one for one in ours}
    assert set(by_number) == set(range(-1, REQUESTS))
    assert f" {server.pid}@" in by_number[-1].process
    for number in range(1, REQUESTS):
        assert by_number[number].origin == f"GET /{number}/"
    processes = {one.process for number, one in by_number.items() if number > 0}
    assert {int(re.findall(r" (\d+)@", process)[0]) for process in processes} == pids
    assert len({one.id for one in sent}) == len(sent)
