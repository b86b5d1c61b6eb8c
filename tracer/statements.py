"""What is shown of a statement: its shape, without parameters, literals and comments. Pure; never raises."""

from __future__ import annotations

import functools
import re

MOST = 500
"""Characters of a shape."""

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | \#(?![>\-\#=])[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<name> "[^"]*(?:"|\Z) | `[^`]*(?:`|\Z) | \[[A-Za-z_][\w\ ]*\] )
  # Whether a backslash escapes is the database's to say: what follows one is not shown at all.
  | (?P<text> \b[Nn]?[Qq]'.* | (?:\b[EeNnBbXxUu]&?)?'(?:[^'\\]|'')*(?:'|\Z|\\.*)
            | \$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z) )
  | (?P<mark> %s | %\(\w+\)s | \?\d* | \$\d+ )
  | (?P<word> [^\W\d]\w* )
  | (?P<number> (?: \d\w*(?:\.\w*)? | \.\d\w* ) (?: (?<=[eE])[+-]\d+ )? )
  | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE|JOIN|TABLE|INDEX|ON|ONLY)\s+"', re.IGNORECASE)
_COMPARED = re.compile(
    r'((?:[=<>]|\b(?:LIKE|ILIKE|GLOB|REGEXP|THEN|ELSE)\b) ?)"[^"]*"(?! ?[."])', re.IGNORECASE
)
_VALUES = re.compile(
    r"\bVALUES ?\(.*?(?=\bON CONFLICT\b|\bRETURNING\b|\Z)|\bIN ?\([^()]*", re.IGNORECASE
)
_QUOTED = re.compile(r'"[^"]*"(?!\.)')
_SAVEPOINT = re.compile(r"^((?:RELEASE |ROLLBACK TO )?SAVEPOINT) \S+$")
_COLUMN = r"""["`]?\w+["`]?\.["`]?\w+["`]?"""
_COLUMNS = re.compile(rf"^SELECT (DISTINCT )?(?:{_COLUMN}, ){{2,}}{_COLUMN} FROM ")  # noqa: S608
# The last may have been cut off.
_LIST = re.compile(r"\( ?\?(?:(?: ?, ?\?)+ ?\)|[ ,?%]*$)")
_GROUPS = re.compile(r"(\((?:…|\?)\))(?: ?, ?\1)+")


@functools.lru_cache(maxsize=2_000)
def shape(sql: str) -> str:
    """
    Return a statement on one line of at most 500 characters.

    A value is `?`, a list of them `(…)`, and three columns or more are `…`.
    """
    # In double quotes there are strings, unless a table is named so.
    shown = _shown if '"' not in sql or _QUOTED_TABLE.search(sql) else _shown_without_quotes
    line = " ".join(_TOKEN.sub(shown, sql).split())
    if '"' in line:
        # A column stands there with its table; SQLite and MySQL take what is none for a string.
        line = _COMPARED.sub(r"\1?", _VALUES.sub(lambda match: _QUOTED.sub("?", match[0]), line))
    line = _SAVEPOINT.sub(r"\1 ?", line)
    line = _COLUMNS.sub(lambda match: f"SELECT {match[1] or ''}… FROM ", line)  # noqa: S608
    line = _GROUPS.sub(r"\1", _LIST.sub("(…)", line))
    line = line if len(line) <= MOST else f"{line[: MOST - 1]}…"
    # A lone surrogate cannot be written to a store.
    return line if line.isascii() else line.encode("utf-8", "replace").decode("utf-8")


def _shown_without_quotes(match: re.Match[str]) -> str:
    return "?" if match[0].startswith('"') else _shown(match)


def _shown(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "comment" | "space":
            return " "
        case "text" | "mark" | "number" | "tag":
            return "?"
        case _:
            return match[0]
