"""Whatever is read from outside, generated: no crash, no hang, no growth. Files are in test_imported_files.py."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from dashboard.feed import MOST_CHOSEN, Feed
from dashboard.state import MOST_ID, State
from tests.attacks.texts import HOSTILE, assert_harmless
from tests.attacks.ways import APPLICATION, HERE, OWN
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch
from tracer import registries, stores
from tracer.dispatches import Dispatch, Marker, decode, encode
from tracer.exceptions import FilterError
from tracer.filters import Filter, complete, with_range, with_term, without_term
from tracer.sieve import sieve_of
from tracer.stores import Store, open_store
from tracer.stores.wire import decoded

SLOWLY = examples(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


# -- the filter ----------------------------------------------------------------------------------

pieces = st.sampled_from(
    [
        "signal:",
        "sender:",
        "arg:",
        "took:",
        "is:",
        "after:",
        "queries:",
        "nothing:",
        "-",
        ",",
        " ",
        "=",
        '"',
        "\\",
        "/",
        "*",
        "..",
        ">",
        "<=",
        "50ms",
        "9" * 40,
        "error",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "{9}",
        "|",
        "+",
        "?",
        "^",
        "$",
        ".",
        "\\d",
        "\\b",
        "a",
        "K",
        "ﬁ",
        "İ",
        "ß",
        "\x00",
        "\ud800",
        "\u202e",
        "\x1b",
        "２",
        "²",
        "14:05",
        "2026-01-31T14:05",
        "NaN",
        "inf",
    ]
) | st.text(max_size=4)
filters = st.lists(pieces, max_size=25).map("".join)
OTHERS = [
    make_dispatch(),
    make_dispatch(arguments={"a": float("nan"), HOSTILE: 1 << 62}, calls=(make_call(error="E"),)),
]


@given(text=filters, at=st.integers(-3, 60), index=st.integers(-2, 5))
@examples(max_examples=400)
@example("/" * 2_000, 0, 0)
@example("a," * 1_001, 0, 0)
def test_filter_is_parsed_matched_completed_and_edited(text: str, at: int, index: int) -> None:
    try:
        found = Filter.parse(text)
    except FilterError as error:
        assert len(error.message) < 400  # noqa: PT017
        found = Filter()
    sieve = sieve_of(found)
    for one in OTHERS:
        assert sieve.lets_through(encode(one)) or not found.matches(one)
    assert len(complete(text, at, {"signal": [text, "a.b"], "arg": [f"{text}={text}"]})) <= 12
    assert len(with_term(text, "sender", text)) <= 3 * len(text) + 30
    assert len(without_term(text, index)) <= 2 * len(text) + 30
    with contextlib.suppress(FilterError):
        with_range(text, text, text)


# -- the wire form of a record -------------------------------------------------------------------

NESTED = [
    b"\x91" * 100_000,
    b"\x81\xa1a" * 100_000,
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xa3\xed\xa0\x80",
]


def with_field(name: str, raw: bytes) -> bytes:
    """Return the wire form of a dispatch with one field more, as its bytes."""
    given = msgspec.msgpack.decode(encode(make_dispatch(id="n-1")))
    given.pop(name, None)
    pairs = (
        msgspec.msgpack.encode(key) + msgspec.msgpack.encode(value) for key, value in given.items()
    )
    return bytes([0x80 + len(given) + 1]) + b"".join(pairs) + msgspec.msgpack.encode(name) + raw


@given(data=st.data())
@examples(max_examples=300)
def test_wire_form_that_was_changed_is_a_record_or_passed_over(data: st.DataObject) -> None:
    raw = bytearray(encode(OTHERS[1]))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=5))
    found = list(decoded([(1, bytes(raw)), (2, encode(OTHERS[0]))]))
    assert found[-1] == (2, OTHERS[0])
    for text in ("is:error", "took:>1ms", "nowhere", "arg:a=b", "queries:>1", "app:a"):
        sieve_of(Filter.parse(text)).lets_through(bytes(raw))


@pytest.mark.parametrize("name", ["x", "calls", "arguments", "origin"])
@pytest.mark.parametrize("raw", NESTED)
def test_wire_form_that_claims_much_is_passed_over(name: str, raw: bytes) -> None:
    data = with_field(name, raw)
    # A field that nobody knows is passed over alone, where it ends.
    assert len(list(decoded([(1, data)]))) <= (name == "x")
    assert sieve_of(Filter.parse("is:error took:>1ms")).lets_through(data) in (True, False)


def test_feed_goes_on_after_what_is_no_record(settings: Any, tmp_path: Any) -> None:
    settings.SIGNALBOX = {"STORE": f"sqlite:///{tmp_path / 'box.sqlite3'}"}
    stores.close_shared()
    stores.shared().append([make_dispatch(id="a-1")])
    with sqlite3.connect(tmp_path / "box.sqlite3") as other:
        for number, raw in enumerate(NESTED):
            other.execute(
                "INSERT INTO records (id, root, about, size, data) VALUES (?, ?, 0, 9, ?)",
                (f"evil-{number}", "evil", with_field("x", raw)),
            )
    other.close()
    writer = open_store(f"sqlite:///{tmp_path / 'box.sqlite3'}", 20_000)
    writer.append([make_dispatch(id="a-2")])
    writer.set_registry("evil", b"\x91" * 100_000)
    writer.set_registry("worse", b"\xdd\xff\xff\xff\xff")
    writer.close()
    assert registries.read(stores.shared()) == ()
    for path in (
        "",
        "plain/",
        "rows/",
        "plain/?filter=is:error",
        "export/",
        "?filter=took:>1ms",
        "poll/",
    ):
        answer: Any = Client(SERVER_NAME="localhost").get(f"/signals/{path}")
        assert answer.status_code == 200
        if "?" not in path and path not in ("rows/", "poll/"):
            shown = answer.getvalue()
            assert b"a-1" in shown
            assert b"a-2" in shown
    stores.close_shared()


# -- records of another process ------------------------------------------------------------------

ids = st.sampled_from(["a-1", "a-2", "a-3", "", HOSTILE, "origin:o", "😀"])
numbers = st.sampled_from([0, 1, -1, 5, 10**6, 2**53, -(2**63), 2**63 - 1, 2**64 - 1])
texts = st.sampled_from(
    ["", ".", "..", "a.b", "a.B", "a.b.<locals>.c", " ", "/", "a@b", "x" * 900, HOSTILE, "١٢"]
)
maybe = st.none() | texts
calls = st.builds(
    make_call,
    receiver=texts,
    place=maybe,
    started_ns=st.none() | numbers,
    duration_ns=st.none() | numbers,
    error=maybe,
    raised_at=maybe,
    skipped=maybe,
    query_count=numbers,
    query_ns=numbers,
)
forged = st.builds(
    make_dispatch,
    id=ids,
    root_id=ids,
    parent_id=st.none() | ids,
    parent_call=st.none() | numbers,
    depth=numbers,
    process=texts,
    thread=texts,
    task=maybe,
    signal=texts,
    sender=maybe,
    error=maybe,
    origin=maybe,
    origin_id=st.none() | ids,
    enqueued_by=maybe | ids,
    trace=maybe,
    call_site=maybe,
    database=maybe,
    started_us=numbers | st.just(NOON_US),
    duration_ns=st.none() | numbers,
    state=st.sampled_from(["running", "ok", "error"]),
    method=st.sampled_from(["send", "asend_robust"]),
    transaction=st.sampled_from([None, "open", "rolled back"]),
    arguments=st.dictionaries(texts, numbers | st.floats() | maybe, max_size=3),
    calls=st.lists(calls, max_size=3).map(tuple),
)
marked = st.builds(
    Marker,
    id=ids,
    process=texts,
    kind=st.sampled_from(["started", "stopped", "dropped", "fault", "clock", "sampled"]),
    at_us=numbers,
    until_us=st.none() | numbers,
    count=numbers,
    text=texts,
    part_of=st.none() | ids,
)


@SLOWLY
@given(records=st.lists(forged | marked, min_size=1, max_size=6))
@example(records=[make_dispatch(id="a-1", root_id="a-1", parent_id="a-1", depth=1)])
@example(
    records=[make_dispatch(id="a-1"), make_dispatch(id="a-2", parent_id="a-1", parent_call=-9)]
)
@example(
    records=[
        make_dispatch(id="a-1", root_id="a-2", parent_id="a-2", depth=1, origin_id="o"),
        make_dispatch(id="a-2", root_id="a-1", parent_id="a-1", depth=1, origin_id="o"),
    ]
)
def test_whatever_stands_in_the_store_can_be_shown(
    records: list[Any], store: Store, feed: Feed
) -> None:
    # As any other process would write them.
    store.clear()
    store.append([decode(encode(record)) for record in records])
    one = next((record for record in records if isinstance(record, Dispatch)), None)
    opened = urlencode({"open": one.id if one else "a-1"}, errors="replace")
    client = Client(SERVER_NAME="localhost")
    for path in (
        "",
        "plain/",
        "map/",
        "poll/",
        f"opened/?{opened}",
        "opened/?open=origin:o",
        f"written/?as=markdown&{opened}",
    ):
        answer: Any = client.get(f"/signals/{path}")
        assert answer.status_code in (200, 404), path
        if not path.startswith("written/"):
            assert_harmless(answer.getvalue().decode())
    assert client.get("/signals/export/").status_code == 200


# -- addresses -----------------------------------------------------------------------------------

NAMES = (
    "filter",
    "view",
    "freeze",
    "open",
    "at",
    "before",
    "process",
    "cursor",
    "epoch",
    "panels",
    "page",
    "from",
    "until",
    "by",
    "fold",
    "unfold",
    "value",
    "field",
    "exclude",
    "without",
    "draft",
    "seen",
    "each",
    "first",
    "last",
    "below",
    "above",
    "as",
    "frozen",
)
asked = st.sampled_from(
    [
        "",
        "0",
        "1",
        "-1",
        "9" * 18,
        "9" * 19,
        "9" * 5_000,
        "٣",
        "²",
        "1e9",
        "a-1",
        "origin:",
        "signal:",
        "receiver:",
        "comparison",
        "findings",
        "map",
        "flat",
        "took:soon",
        '"',
        "/(a*)*!/",
        HOSTILE,
        "\x00",
        "call-0",
        "json",
        "markdown",
        "test",
        "-.-.-",
        "x" * 3_000,
        "receiver:a b",
        "receiver: ",
        "origins",
        "time",
        "table",
        "sender",
        "arg",
        "nothing",
        "status-00000000",
    ]
) | st.text(max_size=5)
queries = st.lists(st.tuples(st.sampled_from(NAMES), asked), max_size=8)
VIEWS = (
    "",
    "plain/",
    "poll/",
    "rows/",
    "map/",
    "complete/",
    "mark/",
    "opened/",
    "export/",
    "written/",
)


@examples(parent=SLOWLY, max_examples=60)
@given(query=queries, view=st.sampled_from(VIEWS), is_htmx=st.booleans())
def test_whatever_is_asked_is_answered(
    query: list[tuple[str, str]], view: str, is_htmx: bool, store: Store, feed: Feed
) -> None:
    if not store.count():
        store.append([make_dispatch(id="a-1", calls=(make_call(),), origin_id="o")])
    text = urlencode(query, errors="surrogatepass")
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://localhost/signals/?{text}"[:4_000]}
    answer: Any = Client(SERVER_NAME="localhost").get(
        f"/signals/{view}?{text}", headers=headers if is_htmx else {}
    )
    assert answer.status_code in (200, 204, 400, 404, 409)
    # What was asked comes back a few times at the most, beside a registry with what other tests have connected.
    registry: Any = Client(SERVER_NAME="localhost").get("/signals/")
    assert len(answer.getvalue()) < len(registry.getvalue()) + 300_000 + 60 * len(text)
    if view not in ("export/", "written/"):
        assert_harmless(answer.getvalue().decode())
    assert len(feed._chosen) <= MOST_CHOSEN
    assert len(feed.window.rows) == 1
    assert len(feed.window._versions) == 1
    assert feed._viewers == set()


def test_nothing_grows_with_what_is_asked(store: Store, feed: Feed) -> None:
    store.append([make_dispatch(id="a-1")])
    client = Client(SERVER_NAME="localhost")
    for number in range(3 * MOST_CHOSEN):
        with feed.lock:
            feed.panels_of(f"process {number}@nowhere")
    for number in range(30):
        query = urlencode(
            {
                "process": f"p{number}",
                "open": f"x{number}",
                "epoch": f"e{number}",
                "filter": f"x{number}",
            }
        )
        for view in ("poll/", "plain/", "mark/"):
            assert client.get(f"/signals/{view}?{query}").status_code == 200
    assert len(feed._chosen) <= MOST_CHOSEN
    assert len(feed.window.counters.signals) == 1
    assert len(feed.window._versions) == 1
    assert (
        len(State.read({"open": ["x" * 9_999], "process": ["y" * 9_999]}).query) < 2 * MOST_ID + 50
    )


# -- what a socket is told -----------------------------------------------------------------------

words = st.sampled_from(["resume", "epoch", "frozen", "ack", "x", "", HOSTILE])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([2**63, 2**63 - 1, -(2**63), 10**30, HOSTILE, "x" * 5_000]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2),
    max_leaves=4,
)
messages = (
    st.dictionaries(words, values, max_size=3).map(json.dumps)
    | st.fixed_dictionaries(
        {},
        optional={
            "resume": st.integers(0, 9),
            "epoch": st.text(max_size=3),
            "frozen": st.booleans(),
            "ack": st.integers(0, 2**63 - 1),
        },
    ).map(json.dumps)
    | st.text(max_size=30)
    | st.binary(max_size=9)
    | st.sampled_from(
        ["[" * 4_000, '{"a":' * 600, '{"resume":' + "9" * 4_000 + "}", "\ud800", "x" * 1_000_000]
    )
)


@SLOWLY
@given(said=st.lists(messages, max_size=6), query=queries)
def test_whatever_a_socket_is_told_it_goes_on_or_is_closed(
    said: list[str | bytes],
    query: list[tuple[str, str]],
    store: Store,
    feed: Feed,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def tell() -> None:
        asked = urlencode(query, errors="replace")
        page = WebsocketCommunicator(APPLICATION, f"/signals/feed/?{asked}", OWN)
        page.scope["client"] = [HERE, 1]
        is_open, _ = await page.connect(timeout=30)
        for message in said if is_open else ():
            form = "bytes" if isinstance(message, bytes) else "text"
            await page.send_input({"type": "websocket.receive", form: message})
        await page.disconnect(timeout=30)
        assert feed._viewers == set()

    caplog.clear()
    with caplog.at_level(logging.DEBUG, "signalbox"):
        async_to_sync(tell)()
    ours = [record for record in caplog.records if record.name.startswith("signalbox")]
    assert [record.getMessage() for record in ours if record.levelno >= logging.ERROR] == []
    assert len(ours) <= len(said) + 1
