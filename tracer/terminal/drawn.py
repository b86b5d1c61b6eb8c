"""A record of the feed as a line for the terminal. Pure: records and a width in, text out."""

from __future__ import annotations

import dataclasses

from tracer import showing
from tracer.dispatches import Dispatch, Marker, ReceiverCall
from tracer.terminal.ink import FAMILY_STYLES, UNLIMITED, Ink, cells, padded, shortened

_TOOK = 8
_DEEPEST = 8
_PIPE = 200
"""Columns of the lines that go into a file or a pipe, where nobody says how many there are."""


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The widths of a line's columns, between which stand two spaces."""

    time: int
    signal: int
    sender: int
    receivers: int
    site: int

    @classmethod
    def of(cls, width: int) -> Layout:
        """Share a terminal's width."""
        width = _PIPE if width >= UNLIMITED else width
        time = 12 if width >= 100 else 8
        room = width - time - _TOOK - 2 * 5
        signal, sender = round(room * 0.24), round(room * 0.20)
        receivers = round(room * 0.30)
        return cls(time, signal, sender, receivers, room - signal - sender - receivers)


class Pen:
    """Writes the lines, with a duration in nanoseconds from which a receiver is slow."""

    def __init__(self, ink: Ink, slow_ns: int) -> None:
        self._ink = ink
        self._slow_ns = slow_ns

    def dispatch(self, dispatch: Dispatch, layout: Layout, *, is_end: bool) -> str:
        """Return the line of a dispatch; `is_end` for one that was shown while it ran."""
        ink = self._ink
        indent = "  " * min(dispatch.depth, _DEEPEST)
        if layout.signal < 24:
            indent = indent[::2]
        name = f"{indent}{'└ ' if is_end else ''}{showing.short(dispatch.signal)}"
        parts = (
            ink(showing.clock(dispatch.started_us)[: layout.time], "dim"),
            ink(padded(name, layout.signal), FAMILY_STYLES[showing.family(dispatch.signal)]),
            padded(_sender(dispatch, layout.sender), layout.sender),
            self._receivers(dispatch, layout.receivers),
            self._took(dispatch),
            ink(_site(dispatch.call_site, layout.site), "dim"),
        )
        return "  ".join(parts).rstrip()

    def origin(self, dispatch: Dispatch, width: int) -> str:
        """Return the line over the dispatches of an origin."""
        name = showing.visible(dispatch.origin or "outside of a request or command")
        return self._ink(shortened(f"── {name}", width), "bold") + self._ink(
            shortened(f"  {dispatch.process}", max(0, width - cells(name) - 3)), "dim"
        )

    def marker(self, marker: Marker, width: int) -> str:
        """Return the line of something that happened to the recording."""
        style = "red" if marker.kind in ("dropped", "fault") else "amber"
        return self._ink(shortened(f"══ {showing.marker_text(marker)}", width), style)

    def _took(self, dispatch: Dispatch) -> str:
        if dispatch.duration_ns is None:
            return self._ink(padded("running", _TOOK, is_right=True), "amber")
        took = padded(showing.took_of(dispatch), _TOOK, is_right=True)
        style = "amber" if dispatch.duration_ns >= self._slow_ns else ""
        return self._ink(took, "red" if dispatch.error is not None else style)

    def _receivers(self, dispatch: Dispatch, width: int) -> str:
        """Return the receivers in exactly so many columns; the telling ones come first when there is no room."""
        calls = list(dispatch.calls)
        text, styled = self._fitted(calls, width)
        if text is None:
            calls.sort(key=self._weight)
            text, styled = self._fitted(calls, width, is_forced=True)
        return styled + " " * (width - cells(text or ""))

    def _fitted(
        self, calls: list[ReceiverCall], width: int, *, is_forced: bool = False
    ) -> tuple[str | None, str]:
        text = styled = ""
        for at, call in enumerate(calls):
            word, style = self._call(call)
            more = f" +{len(calls) - at}"
            gap = " " if text else ""
            left = len(calls) - at - 1
            reserve = len(f" +{left}") if left else 0
            if cells(text + gap + word) + reserve > width:
                if not is_forced:
                    return None, ""
                if not text:
                    # Who raised tells more than what.
                    word = word.partition("✗")[0] + "✗" if "✗" in word else word
                    word = shortened(word, width - reserve)
                else:
                    return text + more, styled + self._ink(more, "dim")
            text += gap + word
            styled += gap + self._ink(word, style)
        return text, styled

    def _weight(self, call: ReceiverCall) -> int:
        if call.error is not None:
            return 0
        if call.duration_ns is None:
            return 3 if call.started_ns is None else 1
        return 2 if call.duration_ns >= self._slow_ns else 3

    def _call(self, call: ReceiverCall) -> tuple[str, str]:
        name = showing.visible(showing.short(call.receiver))
        if call.error is not None:
            return f"{name} ✗{showing.visible(showing.short(call.error))}", "red"
        if call.started_ns is None:
            return f"[{name}]", "dim"
        if call.duration_ns is None:
            return f"{name}…", "amber"
        return name, "amber" if call.duration_ns >= self._slow_ns else ""


def _sender(dispatch: Dispatch, width: int) -> str:
    sender = dispatch.sender
    if sender is None:
        return "-"
    kind, is_instance, name = sender.partition("instance of ")
    if is_instance and not kind:
        sender = f"instance of {showing.short(name)}"
    elif sender.count(".") > 1:
        sender = showing.short(sender)
    instance = dispatch.arguments.get("instance")
    key = ""
    if isinstance(instance, str) and " #" in instance:
        key = showing.visible(" #" + instance.rpartition(" #")[2])
    room = max(3, width - cells(key))
    if cells(showing.visible(sender)) > room and " " not in sender:
        # The label of a model's app gives way first.
        sender = sender.rpartition(".")[2]
    return shortened(sender, room) + key


def _site(site: str | None, width: int) -> str:
    """Return as much of a call site as fits, file and line before all else."""
    place, _, function = showing.visible(site or "").partition(" ")
    folder, _, file = place.rpartition("/")
    near = f"{folder.rpartition('/')[2]}/{file}" if folder else file
    for text in (f"{place} {function}", f"{near} {function}", f"{file} {function}", near, file):
        if cells(text.strip()) <= width:
            return text.strip()
    return shortened(file, width)
