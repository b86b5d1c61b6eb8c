"""The page of a site while a request of the same process dispatches a million times: what it tells, and how it goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.benchmarks.drawing import CHROMIUM
from tests.benchmarks.load_processes import ANSWER_S, ROOT
from tests.benchmarks.load_viewer import Viewer
from tests.benchmarks.rounds import Samples
from tests.floods.page import Page
from tests.redis_server import free_port

IN_ONE_REQUEST = 1_000_000
PRESSES = 5

_COUNT_FRAMES = """() => {
  window.frames = 0;
  const note = () => { window.frames += 1; requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""

_PRESS = """() => new Promise((done) => {
  const word = () => document.querySelector("#sb-record").textContent.trim();
  const before = word();
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (word() === before) return;
    observer.disconnect();
    done(performance.now() - began);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
  document.querySelector("#sb-record").click();
})"""


def measure(folder: Path, share: float) -> Samples:
    """Return dispatches, MB, frames a second, and milliseconds of the stop button; of that share of a million."""
    number = int(IN_ONE_REQUEST * share)
    with ExitStack() as stack:
        server, site = _served(folder, stack)
        before_mb = _peak_mb(server.pid)
        told = _told(site, number)
        return told | _seen(site, number) | {"page/server": [_peak_mb(server.pid) - before_mb]}


def _served(folder: Path, stack: ExitStack) -> tuple[subprocess.Popen[bytes], str]:
    """Return a server of the demo and its address; it is ended with the stack."""
    folder.mkdir()
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.flood_site",
        "DEMO_SITE_DATA": str(folder),
        "DEMO_SITE_WARNINGS": "off",
    }
    manage = [sys.executable, "-m", "demo_site.manage"]
    subprocess.run([*manage, "migrate", "-v", "0"], cwd=ROOT, env=environment, check=True)
    server = subprocess.Popen(
        [*manage, "runserver", "--noreload", "--skip-checks", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(server.wait, 30)
    stack.callback(server.send_signal, signal.SIGINT)
    site = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + ANSWER_S
    while True:
        try:
            _pour(site, 0)
            return server, site
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _pour(site: str, dispatches: int) -> None:
    urllib.request.urlopen(f"{site}/flood/?dispatches={dispatches}", timeout=600).close()


def _told(site: str, number: int) -> Samples:
    """Return how many dispatches of a flood a viewer was told of, and how."""
    page = Page()
    viewer = Viewer(int(site.rpartition(":")[2]), lambda push: page.take(SimpleNamespace(**push)))
    viewer.start()
    _wait_until_told(page, 1)
    before = page.accounted
    _pour(site, 0)
    _wait_until_told(page, before + 1)
    # What the request dispatches itself.
    around = page.accounted - before
    before = page.accounted
    _pour(site, number)
    _wait_until_told(page, before + number + around)
    told = page.accounted - before
    if viewer.problem:
        print(f"\nthe viewer ended: {viewer.problem}", file=sys.stderr)
    viewer.close()
    return {
        "page/made": [float(number + around)],
        "page/untold": [float(abs(number + around - told))],
        "page/shown": [float(page.shown)],
        "page/collapsed": [float(page.collapsed)],
        "page/lost": [float(page.lost)],
        "page/dropped": [float(page.dropped)],
    }


def _wait_until_told(page: Page, accounted: int) -> None:
    """Wait until a page tells of so many dispatches, or for long, and then a moment for those that are too many."""
    deadline = time.monotonic() + ANSWER_S
    while page.accounted < accounted and time.monotonic() < deadline:
        time.sleep(0.5)
    time.sleep(2)


def _seen(site: str, number: int) -> Samples:
    """Return frames a second while a flood runs, and how long the stop button takes amid others."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{site}/signals/")
        page.wait_for_selector("#sb-lamp.sb-is-live")
        idle_ms = [page.evaluate(_PRESS) for _ in range(2 * PRESSES)][::2]
        flood = _begun(partial(_pour, site, number))
        page.evaluate(_COUNT_FRAMES)
        began_s = time.monotonic()
        while flood.is_alive():
            page.wait_for_timeout(100)
        frames = page.evaluate("() => window.frames") / (time.monotonic() - began_s)
        pressed_ms = _pressed_ms(page, site, number)
        browser.close()
    return {
        "page/frames a second": [frames],
        "page/stopped": pressed_ms,
        "page/stopped while nothing comes": idle_ms,
    }


def _pressed_ms(page: Any, site: str, number: int) -> list[float]:
    """Return how long the button took to say that recording is stopped, each time amid a flood."""
    is_over = threading.Event()

    def pour_on() -> None:
        while not is_over.is_set():
            _pour(site, number // 10)

    flood = _begun(pour_on)
    pressed_ms = []
    for _ in range(PRESSES):
        page.wait_for_timeout(1_000)
        pressed_ms.append(page.evaluate(_PRESS))
        page.wait_for_timeout(500)
        page.evaluate(_PRESS)
    is_over.set()
    flood.join()
    return pressed_ms


def _begun(work: Any) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _peak_mb(pid: int) -> float:
    """Return the most that a process ever had in memory (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
