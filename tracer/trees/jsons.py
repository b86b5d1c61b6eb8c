"""A tree as JSON, for programs and for bug reports. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracer.dispatches import Dispatch
from tracer.recordings.writing import finite
from tracer.showing import escaped
from tracer.trees.walking import in_start_order


def as_json(trees: Sequence[Dispatch], origin: Sequence[Dispatch] = ()) -> str:
    """
    Return an object with the `format`, its `version` and the `dispatches` in start order, as in a recording.

    `origin` is not looked at; all that write a tree are called alike.
    """
    body = msgspec.json.encode(
        {
            "format": "signalbox-tree",
            "version": 1,
            "dispatches": [finite(one) for one in in_start_order(trees)],
        }
    )
    return escaped(msgspec.json.format(body, indent=2)).decode() + "\n"
