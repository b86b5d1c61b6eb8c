"""The registry's table: which columns there are and how they share the width. Chooses no rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from tracer.registry import GoneReceiver, RegisteredReceiver
from tracer.rules import Finding
from tracer.showing import family
from tracer.terminal.chosen import Chosen
from tracer.terminal.ink import FAMILY_STYLES, Ink, cells, padded, shortened

_GAP = "  "
_WIDE = 150
"""Columns from which the places stand in the receiver's line."""
_LEAST = {"receiver": 14, "sender": 9, "uid": 8, "defined at": 16, "connected at": 16, "marks": 12}
"""What a column that gives way keeps."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A receiver's line, words only."""

    cells: dict[str, str]
    style: str = ""


def marks(findings: Sequence[Finding]) -> str:
    """Return `W006 fast delete off · W001 …`."""
    return " · ".join(f"{finding.id} {finding.tag}" for finding in findings)


def receiver_row(place: int, receiver: RegisteredReceiver, found: Sequence[Finding]) -> Row:
    """Return the row of a receiver that is connected."""
    return Row(
        {
            "": str(place),
            "receiver": receiver.short,
            "sender": receiver.sender or "all",
            "held": "weak" if receiver.is_weak else "strong",
            "runs": "async" if receiver.is_async else "sync",
            "uid": receiver.dispatch_uid or "",
            "marks": marks(found) or ("collected" if receiver.is_dead else ""),
            "defined at": receiver.place or "",
            "connected at": receiver.connected_at or "",
        },
        "dim" if receiver.is_dead else "",
    )


def gone_row(gone: GoneReceiver) -> Row:
    """Return the row of a receiver that is not connected any more."""
    return Row(
        {
            "": "-",
            "receiver": gone.short,
            "sender": gone.sender or "all",
            "held": "gone",
            "marks": gone.how + (f" at {gone.ended_at}" if gone.ended_at else ""),
            "defined at": gone.place or "",
            "connected at": gone.connected_at or "",
        },
        "dim",
    )


def drawn(groups: Sequence[tuple[Chosen, list[Row]]], width: int, ink: Ink) -> Iterator[str]:
    """Yield the lines: a head, and each signal with its receivers under it."""
    rows = [row for _, rows in groups for row in rows]
    names = ["", "receiver", "sender", "held", "runs", "uid", "marks", "defined at", "connected at"]
    is_wide = width >= _WIDE
    below = [] if is_wide else ["uid", "defined at", "connected at"]
    names = [
        name
        for name in names
        if name not in below and (name == "" or any(row.cells.get(name) for row in rows))
    ]
    widths = _shared(names, rows, width)
    if rows:
        head = _GAP.join(padded(name, widths[name]) for name in names)
        yield ink(head.rstrip(), "dim")
    for chosen, members in groups:
        signal = chosen.signal
        muted = "  muted" if signal.is_muted else ""
        yield ink(
            shortened(signal.name, width - len(muted)), "bold", FAMILY_STYLES[family(signal.name)]
        ) + ink(muted, "amber")
        if not members:
            yield ink("   no receivers", "dim")
        for row in members:
            yield _line(row, names, widths, ink)
            told = [(name, row.cells[name]) for name in below if row.cells.get(name)]
            if told:
                yield from _places(told, width, ink)


def _line(row: Row, names: Sequence[str], widths: dict[str, int], ink: Ink) -> str:
    parts = []
    for name in names:
        text = padded(row.cells.get(name, ""), widths[name], is_right=name == "")
        style = "amber" if name == "marks" and not row.style else row.style
        parts.append((text, style))
    while parts and not parts[-1][0].strip():
        parts.pop()
    if parts:
        text, style = parts[-1]
        parts[-1] = text.rstrip(), style
    return _GAP.join(ink(text, style) for text, style in parts)


def _places(told: list[tuple[str, str]], width: int, ink: Ink) -> Iterator[str]:
    """Yield what has no room beside the receiver, in one line where it fits."""
    given = dict(told)
    if given.get("connected at", "").partition(" ")[0] == given.get("defined at"):
        # A decorator's line is where its function begins.
        given["defined and connected at"] = given.pop("defined at")
        del given["connected at"]
    words = [f"{name.removesuffix(' at')} {text}" for name, text in given.items()]
    indent = "      "
    line = indent + " · ".join(shortened(word, width) for word in words)
    if cells(line) <= width:
        yield ink(line, "dim")
        return
    for word in words:
        yield ink(indent + shortened(word, width - len(indent)), "dim")


def _shared(names: Sequence[str], rows: Sequence[Row], width: int) -> dict[str, int]:
    """Return each column's width: as wide as its words, the widest giving way until all have room."""
    widths = {
        name: max(
            [cells(name), *(cells(shortened(row.cells.get(name, ""), 1_000)) for row in rows)]
        )
        for name in names
    }
    widths[""] = max(3, widths.get("", 0))
    over = sum(widths[name] for name in names) + len(_GAP) * (len(names) - 1) - width
    while over > 0:
        loose = [name for name in names if widths[name] > _LEAST.get(name, 1_000)]
        if not loose:
            break
        widest = max(loose, key=lambda name: widths[name] - _LEAST[name])
        widths[widest] -= 1
        over -= 1
    return widths
