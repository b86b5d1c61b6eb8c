"""The command line put in the order that argparse understands: a filter may begin with `-`, `list` may be left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

COMMANDS = ("list", "why", "tail", "export", "import", "doctor")

_WITH_VALUE = frozenset(
    {"-v", "--verbosity", "--settings", "--pythonpath", "--last", "--output", "--name"}
)
_OF_DJANGO = frozenset(
    {
        "--version", "-v", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color",
        "--force-color", "--skip-checks",
    }
)  # fmt: skip
_EXCLUSION = re.compile(r"-(?!v\d$)[^-].+", re.DOTALL)
"""A single `-` and more than a letter: what a filter leaves out, and no option of ours or Django's."""


def arranged(given: Sequence[str]) -> list[str]:
    """
    Return the arguments after `signals` in order: Django's options, the sub-command, its options, `--`, its words.

    Without a sub-command they are those of `list`.
    """
    of_django: list[str] = []
    options: list[str] = []
    words: list[str] = []
    waiting = list(given)
    while waiting:
        piece = waiting.pop(0)
        if piece == "--":
            words += waiting
            break
        if not piece.startswith("-") or _EXCLUSION.fullmatch(piece):
            words.append(piece)
            continue
        name, equals, _ = piece.partition("=")
        taken = of_django if name in _OF_DJANGO or name[:2] == "-v" else options
        taken.append(piece)
        if name in _WITH_VALUE and not equals and waiting:
            taken.append(waiting.pop(0))
    if not words and {"-h", "--help"} & set(options):
        return [*of_django, *options]
    command = words.pop(0) if words and words[0] in COMMANDS else "list"
    return [*of_django, command, *options, *(["--", *words] if words else [])]
