"""
Runs regular expressions in time linear in the text; what they look like is read in `syntax.py`.

Python's `re` tries one way after another and holds the interpreter's lock meanwhile: `/(a+)+!/`, or
just six `.*`, in a shared link would stop the host's whole process. Here all ways are followed at
once, and each step that was once taken is remembered.
"""

from __future__ import annotations

from functools import lru_cache

from tracer.exceptions import FilterError
from tracer.filters import syntax
from tracer.filters.nodes import Char, Either, Node, Place, Repeat, Sequence, is_word
from tracer.filters.wildcards import TextTest

MAX_SIZE = 300
"""Single steps of an expression, repeats such as `{3}` written out."""

_REMEMBERED_STEPS = 4_096
_REMEMBERED_TEXTS = 1_024

States = frozenset[int]


def regex(pattern: str, start: int) -> TextTest:
    """
    Return a test whether an expression matches anywhere in a casefolded text; raise `FilterError`.

    `start` is the pattern's offset in the filter's text.
    """
    program = _Program(syntax.read(pattern, start), start, start + len(pattern))
    # Names come again and again, so most texts are looked at once.
    return lru_cache(_REMEMBERED_TEXTS)(program.search)


class _Program:
    """An expression as a list of steps; each goes on to others, and the last number means found."""

    def __init__(self, node: Node, start: int, end: int) -> None:
        self._span = (start, end)
        self._left = MAX_SIZE
        self._steps: list[Char | Place | None] = [None]
        self._next: list[tuple[int, ...]] = [()]
        self._entry = self._add(node, 0)
        self._known: dict[tuple[States, bool | None, str], States | None] = {}

    def search(self, text: str) -> bool:
        """Say whether the expression matches anywhere in a casefolded text."""
        states: States | None = frozenset((self._entry,))
        before: bool | None = None
        for char in (*text, ""):
            assert states is not None
            key = (states, before, char)
            if key in self._known:
                states = self._known[key]
            else:
                if len(self._known) >= _REMEMBERED_STEPS:
                    self._known.clear()
                states = self._known[key] = self._after(*key)
            if states is None:
                return True
            before = is_word(char)
        return False

    def _after(self, states: States, before: bool | None, char: str) -> States | None:
        """Return where the character leads, or None when a match ends before it; "" is the end."""
        following = {self._entry}
        seen: set[int] = set()
        waiting = list(states)
        while waiting:
            at = waiting.pop()
            if at == 0:
                return None
            if at in seen:
                continue
            seen.add(at)
            step = self._steps[at]
            if step is None or (isinstance(step, Place) and step.holds(before, char)):
                waiting.extend(self._next[at])
            elif isinstance(step, Char) and char and step.test(char):
                following.update(self._next[at])
        return frozenset(following)

    def _add(self, node: Node, after: int) -> int:
        """Add the steps of a node that go on to `after`; return the first."""
        self._left -= 1
        if self._left < 0:
            message = f"Expected a regular expression of at most {MAX_SIZE} steps, repeats counted."
            raise FilterError(message, *self._span)
        match node:
            case Sequence(parts):
                for part in reversed(parts):
                    after = self._add(part, after)
                return after
            case Either(options):
                return self._step(None, *(self._add(option, after) for option in options))
            case Repeat():
                return self._add_repeat(node, after)
            case _:
                return self._step(node, after)

    def _add_repeat(self, repeat: Repeat, after: int) -> int:
        first = after
        if repeat.most is None:
            first = self._step(None)
            self._next[first] = (self._add(repeat.node, first), after)
        else:
            for _ in range(repeat.most - repeat.least):
                first = self._step(None, self._add(repeat.node, first), after)
        for _ in range(repeat.least):
            first = self._add(repeat.node, first)
        return first

    def _step(self, step: Char | Place | None, *following: int) -> int:
        self._steps.append(step)
        self._next.append(following)
        return len(self._steps) - 1
