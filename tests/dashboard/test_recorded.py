"""A recording in the page: all of it to be seen, marked as what it is, and nothing of it alive."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from dashboard import shown
from dashboard.feed import Feed
from tests.dashboard.conftest import NOON_US, make_call, make_dispatch, make_marker
from tracer import recordings
from tracer.dispatches import Counted, Record
from tracer.stores import Store

HTMX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>\"'`{{x}}\u202e\x1b[2J\x00\u2028"


@pytest.fixture(autouse=True)
def folder(settings: Any, feed: Feed, tmp_path: Path) -> Path:
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path
    shown._opened.clear()
    return tmp_path


def keep(*records: Record, missing: int = 0, name: str = "checkout.ndjson") -> str:
    """Put records onto the shelf, and return the path of their page."""
    header = recordings.header_for(len(records) + missing, "is:error")
    shelved = recordings.shelf().add(io.BytesIO(b"".join(recordings.lines(records, header))), name)
    return f"/signals/recordings/{shelved.id}/"


def get(client: Client, path: str, **headers: str) -> str:
    response: HttpResponse = client.get(path, headers=headers)  # type: ignore[assignment]
    assert response.status_code == 200
    return response.content.decode()


def test_page_says_what_it_is_and_leads_back(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="live-1")])
    page = get(client, keep(make_dispatch(id="r-1"), make_marker(id="m-1")))
    header = recordings.shelf().all()[0].header
    assert 'class="sb-recorded"' in page
    assert "checkout.ndjson · Signalbox</title>" in page
    assert header.made_on in page
    assert header.made_by in page
    assert "<code>is:error</code>" in page
    assert 'id="d-r-1"' in page
    assert "live-1" not in page
    assert "Back to live" in page
    assert "d-r-1" not in get(client, "/signals/")


def test_nothing_in_it_is_alive(client: Client) -> None:
    call = make_call(place="manage.py:1")
    path = keep(make_dispatch(id="r-1", state="running", duration_ns=None, calls=(call,)))
    page = get(client, f"{path}?open=r-1&freeze=3")
    for part in (
        "hx-ws:connect",
        "every 1s",
        "sb-clear",
        'id="sb-record"',
        'id="sb-freeze"',
        "/mute/",
    ):
        assert part not in page
    assert "sb-is-frozen" not in page
    for open_ in (
        "signal:django.db.models.signals.post_save", "origin:o-1", "receiver:a b", "comparison",
    ):  # fmt: skip
        opened = get(client, f"{path}opened/?{urlencode({'open': open_, 'before': 'r-1'})}")
        assert "every " not in opened
        assert "/mute/" not in opened


def test_two_runs_of_it_stand_side_by_side(client: Client, store: Store) -> None:
    # Of the same ids in the live feed nothing is looked at.
    store.append([make_dispatch(id="r-3", sender="live.Model")])
    run: dict[str, Any] = {"sender": "shop.Order"}
    path = keep(
        make_dispatch(id="r-1", origin="POST /pay/", origin_id="o-1", **run),
        make_dispatch(
            id="r-2", origin="POST /pay/", origin_id="o-2", calls=(make_call(),), **run
        ),
    )  # fmt: skip
    assert 'data-action="mark" data-id="r-1"' in get(client, f"{path}opened/?open=r-1")
    assert 'data-at="r-2"' in get(client, f"{path}opened/?open=r-2&before=r-1")
    page = get(client, f"{path}?open=comparison&before=r-1")
    assert "1 new" in page
    assert "ran again, last at" in page
    assert "every " not in page
    assert "ran again" in get(client, f"{path}mark/?before=origin:o-1")
    last = get(client, f"{path}opened/?open=comparison&before=r-2")
    assert "It did not run again" in last
    assert "every " not in last
    gone = get(client, f"{path}opened/?open=comparison&before=r-3")
    assert "Before is not in this recording" in gone
    assert "live.Model" not in gone


def test_map_is_drawn_once_of_what_was_sent_in_it(client: Client, store: Store) -> None:
    store.append([make_dispatch(sender="live.Model")])
    calls = (make_call(receiver="shop.receivers.bill"),)
    parent = make_dispatch(id="r-1", sender="shop.Order", calls=calls, origin="POST /pay/7/")
    below: dict[str, Any] = {"parent_id": "r-1", "parent_call": 0, "root_id": "r-1", "depth": 1}
    path = keep(parent, make_dispatch(id="r-2", signal="shop.signals.paid", sender=None, **below))
    page = get(client, f"{path}map/")
    assert "checkout.ndjson · Signalbox</title>" in page
    assert 'class="sb-recorded"' in page
    for name in ("shop.Order", "shop.receivers.bill", "shop.signals.paid"):
        assert f'data-name="{name}"' in page
    for part in ("live.Model", "hx-ws:connect", "never fired", "just now", 'id="sb-freeze"'):
        assert part not in page
    assert f'href="{path}?filter=sender%3Ashop.Order"' in page
    assert (
        f'href="{path}map/" aria-current' in page
        or f'aria-current="page" href="{path}map/"' in page
    )
    part = get(client, f"{path}map/?from=origins&view=table", **HTMX)
    assert part.startswith('<div id="sb-map"')
    assert "POST /pay/*/" in re.sub("<wbr>", "", part)
    assert f'href="{path}map/' in part
    assert f'href="{path}map/"' in get(client, path), "the page leads to it"
    assert client.get("/signals/recordings/nothing/map/").status_code == 404


def test_filter_rows_and_completion_are_of_the_recording(client: Client, store: Store) -> None:
    store.append([make_dispatch(id="live-1", sender="live.Model")])
    path = keep(make_dispatch(id="r-1", sender="shop.Order"), make_dispatch(id="r-2"))
    part = get(client, f"{path}?filter=sender:shop.Order", **HTMX)
    assert 'id="d-r-1"' in part
    assert 'id="d-r-2"' not in part
    rows = get(client, f"{path}rows/?first=r-1&last=r-2&each=1")
    assert 'id="d-r-1"' in rows
    assert 'id="d-r-2"' in rows
    assert "live-1" not in get(client, f"{path}rows/?before=r-2&filter=live")
    offered = get(client, f"{path}complete/?filter=sender:")
    assert "shop.Order" in offered
    assert "live.Model" not in offered


def test_open_dispatch_shows_what_was_called_and_no_file_of_this_machine(client: Client) -> None:
    secret = Path(__file__)
    call = make_call(place=f"{secret}:1", raised_at=f"{secret}:2 f", error="ValueError")
    path = keep(make_dispatch(id="r-1", call_site=f"{secret}:3 g", calls=(call,), error="E"))
    for at in ("", "site", "call-0", "raised-0", "site:r-1"):
        opened = get(client, f"{path}opened/?{urlencode({'open': 'r-1', 'at': at})}")
        assert "sb-listing" not in opened
        assert 'data-action="source"' not in opened
        assert "Not called, and why" not in opened
    panel = urlencode(
        {"open": "receiver:django.db.models.signals.post_save app.receivers.one", "at": "x"}
    )
    assert "A recording holds no sources" in get(client, f"{path}opened/?{panel}")


def test_registry_lists_what_was_seen(client: Client) -> None:
    page = get(client, keep(make_dispatch(signal="its.own.signal", calls=(make_call(),))))
    assert "its.own.signal" in page
    assert "app.receivers.one" in page
    assert "not here" not in page


def test_what_is_not_in_it_is_said_kindly(client: Client) -> None:
    opened = get(client, f"{keep(make_dispatch())}opened/?open=nothere")
    assert "Not in this recording" in opened


def test_file_that_was_cut_off_is_marked(client: Client) -> None:
    page = get(client, keep(make_dispatch(), missing=3))
    assert "The file was cut off: 3 records at its end are missing." in page


def test_empty_recording_says_so(client: Client) -> None:
    assert "Nothing was recorded" in get(client, keep())


def test_recording_that_is_gone_is_a_page_and_for_htmx_a_way_to_it(client: Client) -> None:
    path = keep(make_dispatch())
    get(client, path)
    recordings.shelf().remove(path.split("/")[-2])
    gone: Any = client.get(path)
    assert gone.status_code == 404
    assert b"This recording is not here" in gone.content
    part: Any = client.get(f"{path}rows/", headers=HTMX)
    assert part["HX-Redirect"] == path
    assert client.get("/signals/recordings/nonsense/").status_code == 404


def test_file_that_was_damaged_on_the_shelf_is_told(client: Client, folder: Path) -> None:
    path = keep(make_dispatch())
    (kept,) = folder.rglob("*.ndjson")
    kept.write_bytes(b"<script>")
    gone: Any = client.get(path)
    assert gone.status_code == 404
    assert b"Its file was damaged: Line 1" in gone.content
    assert b"<script>" not in gone.content.replace(b"<script src", b"")


def test_hostile_names_are_text_everywhere(client: Client) -> None:
    call = make_call(receiver=HOSTILE, place=HOSTILE, error=HOSTILE, raised_at=HOSTILE)
    other = make_call(receiver=HOSTILE, skipped=HOSTILE, started_ns=None, duration_ns=None)
    one = make_dispatch(
        id="r-1",
        process=HOSTILE,
        thread=HOSTILE,
        task=HOSTILE,
        signal=HOSTILE,
        sender=HOSTILE,
        error=HOSTILE,
        origin=HOSTILE,
        origin_id="o-1",
        call_site=HOSTILE,
        arguments={HOSTILE: HOSTILE, "instance": f"{HOSTILE} #1"},
        calls=(call, other, call),
        database=HOSTILE,
        transaction="committed",
    )
    child = make_dispatch(id="r-2", root_id="r-1", parent_id="r-1", parent_call=1, depth=1)
    path = keep(one, child, make_marker(text=HOSTILE, kind="fault"), name=HOSTILE)
    opens = ("r-1", "origin:o-1", f"signal:{HOSTILE}", f"receiver:{HOSTILE} {HOSTILE}")
    pages = [get(client, f"{path}?{urlencode({'open': open_})}") for open_ in opens]
    for page in [*pages, get(client, f"{path}complete/?filter=sender:")]:
        assert "<script>" not in page
        assert not {"\x1b", "\x00", "\u202e", "\u2028"} & set(re.sub(r"<[^>]*>", "", page))
    assert "⟨202E⟩" in pages[0]


def test_extreme_numbers_are_drawn(client: Client) -> None:
    huge = make_call(started_ns=3 * 10**17, duration_ns=3 * 10**17, query_count=10**12)
    records: list[Record] = [
        make_dispatch(id="r-1", started_us=0, duration_ns=0, origin_id="o-1"),
        make_dispatch(
            id="r-2",
            started_us=253_370_764_800_000_000,
            duration_ns=3 * 10**17,
            calls=(huge, huge),
            origin_id="o-1",
        ),
        make_marker(kind="stopped", at_us=0, until_us=253_370_764_800_000_000, count=10**12),
    ]
    path = keep(*records)
    for open_ in ("r-1", "r-2", "origin:o-1"):
        assert "sb-tree" in get(client, f"{path}?open={open_}")


def test_deep_tree_is_drawn(client: Client) -> None:
    records = [make_dispatch(id="r-0", origin_id="o-1")]
    for depth in range(1, 3_000):
        above = records[-1]
        records.append(
            make_dispatch(
                id=f"r-{depth}",
                root_id="r-0",
                parent_id=above.id,
                depth=depth,
                origin_id="o-1",
                calls=(make_call(),),
                parent_call=0,
            )
        )
    path = keep(*records)
    assert "more lines" in get(client, f"{path}opened/?open=r-2999")
    assert get(client, f"{path}written/?open=r-5&as=markdown")


def exported(client: Client, path: str) -> recordings.Recording:
    response: Any = client.get(path)
    return recordings.read(io.BytesIO(response.getvalue()))


def test_part_of_a_recording_is_exported_with_where_it_was_made(client: Client) -> None:
    path = keep(make_dispatch(id="r-1", sender="shop.Order"), make_dispatch(id="r-2"), missing=2)
    response: Any = client.get(f"{path}export/?filter=sender%3Ashop.Order")
    part = recordings.read(io.BytesIO(response.getvalue()))
    assert [one.id for one in part.records] == ["r-1"]
    assert part.header.filter == "is:error sender:shop.Order"
    assert part.header.made_at == recordings.shelf().all()[0].header.made_at
    assert part.missing == 0


def test_sample_keeps_its_counts_unless_it_is_filtered(client: Client) -> None:
    counted = Counted(signal="its.own.signal", calls=40, ended=40, last_us=NOON_US)
    sampled = make_marker(kind="sampled", count=40, counts=(counted,))
    path = keep(make_dispatch(id="r-1"), sampled)
    page = get(client, path)
    assert "a sample: 40 more were counted only" in page
    assert "its.own.signal" in page
    whole = exported(client, f"{path}export/")
    assert sampled in whole.records
    part = exported(client, f"{path}export/?filter=-is:error")
    assert [one.id for one in part.records] == ["r-1"]


def test_few_recordings_are_kept_in_memory(client: Client) -> None:
    for number in range(6):
        get(client, keep(make_dispatch(id=f"r-{number}"), name=f"{number}"))
    assert len(shown._opened) == 3
