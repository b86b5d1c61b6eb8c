"""Runs the demo: starts the server and the visitors as processes of their own, and ends all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from types import FrameType

from demo_site.preparing import HOST, CannotRun, set_up

START_TIMEOUT_S = 60
END_TIMEOUT_S = 8
POLL_S = 0.1


class _Ending:
    """Notes that a signal of the operating system asked for the end. Raises nothing: no child is lost on the way."""

    def __init__(self) -> None:
        self.number = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    @property
    def exit_code(self) -> int:
        """0 after Ctrl+C, which is how the demo is meant to end; else what a shell makes of the signal."""
        return 0 if self.number == signal.SIGINT else 128 + self.number

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.number = number


def run(port: int, *, browser: bool, traffic: bool) -> int:
    """Set up, serve until asked to end, and return the exit code."""
    try:
        password = set_up()
    except KeyboardInterrupt:
        return 130
    ending = _Ending()
    children: list[subprocess.Popen[bytes]] = []
    site = f"http://{HOST}:{port}/"
    try:
        server = _start("runserver", f"{HOST}:{port}")
        children.append(server)
        _await(server, port, ending)
        if traffic and not ending.number:
            children.append(_start("traffic", "--base-url", site, recording=False))
        if not ending.number:
            print(_banner(site, password, traffic=traffic), flush=True)
            if browser and _has_screen():
                webbrowser.open(f"{site}signals/")
        while not ending.number:
            if server.poll() is not None:
                raise CannotRun(f"The server ended by itself, with exit code {server.returncode}.")
            time.sleep(POLL_S)
        return ending.exit_code
    finally:
        _end_all(children)


def _start(*arguments: str, recording: bool = True) -> subprocess.Popen[bytes]:
    environment = os.environ | {"DEMO_SITE_WARNINGS": "off"}
    if not recording:
        environment["DEMO_SITE_RECORDING"] = "off"
    # In a session of its own: Ctrl+C reaches us alone, and what the autoreloader starts ends with it.
    return subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "demo_site.manage", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _await(server: subprocess.Popen[bytes], port: int, ending: _Ending) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and not ending.number:
        if server.poll() is not None:
            raise CannotRun(
                f"The server did not start; it ended with exit code {server.returncode}."
            )
        # A bare connection, not a request: nothing of it shows among the signals.
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(POLL_S)
    if not ending.number:
        raise CannotRun(f"The server did not answer within {START_TIMEOUT_S} seconds.")


def _has_screen() -> bool:
    # Without one, webbrowser would start a text browser in this very terminal.
    names = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform != "linux" or any(os.environ.get(name) for name in names)


def _end_all(children: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + END_TIMEOUT_S
    for child in reversed(children):  # the visitors leave before the site closes
        _tell(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, until - time.monotonic()))
        # Also when it ended by itself: the server that it reloaded may not have.
        _tell(child, signal.SIGKILL)
        child.wait()


def _tell(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _banner(site: str, password: str, *, traffic: bool) -> str:
    bold, faint, plain = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")
    visitors = "A few simulated visitors are on their way. " if traffic else ""
    return f"""
  {bold}Signalbox{plain}  a Django site's signals, live

  Signals  {bold}{site}signals/{plain}
  Site     {site}
  Cases    {site}cases/
  Admin    {site}admin/   admin · {password}

  {faint}Faults are planted: python -m demo_site.manage check lists them.
  {visitors}Ctrl+C ends it all.{plain}
"""
