"""The source around a line, as a page shows it. Reads one file, bounded; imports and runs nothing."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import keyword
import stat
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from tracer.words import place_words

MOST_BYTES = 1_000_000
"""A larger file is not shown."""
MOST_LINES = 200
_AROUND = 12
"""Lines before and after one that is in no function."""
_WIDEST = 400
"""Characters of a line that are shown."""

Ink = Literal["", "comment", "string", "keyword"]


class Part(msgspec.Struct, frozen=True):
    """A piece of a line, with the ink that it is written in."""

    ink: Ink
    text: str


class Line(msgspec.Struct, frozen=True):
    """One line of a source."""

    number: int
    parts: tuple[Part, ...]
    is_marked: bool


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The function around a line, or the lines around one that is in no function."""

    file: str
    """Whole path."""
    place: str
    """`file.py:12` of the marked line, as places are written everywhere."""
    line: int
    """The marked one: of a function its `def`, below its decorators."""
    lines: tuple[Line, ...]
    is_whole: bool
    """Whether the function is there from its first line to its last."""
    is_function: bool
    """Whether it is a function, and not the lines around one that is in none."""


def listing_of(file: str, line: int) -> Listing | None:
    """
    Return the source around a line; None when the file cannot be read, is too large, or ends before it.

    `line` may be the first one of a function's decorators, as code objects have it: its `def` is marked then.
    """
    try:
        status = Path(file).stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return None
        found = _excerpt_of(file, status.st_mtime_ns, status.st_size, line)
    except (OSError, ValueError):
        return None
    if found is None:
        return None
    return Listing(
        file=file,
        place=place_words(file, found.line),
        line=found.line,
        lines=found.lines,
        is_whole=found.is_whole,
        is_function=found.is_function,
    )


class _Excerpt(msgspec.Struct, frozen=True):
    line: int
    lines: tuple[Line, ...]
    is_whole: bool
    is_function: bool


@functools.lru_cache(maxsize=64)
def _excerpt_of(file: str, _mtime_ns: int, _size: int, line: int) -> _Excerpt | None:
    """Return what is shown of a file as it was when it had this time and size; raises OSError and ValueError."""
    text = _text_of(file)
    if text is None:
        return None
    # Not by splitlines(), which parts at characters that are no end of a line to Python.
    lines = text.removesuffix("\n").split("\n")
    if not 1 <= line <= len(lines):
        return None
    first, last, marked, safe, is_function = _block(lines, line)
    last = min(last, len(lines))
    is_whole = last - first < MOST_LINES
    if not is_whole:
        first = max(first, min(marked - MOST_LINES // 2, last - MOST_LINES + 1))
        last = min(last, first + MOST_LINES - 1)
    inks = _inks(lines, safe, first, last)
    return _Excerpt(
        line=marked,
        lines=tuple(
            Line(number, _parts(lines[number - 1], inks.get(number, [])), number == marked)
            for number in range(first, last + 1)
        ),
        is_whole=is_whole,
        is_function=is_function,
    )


def _text_of(file: str) -> str | None:
    with Path(file).open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return None
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError:
        encoding = "utf-8"
    return data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


def _block(lines: Sequence[str], line: int) -> tuple[int, int, int, int, bool]:
    """
    Return first and last line of what is shown around a line, the marked one, and where tokens may begin.

    Beside it, whether that is a function.
    """
    around = max(line - _AROUND, 1)
    function, safe = _function_at(lines, line, around)
    if function is None:
        return around, line + _AROUND, line, safe, False
    first, defined, last = function
    return first, last, max(line, defined), first, True


class _Open:
    """A function whose end has not been read yet."""

    def __init__(self, first: int, defined: int, depth: int) -> None:
        self.first, self.defined, self.depth = first, defined, depth


def _function_at(
    lines: Sequence[str], line: int, around: int
) -> tuple[tuple[int, int, int] | None, int]:
    """
    Return where the innermost function that holds a line begins, where its `def` stands, and where it ends.

    Beside it, where the last statement begins that is indented by nothing and not below `around`.
    """
    # By tokens: a parser would tell the host of the warnings that its sources deserve.
    functions: list[_Open] = []
    depth, ended, decorated, is_start, safe = 0, 0, 0, True, 1
    for token in _tokens(lines, 1):
        if token.type in (tokenize.COMMENT, tokenize.NL):
            continue
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
            continue
        if is_start:
            while functions and functions[-1].depth >= depth:
                function = functions.pop()
                if function.first <= line <= ended:
                    return (function.first, function.defined, ended), safe
            decorated = (
                (decorated or token.start[0]) if token.string in ("@", "def", "async") else 0
            )
            if depth == 0 and token.start[0] <= around:
                safe = token.start[0]
            is_held = any(function.first <= line for function in functions)
            if token.start[0] > line and not is_held and not 0 < decorated <= line:
                return None, safe
        if token.string == "def" and token.type == tokenize.NAME:
            functions.append(_Open(decorated or token.start[0], token.start[0], depth))
        is_start = token.type == tokenize.NEWLINE
        if is_start:
            ended = token.start[0]
            decorated = 0 if functions and functions[-1].first == decorated else decorated
    # A source that ends too early, or is none.
    inside = [function for function in functions if function.first <= line]
    return ((inside[-1].first, inside[-1].defined, line) if inside else None), safe


def _tokens(lines: Sequence[str], first: int) -> Iterator[tokenize.TokenInfo]:
    """Yield the tokens from a line on, as far as they can be read; that line is the first to them."""
    rest = (f"{line}\n" for line in itertools.islice(lines, first - 1, None))
    with contextlib.suppress(tokenize.TokenError, SyntaxError, ValueError):
        yield from tokenize.generate_tokens(lambda: next(rest, ""))


def _inks(
    lines: Sequence[str], safe: int, first: int, last: int
) -> dict[int, list[tuple[int, int, Ink]]]:
    """
    Return by line where comments, strings and keywords begin and end, in their order.

    `safe` is where a statement begins, at or above `first`, that is indented no more than what follows.
    """
    found: dict[int, list[tuple[int, int, Ink]]] = {}
    for token in _tokens(lines, safe):
        begins, ends = token.start[0] + safe - 1, token.end[0] + safe - 1
        if begins > last:
            break
        ink = _ink_of(token)
        if not ink or ends < first:
            continue
        for number in range(begins, ends + 1):
            start = token.start[1] if number == begins else 0
            end = token.end[1] if number == ends else _WIDEST
            found.setdefault(number, []).append((start, end, ink))
    return found


def _ink_of(token: tokenize.TokenInfo) -> Ink:
    if token.type == tokenize.COMMENT:
        return "comment"
    # The parts of an f-string are tokens of their own from Python 3.12 on.
    if tokenize.tok_name[token.type] in (
        "STRING",
        "FSTRING_START",
        "FSTRING_MIDDLE",
        "FSTRING_END",
    ):
        return "string"
    return "keyword" if keyword.iskeyword(token.string) else ""


def _parts(line: str, inks: list[tuple[int, int, Ink]]) -> tuple[Part, ...]:
    parts, at = [], 0
    shown = line[:_WIDEST]
    for start, end, ink in inks:
        parts += [Part("", shown[at:start]), Part(ink, shown[max(start, at) : end])]
        at = max(at, end)
    parts.append(Part("", shown[at:] + ("…" if len(line) > _WIDEST else "")))
    return tuple(part for part in parts if part.text)
