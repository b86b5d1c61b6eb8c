"""What must be so before the demo can run: a free port, and a database that holds something to show."""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
from pathlib import Path

HOST = "127.0.0.1"


class CannotRun(Exception):  # noqa: N818 - says what happened
    """The demo cannot run here; the message is a sentence that says why."""


def free_port(port: int) -> int:
    """Return the port if nobody uses it, or for 0 one that is free; raise `CannotRun` otherwise."""
    with socket.socket() as probe:
        # As the server does: a connection that lingers from the last run is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError as error:
            raise CannotRun(
                f"Port {port} cannot be used ({(error.strerror or str(error)).lower()}); "
                f"choose another, such as --port {port + 1 if 1023 < port < 65535 else 8001}."
            ) from error
        found: int = probe.getsockname()[1]
        return found


def set_up() -> str:
    """Make the database and what it holds, and return the password given to `admin`."""
    os.environ["DEMO_SITE_RECORDING"] = "off"
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connections

    data: Path = settings.DATA
    try:
        data.mkdir(parents=True, exist_ok=True)
        django.setup()
        from demo_site import seed

        call_command("migrate", verbosity=0, interactive=False)
        password = secrets.token_hex(4)
        seed.refresh_admin(password)
        seed.sow()
    except (OSError, DatabaseError, sqlite3.DatabaseError) as error:
        raise CannotRun(
            f"The database in {data} cannot be written ({error}); "
            "set DEMO_SITE_DATA to a folder that can."
        ) from error
    finally:
        connections.close_all()
        del os.environ["DEMO_SITE_RECORDING"]
    return password
