"""The source around a line: the function, the marked line, the bounds."""

from __future__ import annotations

import os
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tracer import listing as listing_module
from tracer.listing import MOST_BYTES, MOST_LINES, Listing, listing_of

SOURCE = '''\
"""A module."""

import functools


def before():
    return 1


@functools.cache
# Between decorators.
@functools.wraps(
    before,
)
def decorated(one, two):
    """Say what it does,
    in two lines.
    """

    def inner(): return 2

    async def later():
        return inner()

    # The last word.
    return f"{one} and {two}"


class Kept:
    attribute = 3

    async def method(self):
        if self.attribute:
            return lambda: 4

AFTER = 5
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "source.py"
    path.write_text(SOURCE)
    return path


def shown(listing: Listing | None) -> tuple[int, int, int]:
    assert listing is not None
    numbers = [line.number for line in listing.lines]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    marked = [line.number for line in listing.lines if line.is_marked]
    assert marked == [listing.line]
    return numbers[0], numbers[-1], listing.line


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE.split("\n"), 1) if text in line)


def test_decorated_function_is_whole_and_its_def_is_marked(file: Path) -> None:
    first = line_of("@functools.cache")
    expected = first, line_of('return f"'), line_of("def decorated")
    listing = listing_of(str(file), first)
    assert shown(listing) == expected
    assert listing is not None
    assert listing.is_whole
    assert listing.file == str(file)
    assert listing.place.endswith(f"source.py:{line_of('def decorated')}")


@pytest.mark.parametrize(
    ("at", "first", "last"),
    [
        ("return 1", "def before", "return 1"),
        ("in two lines", "@functools.cache", 'return f"'),
        ("def inner", "def inner", "def inner"),
        ("return inner()", "async def later", "return inner()"),
        ("# The last word", "@functools.cache", 'return f"'),
        ("return lambda", "async def method", "return lambda"),
    ],
)
def test_line_in_a_function_is_marked_in_the_innermost(
    file: Path, at: str, first: str, last: str
) -> None:
    line = line_of(at)
    assert shown(listing_of(str(file), line)) == (line_of(first), line_of(last), line)


def test_line_in_no_function_stands_among_its_neighbours(file: Path) -> None:
    line = line_of("attribute = 3")
    assert shown(listing_of(str(file), line)) == (
        line - 12, min(line + 12, SOURCE.count("\n")), line,
    )  # fmt: skip
    assert shown(listing_of(str(file), 1)) == (1, 13, 1)


def test_comments_strings_and_keywords_have_their_ink(file: Path) -> None:
    listing = listing_of(str(file), line_of("def decorated"))
    assert listing is not None
    inks = {
        part.text.strip(): part.ink for line in listing.lines for part in line.parts if part.ink
    }
    assert inks["def"] == inks["return"] == "keyword"
    assert inks["# The last word."] == "comment"
    assert inks["in two lines."] == inks['"""Say what it does,'] == "string"
    for line in listing.lines:
        assert "".join(part.text for part in line.parts) == SOURCE.split("\n")[line.number - 1]


def test_long_function_is_cut_around_the_marked_line(file: Path) -> None:
    file.write_text("def long():\n" + "    x = 1\n" * 1_000)
    for line in (1, 2, 500, 1_001):
        first, last, marked = shown(listing_of(str(file), line))
        assert last - first + 1 == MOST_LINES
        assert first <= marked == line <= last
        listing = listing_of(str(file), line)
        assert listing is not None
        assert not listing.is_whole


def test_line_that_is_too_long_is_cut(file: Path) -> None:
    file.write_text(f"x = '{'y' * 10_000}'\n")
    listing = listing_of(str(file), 1)
    assert listing is not None
    text = "".join(part.text for part in listing.lines[0].parts)
    assert len(text) == 401
    assert text.endswith("…")


def test_file_that_cannot_be_shown_is_none(file: Path, tmp_path: Path) -> None:
    assert listing_of(str(tmp_path), 1) is None
    assert listing_of(str(tmp_path / "absent.py"), 1) is None
    assert listing_of("no\x00file.py", 1) is None
    assert listing_of(str(file), 0) is None
    assert listing_of(str(file), 10_000) is None
    file.write_text("x = 1\n" * (MOST_BYTES // 6 + 1))
    assert listing_of(str(file), 1) is None


@pytest.mark.parametrize(
    "data",
    [
        b"def f():\n    return '\xff\xfe'\n",
        b"# -*- coding: no-such -*-\ndef f(): pass\n",
        b"# -*- coding: latin-1 -*-\ndef f(): return '\xe4'\n",
        b"def f(:\n  (((\n 'never closed\n",
        b"def f():\n\tif 1:\n        x\n  y\n",
        b"def f():\r\n    return 1\r\n",
        b"def f():\n    return '\x00'\n",
        "def f():\n    return 'a\u2028b'\n".encode(),
        b"\x00\x01\x02\n\n",
    ],
)
def test_whatever_a_file_holds_is_shown_as_far_as_it_goes(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    assert shown(listing_of(str(file), 2))[2] == 2


def test_sources_that_deserve_a_warning_are_read_without_one(file: Path) -> None:
    file.write_text("def f(x):\n    return x is '\\d'\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert shown(listing_of(str(file), 2)) == (1, 2, 2)


def test_source_is_read_again_only_when_it_has_changed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    text_of = listing_module._text_of

    def counted(name: str) -> str | None:
        read.append(name)
        return text_of(name)

    monkeypatch.setattr(listing_module, "_text_of", counted)
    line = line_of("def before")
    first = listing_of(str(file), line)
    assert listing_of(str(file), line) == first
    assert read == [str(file)]
    changed = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(SOURCE.replace("before", "behind"))
    os.utime(file, ns=(changed, changed))
    after = listing_of(str(file), line)
    assert after is not None
    assert "".join(part.text for part in after.lines[0].parts) == "def behind():"
    assert len(read) == 2


def test_source_that_could_not_be_read_is_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: str) -> str | None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(listing_module, "_text_of", fails)
        assert listing_of(str(file), 1) is None
    assert listing_of(str(file), 1) is not None


def test_ink_takes_the_tokens_of_the_block_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    tokens_of = listing_module._tokens

    def counted(lines: Sequence[str], first: int) -> Iterator[tokenize.TokenInfo]:
        begun.append(first)
        return tokens_of(lines, first)

    monkeypatch.setattr(listing_module, "_tokens", counted)
    line = line_of("async def method")
    assert shown(listing_of(str(file), line))[0] == line
    assert begun == [1, line]


def test_lines_that_begin_inside_a_string_have_its_ink(file: Path) -> None:
    text = "\n".join(f"for {number} in it" for number in range(40))
    file.write_text(f"class A:\n    x = '''\n{text}\n'''\n\n    y = 1\n\n\nif x:\n    pass\n")
    listing = listing_of(str(file), 44)
    assert listing is not None
    inks = {line.number: [part.ink for part in line.parts] for line in listing.lines}
    assert inks[32] == ["string"]
    assert inks[45] == [""]
    assert inks[48] == ["keyword", ""]
