"""What the address of the map says: what it begins with, what widths mean, what is folded. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

MOST_CHOSEN = 200
"""Groups that one address folds or unfolds."""


@dataclasses.dataclass(frozen=True, slots=True)
class MapState:
    """The map's state; the URL is the only place where it is kept."""

    is_origins: bool = False
    """Whether it begins with origins instead of senders."""
    is_time: bool = False
    """Whether widths are of time spent instead of counts."""
    is_table: bool = False
    freeze: bool = False
    folded: tuple[str, ...] = ()
    """Keys of groups that were folded by hand; see `folding.group_key`."""
    unfolded: tuple[str, ...] = ()

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]]) -> MapState:
        """Return the state of a query string's lists of values; what cannot be read is as if it were not there."""
        return cls(
            is_origins="origins" in query.get("from", ()),
            is_time="time" in query.get("by", ()),
            is_table="table" in query.get("view", ()),
            freeze=bool("".join(query.get("freeze", ()))),
            folded=tuple(query.get("fold", ())[:MOST_CHOSEN]),
            unfolded=tuple(query.get("unfold", ())[:MOST_CHOSEN]),
        )

    @property
    def choice(self) -> dict[str, bool] | None:
        """Return by the key of a group whether it was folded, or unfolded; None for a table, which folds nothing."""
        if self.is_table:
            return None
        return dict.fromkeys(self.folded, True) | dict.fromkeys(self.unfolded, False)

    @property
    def query(self) -> str:
        """Return the query string that means this state but for the freeze, `?` included; empty for the plain map."""
        pairs = [
            *([("from", "origins")] if self.is_origins else []),
            *([("by", "time")] if self.is_time else []),
            *([("view", "table")] if self.is_table else []),
            *(("fold", key) for key in self.folded),
            *(("unfold", key) for key in self.unfolded),
        ]
        return f"?{urlencode(pairs, errors='replace')}" if pairs else ""

    def with_group(self, key: str, *, is_folded: bool) -> MapState:
        """Return the same with a group folded or unfolded."""
        folded = tuple(each for each in self.folded if each != key)
        unfolded = tuple(each for each in self.unfolded if each != key)
        if is_folded:
            return dataclasses.replace(self, folded=(*folded, key), unfolded=unfolded)
        return dataclasses.replace(self, folded=folded, unfolded=(*unfolded, key))

    @property
    def socket_query(self) -> str:
        """Return the query string by which the feed's socket knows that the map is shown, and how."""
        return f"?page=map{self.query.replace('?', '&', 1)}"

    @property
    def starts(self) -> tuple[str, str]:
        """Return the query strings of the map from senders, and from origins."""
        return self._either("is_origins")

    @property
    def measures(self) -> tuple[str, str]:
        """Return the query strings of the map by count, and by time."""
        return self._either("is_time")

    @property
    def views(self) -> tuple[str, str]:
        """Return the query strings of the map as a picture, and as a table."""
        return self._either("is_table")

    def _either(self, name: str) -> tuple[str, str]:
        off, on = (dataclasses.replace(self, **{name: each}).query for each in (False, True))  # type: ignore[arg-type]
        return off, on
