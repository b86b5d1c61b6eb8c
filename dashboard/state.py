"""The page's state: filter, view, freeze, open row. Pure; the URL is the only place where it is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from tracer import conf
from tracer.exceptions import FilterError
from tracer.filters import Filter

MOST_ID = 1_000
"""Characters of what is open; two dotted names at most."""


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """What a URL of the page says."""

    text: str = ""
    filter: Filter | None = None
    """None when the text does not parse; then `error` says why."""
    error: FilterError | None = None
    is_tree: bool = True
    freeze: int | None = None
    """The cursor after which no row is shown, or None while the feed is followed."""
    open_id: str = ""
    """A dispatch's id, or `origin:…`, `signal:…`, `receiver:…`, `comparison` or `findings`; see opened.py."""
    at: str = ""
    """
    Which source is shown of what is open, such as `site` or `call-3`; empty for none, or the first.

    Of the comparison: which run stands after; empty for the newest.
    """
    before: str = ""
    """The run that was marked as before: a dispatch's id or `origin:…`; empty for none. See marks.py."""
    process: str = ""
    """The process whose registry is shown, as `Dispatch.process` has it; empty for all together."""

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]]) -> State:
        """Return the state of a query string's lists of values; what cannot be read is as if it were not there."""
        text = " ".join(part.strip() for part in query.get("filter", ()) if part.strip())
        return cls.of(
            text,
            is_tree=_last(query, "view") != "flat",
            freeze=cursor_of(_last(query, "freeze")),
            open_id=_last(query, "open")[:MOST_ID],
            at=_last(query, "at")[:MOST_ID],
            before=_last(query, "before")[:MOST_ID],
            process=_last(query, "process")[:MOST_ID],
        )

    @classmethod
    def of(
        cls,
        text: str,
        *,
        is_tree: bool = True,
        freeze: int | None = None,
        open_id: str = "",
        at: str = "",
        before: str = "",
        process: str = "",
    ) -> State:
        """Return the state with its filter parsed."""
        filter_, error = None, None
        try:
            filter_ = Filter.parse(text, slow_ns=int(conf.current().SLOW_MS * 1_000_000))
        except FilterError as problem:
            error = problem
        return cls(text, filter_, error, is_tree, freeze, open_id, at, before, process)

    def with_text(self, text: str) -> State:
        """Return the same with another filter, followed anew."""
        return self.of(
            text,
            is_tree=self.is_tree,
            open_id=self.open_id,
            at=self.at,
            before=self.before,
            process=self.process,
        )

    @property
    def query(self) -> str:
        """Return the query string that means this state, `?` included; empty for the plain page."""
        pairs = [
            ("filter", self.text),
            ("view", "" if self.is_tree else "flat"),
            ("freeze", "" if self.freeze is None else str(self.freeze)),
            ("open", self.open_id),
            ("at", self.at if self.open_id else ""),
            ("before", self.before),
            ("process", self.process),
        ]
        query = urlencode([(name, value) for name, value in pairs if value], errors="replace")
        return f"?{query}" if query else ""

    @property
    def feed_query(self) -> str:
        """Return the part of the query string that the socket needs."""
        return dataclasses.replace(self, freeze=None, open_id="", at="", before="").query

    @property
    def other_view(self) -> State:
        """Return the same as a tree when it is flat, and the other way round."""
        return dataclasses.replace(self, is_tree=not self.is_tree)


def cursor_of(text: str) -> int | None:
    """Return a cursor of an address; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _last(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name) or ("",)
    return values[-1]
