"""The filter, ready to be asked about dispatches; parsing and meaning are elsewhere."""

from __future__ import annotations

import dataclasses
from typing import Self

from tracer.dispatches import Dispatch
from tracer.filters import grammar
from tracer.filters.matching import Subject, Test, compile_term, cost_of
from tracer.filters.terms import Term


@dataclasses.dataclass(frozen=True, slots=True)
class Filter:
    """
    What a dispatch has to be like.

    Two filters are equal when their terms mean the same in the same order. `str()` gives the text
    in its plainest form, which parses to an equal filter. May be shared by threads.
    """

    terms: tuple[Term, ...] = ()
    """In the order in which they were written; a dispatch has to match all of them."""
    slow_ns: int | None = None
    """Nanoseconds from which `is:slow` holds; None: what `SLOW_MS` said when it was parsed."""
    _tests: tuple[Test, ...] = dataclasses.field(init=False, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, *, slow_ns: int | None = None) -> Self:
        """
        Return the filter of a text; nothing but spaces matches every dispatch.

        Raises:
            FilterError: with a sentence on what would be right, and where in the text.

        """
        return cls(grammar.read(text), slow_ns)

    def __post_init__(self) -> None:
        tests = [(cost_of(term.field), compile_term(term, self.slow_ns)) for term in self.terms]
        # Those that look at a number first: whichever fails spares the others.
        tests.sort(key=lambda pair: pair[0])
        object.__setattr__(self, "_tests", tuple(test for _, test in tests))

    def matches(self, dispatch: Dispatch) -> bool:
        """Say whether a dispatch is what the filter asks for; never raises."""
        subject = Subject(dispatch)
        # Plainly: it is asked of every dispatch for every viewer.
        for test in self._tests:  # noqa: SIM110
            if not test(subject):
                return False
        return True

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))
