"""What an attacker writes into a name, and what of it may be seen where."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from tests.dashboard.conftest import make_call, make_dispatch, make_marker
from tracer.dispatches import Query, Record

HOSTILE = (
    "</td></script><script>window.isHurt = 1</script><img src=x onerror='window.isHurt = 1'>"
    "\"'`{{ 7|add:7 }}{% debug %}{# x #}${7+7}javascript:alert(1)"
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066\u200b\ufeff\u2028\u2029\x00\x7f\r\n&lt;b&gt;"
)
CONTROLS = frozenset("\x1b\x07\x9b\u202e\u2066\u200b\ufeff\u2028\u2029\x00\x7f\r")
"""Of these none may stand in anything that is shown."""


def hostile_records() -> list[Record]:
    """Return a tree, its request and markers, as another process may write them: each text is hostile."""
    texts: dict[str, Any] = dict.fromkeys(
        (
            "process",
            "thread",
            "task",
            "signal",
            "sender",
            "error",
            "origin",
            "call_site",
            "database",
        ),
        HOSTILE,
    )
    query = Query(sql=HOSTILE, count=9, duration_ns=5, at_ns=(1, 2))
    call = make_call(
        receiver=HOSTILE,
        place=HOSTILE,
        error=HOSTILE,
        raised_at=HOSTILE,
        queries=(query,),
        query_count=9,
    )
    skipped = make_call(receiver=HOSTILE, skipped=HOSTILE, started_ns=None, duration_ns=None)
    root = make_dispatch(
        id="h-1",
        **texts,
        origin_id="o-1",
        enqueued_by=f"result:{HOSTILE}",
        trace=HOSTILE,
        arguments={HOSTILE: HOSTILE, "instance": f"{HOSTILE} #{HOSTILE}"},
        calls=(call, skipped, call),
        transaction="rolled back",
    )
    child = make_dispatch(
        id="h-2", **texts, root_id="h-1", parent_id="h-1", parent_call=0, depth=1, origin_id="o-1"
    )
    # Ids are read from anywhere too, and stand in attributes and selectors.
    odd = make_dispatch(
        id=HOSTILE, root_id=HOSTILE, origin_id=HOSTILE, origin=HOSTILE, signal="a.b"
    )
    kinds = ("started", "stopped", "dropped", "fault", "clock")
    markers = [
        make_marker(id=f"{kind} {HOSTILE}", kind=kind, process=HOSTILE, text=HOSTILE, count=3)
        for kind in kinds
    ]
    return [root, child, odd, *markers]


class _Markup(HTMLParser):
    """Reads a page as a browser does, and finds what could run or be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.seen: list[str] = []
        """What a person is shown; a value that a click adds to the filter stands in an attribute as it is."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("img", "iframe", "object", "embed", "base", "style"):
            self.found.append(tag)
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.found.append("script")
        self.found += [name for name in given if name.startswith("on") or "hurt" in name]
        self.seen += [
            given[name] for name in ("title", "aria-label", "placeholder", "alt") if name in given
        ]
        for name in ("href", "src", "action", "hx-get", "hx-post", "xlink:href"):
            if re.match(r"\s*(?:javascript|data|vbscript):", given.get(name, ""), re.IGNORECASE):
                self.found.append(given[name])

    def handle_data(self, data: str) -> None:
        self.seen.append(data)
        if self.cdata_elem is not None and data.strip():
            self.found.append(data)


def assert_harmless(html: str) -> None:
    """Check that a page, or a part of one, has no markup but ours, and no character that acts."""
    markup = _Markup()
    markup.feed(html)
    markup.close()
    assert markup.found == [], markup.found
    acting = [text for text in markup.seen if CONTROLS & set(text)]
    assert acting == [], acting[:3]
    # A template's tags stay what they are.
    assert "`14" not in html
