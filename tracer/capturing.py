"""Collects what is dispatched inside a block, and answers a test's questions; leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

from tracer import control, installing
from tracer.dispatches import Dispatch, Record
from tracer.filters import Filter
from tracer.recorder import recorder
from tracer.running import next_number

if TYPE_CHECKING:
    from django.dispatch import Signal

    from tracer.expecting import Expected


class Found(list[Dispatch]):
    """
    The dispatches that a test asked for, in start order; empty, and so false, when there were none.

    `str()` says what was asked for, what came instead, and draws the tree of all that was captured.
    """

    def __init__(self, asked: Expected, captured: Sequence[Dispatch], filter_text: str) -> None:
        super().__init__(filter(asked.matches, captured))
        self._asked = asked
        self._captured = captured
        self._filter_text = filter_text

    def __repr__(self) -> str:
        number = f"{len(self):,}" if self else "none"
        return f"<{number} of {len(self._captured):,} captured: {self._asked}>"

    def __str__(self) -> str:
        from tracer.terminal.told import told

        return told(self._asked, self, self._captured, self._filter_text)


class Captured(Sequence[Dispatch]):
    """
    The dispatches that began in a block, in start order; equal to a list of the same.

    May be looked at while the block runs: what has ended by then is whole, what runs has the state `running`.
    Any thread may look.
    """

    def __init__(self, filter_text: str = "") -> None:
        """Raises `FilterError` when the filter does not parse."""
        Filter.parse(filter_text)
        self._filter_text = filter_text
        self._first = 0
        self._is_open = False
        self._found: dict[str, Dispatch] = {}
        self._version = 0
        """Rises with whatever comes."""
        self._sorted: tuple[int, list[Dispatch]] = 0, []
        """Of which version; another thread may be about to sort a later one."""

    def dispatched(
        self,
        signal: Signal | str,
        /,
        *,
        sender: object = None,
        receivers: Iterable[Callable[..., Any] | str] | None = None,
        arguments: Mapping[str, object] | None = None,
    ) -> Found:
        """
        Return the captured dispatches of a signal; false when there are none.

        `signal` and `sender` are the objects or their names: `"post_save"`, `"shop.Order"`; a `sender` of None is
        any, as for `connect`. `receivers` are functions or names: those were called, in this order, with others
        among them or not; an empty list means that nobody was called. `arguments` were sent with the signal, among
        others; instances are the same if label and primary key are, and a masked value is like any other.
        Raises `LookupError` for a name that no signal or sender here has.
        """
        from tracer.expecting import expected

        captured = self._now()
        asked = expected(captured, signal, sender, receivers, arguments)
        return Found(asked, captured, self._filter_text)

    def assert_dispatched(self, signal: Signal | str, /, **asked: Any) -> Found:
        """Return what `dispatched` returns, or raise `AssertionError` with what happened instead when it is nothing."""
        __tracebackhide__ = True
        found = self.dispatched(signal, **asked)
        if not found:
            raise AssertionError(str(found))
        return found

    def assert_not_dispatched(self, signal: Signal | str, /, **asked: Any) -> None:
        """Raise `AssertionError`, with what happened, when `dispatched` finds something."""
        __tracebackhide__ = True
        found = self.dispatched(signal, **asked)
        if found:
            raise AssertionError(str(found))

    def tree(self) -> str:
        """Return what was captured as text: a line for each dispatch, below the one that set it off."""
        from tracer.terminal.told import drawn

        return "\n".join(drawn(self._now(), self._filter_text))

    def clear(self) -> None:
        """Forget what began up to now."""
        self._now()
        self._first = next_number()
        self._found.clear()
        self._version += 1

    @overload
    def __getitem__(self, index: int) -> Dispatch: ...
    @overload
    def __getitem__(self, index: slice) -> list[Dispatch]: ...
    def __getitem__(self, index: int | slice) -> Dispatch | list[Dispatch]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[Dispatch]:
        return iter(self._now())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, Captured)):
            return self._now() == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        number = len(self)
        return f"<{number:,} dispatch{'' if number == 1 else 'es'} captured>"

    def __getstate__(self) -> dict[str, object]:
        """Test runners that use several processes send a test case, and what it holds, from one to another."""
        self._now()
        return {**self.__dict__, "_is_open": False}

    def _now(self) -> list[Dispatch]:
        """Return all up to now; the list is not changed any more."""
        if self._is_open:
            recorder.flush(even_running=True)
        version = self._version
        if self._sorted[0] != version:
            wanted = Filter.parse(self._filter_text)
            found = sorted(self._found.values(), key=_number)
            self._sorted = version, list(filter(wanted.matches, found))
        return self._sorted[1]

    def _begin(self) -> None:
        recorder.flush()
        self._first = next_number()
        self._is_open = True
        recorder.sinks.append(self._collect)
        control.add_captures(1)

    def _end(self) -> None:
        control.add_captures(-1)
        recorder.flush(even_running=True)
        recorder.sinks.remove(self._collect)
        self._is_open = False

    def _collect(self, records: Sequence[Record]) -> None:
        for record in records:
            if type(record) is Dispatch and _number(record) > self._first:
                self._found[record.id] = record
                self._version += 1


@contextmanager
def capture(filter_text: str = "") -> Iterator[Captured]:
    """
    Give what holds, when the block ends, the dispatches that began in it, in start order.

    Works with recording stopped, with the tracer not installed, and within another capture. All threads
    of the process are captured; a dispatch that outlives the block has the state `running`. Muted signals
    stay muted. Raises `FilterError` when the filter does not parse.
    """
    captured = Captured(filter_text)
    with installing.for_capture():
        captured._begin()
        try:
            yield captured
        finally:
            captured._end()


def _number(dispatch: Dispatch) -> int:
    return int(dispatch.id.rpartition("-")[2])
