"""How what was recorded is put before a person, on the page and in the terminal. Pure: records in, text out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal

from django.utils import timezone

from tracer.dispatches import Dispatch, Marker

Family = Literal["model", "request", "other"]

_REQUEST = frozenset(
    {
        "django.core.signals.request_started",
        "django.core.signals.request_finished",
        "django.core.signals.got_request_exception",
    }
)
_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x200B}
_SYMBOLS = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    0x7F: "␡",
    **{code: f"⟨{code:04X}⟩" for code in [*range(0x80, 0xA0), *sorted(_BIDI), 0x2028, 0x2029]},
    **dict.fromkeys(range(55296, 57344), "�"),
}
_UNSAFE = re.compile(f"[{''.join(re.escape(chr(code)) for code in _SYMBOLS)}]")


def visible(text: object) -> str:
    """Return text with control, direction and lone surrogate characters as symbols that can be seen."""
    return _UNSAFE.sub(lambda found: _SYMBOLS[ord(found[0])], str(text))


def escaped(json: bytes) -> bytes:
    """Return JSON that says the same, with such characters as escapes: a terminal that shows it obeys none of them."""
    if json.isascii():
        return json
    text = json.decode("utf-8", "replace")
    # As what gives a line its end, a control character stands outside of the texts.
    return _UNSAFE.sub(
        lambda found: found[0] if found[0] < " " else f"\\u{ord(found[0]):04x}", text
    ).encode()


def family(signal: str) -> Family:
    """Return which of three colours a signal has."""
    if signal in _REQUEST:
        return "request"
    return "model" if signal.startswith("django.db.models.signals.") else "other"


def short(name: str) -> str:
    """Return the last part of a dotted name, of a method with its class: `Audit.on_order`."""
    name = name.replace("<locals>.", "")
    parts = name.split(".")
    if len(parts) > 1 and parts[-2][:1].isupper():
        return ".".join(parts[-2:])
    return parts[-1] or name


def took(duration_ns: int | None) -> str:
    """Return a duration with its unit, two figures or three: `4 µs`, `0.2 ms`, `46 ms`, `2.1 s`, `2 min 05 s`."""
    if duration_ns is None:
        return ""
    ms = duration_ns / 1_000_000
    if ms < 0.1:
        return f"{max(round(ms * 1_000), 1)} µs" if duration_ns > 0 else "0 µs"
    if ms < 10:
        return f"{ms:.1f} ms"
    if ms < 1_000:
        return f"{ms:.0f} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.1f} s"
    minutes, rest_ms = divmod(round(ms), 60_000)
    if minutes < 60:
        return f"{minutes} min {rest_ms // 1_000:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(number: int) -> str:
    """Return bytes with their unit, two figures or three: `0 B`, `999 B`, `4.2 kB`, `46 MB`; a kB is 1,000 B."""
    if number < 1_000:
        return f"{number} B"
    amount = float(number)
    for unit in ("kB", "MB", "GB"):
        amount /= 1_000
        if amount < 9.95:
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}"
        if amount < 999.5:
            return f"{amount:.0f} {unit}"
    return f"{amount:,.0f} GB"


def took_of(dispatch: Dispatch) -> str:
    """Return a dispatch's duration; empty while it runs, and for an unheard one, of which only the start is noted."""
    return took(dispatch.duration_ns or None)


def count(number: int, noun: str = "") -> str:
    """Return `1,204`, or with a noun `1 dispatch`, `9 dispatches`, `14 queries`."""
    if not noun:
        return f"{number:,}"
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("y"):
        return f"{number:,} {noun[:-1]}ies"
    return f"{number:,} {noun}{'es' if noun.endswith(('ch', 's')) else 's'}"


def moment(moment_us: int) -> datetime:
    """Return microseconds since the epoch in Django's time zone; the epoch itself when out of range."""
    try:
        return datetime.fromtimestamp(moment_us / 1_000_000, UTC).astimezone(
            timezone.get_default_timezone()
        )
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def clock(moment_us: int) -> str:
    """Return `14:05:11.204`."""
    return moment(moment_us).strftime("%H:%M:%S.") + f"{moment_us // 1000 % 1000:03d}"


def marker_text(marker: Marker) -> str:
    """Return the sentence that a marker says."""
    at = clock(marker.at_us)[:8]
    match marker.kind:
        case "started":
            return f"{marker.process} started at {at}" + (
                f" · {marker.text}" if marker.text else ""
            )
        case "stopped" if marker.part_of is not None:
            return f"{count(marker.count, 'dispatch')} of {marker.process} not recorded meanwhile"
        case "stopped":
            lost = f" · {count(marker.count, 'dispatch')} not recorded"
            if marker.until_us is None:
                return f"recording stopped at {at}" + (lost if marker.count else "")
            until = clock(marker.until_us)[:8]
            return f"recording stopped from {at} to {until}{lost}"
        case "dropped":
            dropped = count(marker.count, "dispatch")
            if marker.until_us is not None:
                at = f"{at} to {clock(marker.until_us)[:8]}"
            when = "from" if marker.until_us is not None else "at"
            return f"{dropped} dropped {when} {at}" + (f": {marker.text}" if marker.text else "")
        case "clock":
            return f"the clock of {marker.process} {marker.text}"
        case "sampled":
            return f"{count(marker.count, 'dispatch')} counted and not kept, as of {at}"
        case _:
            return f"Signalbox failed at {at}: {marker.text}"
