"""Records to be found by filters, and texts that make them hard to read."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tracer.dispatches import Dispatch, ReceiverCall
from tracer.exceptions import FilterError
from tracer.filters import FIELDS, Filter


def dispatch(**fields: Any) -> Dispatch:
    """Return a plain record, told apart by the fields that a test is about."""
    plain: dict[str, Any] = {
        "id": "1f3a-42",
        "process": "manage.py runserver 8000 1234@box",
        "thread": "MainThread",
        "signal": "django.db.models.signals.post_save",
        "sender": "shop.Order",
        "method": "send",
        "started_us": 1_700_000_000_000_000,
        "duration_ns": 3_000_000,
        "state": "ok",
        "root_id": "1f3a-40",
        "parent_id": "1f3a-41",
        "depth": 2,
    }
    return Dispatch(**{**plain, **fields})


def parsed(text: str) -> Filter | FilterError:
    """Return the filter, or what is wrong with it."""
    try:
        return Filter.parse(text)
    except FilterError as error:
        return error


def call(receiver: str = "shop.receivers.bill", **fields: Any) -> ReceiverCall:
    """Return one receiver's run."""
    return ReceiverCall(receiver=receiver, **{"started_ns": 0, "duration_ns": 1_000, **fields})


_PIECES = st.sampled_from(
    [
        *(field.example for field in FIELDS),
        *(f"{field.name}:" for field in FIELDS),
        *' ,-*/"\\=:<>.()[]|',
        "..",
        "10ms",
        "\x1f",
        "\u202e",
        "\ud800",
        "İ",
        "ß",
    ]
)

any_text = st.lists(_PIECES | st.text(max_size=4), max_size=8).map("".join)
"""Text that is nearly a filter, and often is one."""

_terms = st.sampled_from([field.example for field in FIELDS] + ["a", "a,b", '"a b"', "/a,b/", "a*"])

filter_text = st.lists(
    st.sampled_from(["", "-"]).flatmap(lambda sign: _terms.map(sign.__add__))
).map("  ".join)
"""Text that is a filter."""
