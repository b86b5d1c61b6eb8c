"""How the sentences of a diagnosis are written on the page: names as code, lines to paste apart. Pure; escapes all."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard import wording

_NAME = r"[A-Za-z_]\w*"
_DOTTED = rf"{_NAME}(?:\.(?:{_NAME}|<\w+>))"
_CODE = re.compile(
    # What is between backticks, what is called or given, places, names with a dot or an underscore in them.
    rf"`(?P<quoted>[^`\n]+)`|(?P<plain>{_DOTTED}*\(\)|\b\w+=(?:\"[^\"\n]*\"|\w+)|[\w./-]+\.py\b(?::\d+)?|{_DOTTED}+"
    r"|\b(?=\w*[a-z0-9]_)[A-Za-z]\w*\b)"
)


class Piece(NamedTuple):
    """A paragraph, or lines to paste."""

    is_code: bool
    text: str


def prose(text: object) -> SafeString:
    """Return a sentence as HTML, the names in it as code."""
    shown, parts, at = wording.visible(text), [], 0
    for found in _CODE.finditer(shown):
        code = found["quoted"] or found["plain"]
        parts += [escape(shown[at : found.start()]), f"<code>{escape(code)}</code>"]
        at = found.end()
    parts.append(escape(shown[at:]))
    return mark_safe("".join(parts))  # noqa: S308  # each part was escaped above


def breakable(name: object) -> SafeString:
    """Return a name as HTML that may be broken after a dot or an underscore."""
    shown = escape(wording.visible(name))
    return mark_safe(re.sub(r"([._])", r"\1<wbr>", shown))  # noqa: S308  # escaped just above


def pieces(text: str) -> list[Piece]:
    """Return a hint in its pieces: lines that are indented, or fenced, are there to be pasted."""
    found: list[Piece] = []
    lines: list[str] = []
    is_code = is_fenced = False

    def end() -> None:
        joined = "\n".join(lines).strip("\n")
        if joined.strip():
            shown = textwrap.dedent(joined) if is_code else " ".join(joined.split())
            found.append(Piece(is_code, shown))
        lines.clear()

    for line in text.split("\n"):
        if line.strip().startswith("```"):
            end()
            is_fenced = is_code = not is_fenced
            continue
        now_code = is_fenced or line.startswith(("    ", "\t")) or (is_code and not line.strip())
        if now_code != is_code or (not now_code and not line.strip()):
            end()
            is_code = now_code
        lines.append(line)
    end()
    return found
