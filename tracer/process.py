"""Who we are among the processes that share a store. Owns the token in every id; starts and asks nobody else."""

from __future__ import annotations

import dataclasses
import os
import secrets
import socket
import sys
from functools import cache
from pathlib import PurePath

from tracer import forks

_SERVERS = frozenset({"daphne", "uvicorn", "hypercorn", "gunicorn", "granian"})
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclasses.dataclass(frozen=True, slots=True)
class Process:
    """One operating system process that records."""

    pid: int
    command: str
    """`runserver`, `shell`, `pytest`, or the script's name."""
    host: str
    token: str
    """Six characters, drawn anew for each process; every id begins with it."""
    is_server: bool

    @property
    def label(self) -> str:
        """Return `command pid@host`, as `Dispatch.process` has it."""
        return f"{self.command} {self.pid}@{self.host}"


def parts_of(label: str) -> tuple[str, str, str]:
    """Return command, pid and host of a `Process.label`; empty texts for what another one does not say."""
    command, _, place = label.rpartition(" ")
    pid, _, host = place.partition("@")
    return command, pid, host


@cache
def this() -> Process:
    """Return this process; after a fork, the child."""
    command = _command(sys.argv)
    return Process(
        pid=os.getpid(),
        command=command,
        host=socket.gethostname(),
        token="".join(secrets.choice(_ALPHABET) for _ in range(6)),
        is_server=command in _SERVERS or (command == "runserver" and not _is_reloader_parent()),
    )


def management_command(argv: list[str]) -> str | None:
    """Return the name of the management command that a command line runs, or None when it runs none."""
    if len(argv) < 2 or argv[1].startswith("-"):
        return None
    script = PurePath(argv[0])
    is_django = script.name in ("manage.py", "django-admin", "django-admin.py") or (
        script.name == "__main__.py" and script.parent.name == "django"
    )
    return argv[1] if is_django else None


def _command(argv: list[str]) -> str:
    command = management_command(argv)
    if command is not None:
        return command
    script = PurePath(argv[0]) if argv and argv[0] else PurePath("python")
    if script.name == "__main__.py":
        return script.parent.name or "python"
    return script.stem or "python"


def _is_reloader_parent() -> bool:
    return os.environ.get("RUN_MAIN") != "true" and "--noreload" not in sys.argv


forks.in_child(this.cache_clear)
