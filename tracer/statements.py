"""What is shown of a statement: its shape, without parameters, literals and comments. Pure; never raises."""

from __future__ import annotations

import functools
import re

MOST = 500
"""Characters of a shape."""

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<name> "[^"]*(?:"|\Z) | `[^`]*(?:`|\Z) | \[[A-Za-z_][^\]]*\] )
  # Whether a backslash escapes is the database's to say: what follows one is not shown at all.
  | (?P<text> (?:\b[EeNnBbXxUu]&?)?'(?:[^'\\]|'')*(?:'|\Z|\\.*) | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z) )
  | (?P<mark> %s | %\(\w+\)s | \?\d* | \$\d+ )
  | (?P<word> [^\W\d]\w* )
  | (?P<number> 0[xX][0-9a-fA-F]+ | \d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+(?:[eE][+-]?\d+)? )
  | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_COLUMN = r"""["`]?\w+["`]?\.["`]?\w+["`]?"""
_COLUMNS = re.compile(rf"^SELECT (DISTINCT )?(?:{_COLUMN}, ){{2,}}{_COLUMN} FROM ")  # noqa: S608
_LIST = re.compile(r"\( ?\?(?: ?, ?\?)+ ?\)")
_GROUPS = re.compile(r"(\((?:…|\?)\))(?: ?, ?\1)+")


@functools.lru_cache(maxsize=2_000)
def shape(sql: str) -> str:
    """
    Return a statement on one line of at most 500 characters.

    A value is `?`, a list of them `(…)`, and three columns or more are `…`.
    """
    # Who quotes names with backticks writes strings in double quotes, too.
    line = " ".join(_TOKEN.sub(_shown_beside_backticks if "`" in sql else _shown, sql).split())
    line = _COLUMNS.sub(lambda match: f"SELECT {match[1] or ''}… FROM ", line)  # noqa: S608
    line = _GROUPS.sub(r"\1", _LIST.sub("(…)", line))
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"


def _shown_beside_backticks(match: re.Match[str]) -> str:
    return "?" if match[0].startswith('"') else _shown(match)


def _shown(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "comment" | "space":
            return " "
        case "text" | "mark" | "number" | "tag":
            return "?"
        case _:
            return match[0]
