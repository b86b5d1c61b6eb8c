"""The page never makes a sound, shakes a phone or asks to send notices."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MAKES_SOUND = re.compile(
    r"<audio|<video|\bAudio\(|AudioContext|speechSynthesis|\.vibrate\(|\bNotification\b"
)


def test_nothing_makes_a_sound() -> None:
    files = [
        path
        for folder in ("static/signalbox", "templates/signalbox")
        for path in (ROOT / folder).iterdir()
    ]
    assert {"page.html", "signalbox.js"} <= {path.name for path in files}
    loud = [path.name for path in files if MAKES_SOUND.search(path.read_text(encoding="utf-8"))]
    assert loud == []
