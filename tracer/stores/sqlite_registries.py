"""The table of the processes' registries in the SQLite file. Owns its rows; opens no file and reads no registry."""

from __future__ import annotations

import sqlite3
import time

from tracer.stores import registry_life

TABLE = """CREATE TABLE registries
    (process TEXT NOT NULL UNIQUE, said_us INTEGER NOT NULL, data BLOB NOT NULL)"""


def say(connection: sqlite3.Connection, process: str, registry: bytes) -> None:
    """Keep a registry from now on, or take it off when it is empty; what is unchanged is not written again."""
    now_us = time.time_ns() // 1000
    if not registry:
        connection.execute("DELETE FROM registries WHERE process = ?", (process,))
        return
    kept = connection.execute(
        "UPDATE registries SET said_us = ? WHERE process = ? AND data = ?",
        (now_us, process, registry),
    )
    if kept.rowcount:
        return
    connection.execute(
        "INSERT OR REPLACE INTO registries VALUES (?, ?, ?)", (process, now_us, registry)
    )
    connection.execute("DELETE FROM registries WHERE said_us NOT BETWEEN ? AND ?", _heard_us())


def said(connection: sqlite3.Connection) -> dict[str, bytes]:
    """Return those of the processes that are heard from, by process."""
    rows = connection.execute(
        "SELECT process, data FROM registries WHERE said_us BETWEEN ? AND ? ORDER BY process LIMIT ?",
        (*_heard_us(), registry_life.MOST),
    )
    return dict(rows.fetchall())


def _heard_us() -> tuple[int, int]:
    """Return from when to when who said so is heard from; what is of later, was said before the clock was set back."""
    now_us, kept_us = time.time_ns() // 1000, int(registry_life.KEPT_S * 1_000_000)
    return now_us - kept_us, now_us + kept_us
