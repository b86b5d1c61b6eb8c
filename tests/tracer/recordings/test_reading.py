"""What is let in of a file that anybody may have made, and what is said of the rest."""

from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracer.recordings.conftest import HEADER, ROW, Row, Write
from tracer import recordings
from tracer.dispatches import Dispatch, Marker
from tracer.exceptions import RecordingError
from tracer.recordings import checking, reading
from tracer.showing import visible


def test_what_was_written_is_read_again(records: list[Dispatch | Marker]) -> None:
    header = recordings.header_for(len(records), "is:error")
    text = b"".join(recordings.lines(records, header))
    assert text.count(b"\n") == 5
    recording = recordings.read(io.BytesIO(text))
    assert list(recording.records) == records
    assert recording.header == header
    assert recording.missing == 0


def test_terminal_that_shows_a_file_obeys_nothing_in_it(records: list[Dispatch | Marker]) -> None:
    header = recordings.header_for(len(records), "\u202e\x9b\u2028é")
    text = b"".join(recordings.lines(records, header)).decode()
    assert visible(text.replace("\n", "")) == text.replace("\n", "")
    assert "é" in text
    assert recordings.read(io.BytesIO(text.encode())).header == header


def test_number_that_json_has_no_word_for_becomes_text(records: list[Dispatch | Marker]) -> None:
    text = b"".join(
        recordings.lines(
            [Dispatch(**{k: v for k, v in ROW.items() if k != "type"}, arguments={"a": float("nan"), "b": 1.5})],
            recordings.header_for(1),
        )
    )  # fmt: skip
    (record,) = recordings.read(io.BytesIO(text)).records
    assert isinstance(record, Dispatch)
    assert record.arguments == {"a": "nan", "b": 1.5}


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        (b"", "Line 1: expected the header of a recording, .*, got nothing."),
        (b"\n\n", "Line 1: .*got nothing."),
        (b"hello\n", r'Line 1: expected the header of a recording, \{"format":.*, got hello\.'),
        (b"{}", "expected the header"),
        (b'{"type":"dispatch"}', 'expected the header of a recording, .*got {"type":"dispatch"}'),
        (b'{"log": {"version": "1.2"}}', "expected the header"),
        (b"\xff\xfe{\x00", "Line 1: expected UTF-8, got UTF-16, .*--output"),
        (b"\xff\xff", "Line 1: expected the header"),
        (b"PK\x03\x04", "got PK␃␄"),
        (b"[" * 1_000_000, "Line 1: expected the header of a recording"),
        (json.dumps({**HEADER, "version": 2}).encode(), "expected version 1, got 2: a newer Signal"),
        (json.dumps({**HEADER, "version": 0}).encode(), "expected version 1, got 0: there is no"),
        (json.dumps({**HEADER, "version": "1"}).encode(), "expected `int`, got `str` at `.version`"),
        (json.dumps({**HEADER, "records": -1}).encode(), "expected a number of records"),
        (json.dumps({**HEADER, "records": None}).encode(), "expected `int`, got `null` at `.records`"),
        (json.dumps({**HEADER, "made_at": "now"}).encode(), "invalid RFC3339.* at `.made_at`"),
        (json.dumps({**HEADER, "made_at": "0001-01-01T00:00:00Z"}).encode(), "and a date"),
        (json.dumps({**HEADER, "made_on": "x" * 2_000}).encode(), "names of at most 1,000"),
    ],
)  # fmt: skip
def test_first_line_that_is_no_header_is_told(first: bytes, sentence: str) -> None:
    with pytest.raises(RecordingError, match=sentence) as raised:
        recordings.read(io.BytesIO(first))
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (b"nul", "expected a dispatch or a marker as a JSON object, got nul"),
        (b"[]", "expected `object`, got `array`"),
        (b'{"type":"evil"}', "invalid value 'evil' at `.type`"),
        (b'{"type":"dispatch","x":' + b"[" * 500_000, "nested a few levels deep|JSON object"),
        (b'{"type":"dispatch","x":' + b'{"a":' * 500_000, "nested a few levels deep|JSON object"),
        ({**ROW, "id": 7}, "expected `str`, got `int` at `.id`"),
        ({**ROW, "id": "a b"}, "expected letters, digits, - and _ as the id, got a b"),
        ({**ROW, "id": "<script>"}, "as the id, got <script>"),
        ({**ROW, "id": ""}, "as the id"),
        ({**ROW, "origin_id": "a\u202eb"}, "as the origin_id, got a⟨202E⟩b"),
        ({**ROW, "enqueued_by": "origin:a b"}, "result: and an id, as the enqueued_by, got origin:a b"),
        ({**ROW, "state": "fine"}, "invalid enum value 'fine' at `.state`"),
        ({**ROW, "method": "connect"}, "at `.method`"),
        ({**ROW, "started_us": -1}, "expected a started_us from 0 to .*, got -1"),
        ({**ROW, "started_us": 10**30}, "a started_us from 0"),
        ({**ROW, "duration_ns": 10**18}, "a duration_ns from 0"),
        ({**ROW, "duration_ns": "5"}, r"expected `int \| null`, got `str` at `.duration_ns`"),
        ({**ROW, "depth": 2}, "expected depth 0 for a root"),
        ({**ROW, "signal": "x" * 20_000}, "at most 10,000 characters as the signal, got 20,000"),
        ({**ROW, "arguments": {"x": "y" * 20_000}}, "10,000 characters as the argument"),
        ({**ROW, "arguments": {"x": 10**200}}, "size of an argument"),
        ({**ROW, "arguments": {"x": []}}, "got `array` at `.arguments"),
        ({**ROW, "arguments": {str(n): n for n in range(2_000)}}, "at most 1,000 arguments"),
        ({**ROW, "calls": [{"receiver": "r"}] * 20_000}, "at most 10,000 receiver calls"),
        ({**ROW, "calls": [{}]}, r"missing required field `receiver` at `.calls\[0\]`"),
        ({**ROW, "calls": [{"receiver": "r", "queries": [{"sql": "", "at_ns": [-1]}]}]}, "an at_ns|a at_ns"),
        ({**ROW, "calls": [{"receiver": "r", "queries": [{"sql": ""}] * 2_000}]}, "1,000 statements"),
        (b'{"type":"dispatch","id":"\xff"}', "as a JSON object"),
        (b'{"type":"marker","id":"m","process":"p","kind":"started","at_us":-5}', "an? at_us from 0"),
        (b"x" * (5 << 20), "expected at most 4 MB, got more"),
    ],
)  # fmt: skip
def test_line_that_is_no_record_is_told(row: Row | bytes, sentence: str, write: Write) -> None:
    with pytest.raises(RecordingError, match=sentence) as raised:
        recordings.read(write(row, ROW))
    assert str(raised.value).startswith("Line 2: expected ")
    assert len(str(raised.value)) < 400


def test_id_that_comes_twice_is_told(write: Write) -> None:
    sentence = (
        "Line 3: expected an id that no line before it has, got abc123-1, which is on line 2."
    )
    with pytest.raises(RecordingError, match=re.escape(sentence)):
        recordings.read(write(ROW, ROW))


def test_trees_that_run_in_a_circle_are_told(write: Write) -> None:
    one = {**ROW, "id": "a-1", "parent_id": "a-2", "depth": 1, "root_id": "a-2"}
    two = {**ROW, "id": "a-2", "parent_id": "a-1", "depth": 1, "root_id": "a-2"}
    with pytest.raises(RecordingError, match="Line 2: expected depth 2 and root a-2, after its"):
        recordings.read(write(one, two))
    with pytest.raises(RecordingError, match="expected depth 0 for a root and more below it"):
        recordings.read(write({**one, "depth": 0}))


def test_child_whose_parent_was_filtered_away_is_let_in(write: Write) -> None:
    row = {**ROW, "id": "a-9", "parent_id": "a-1", "depth": 3, "root_id": "a-1"}
    assert len(recordings.read(write(row)).records) == 1


def test_file_that_was_cut_off_gives_what_is_whole(write: Write) -> None:
    second = {**ROW, "id": "abc123-2", "root_id": "abc123-2"}
    whole = write(ROW, second).getvalue()
    for end in range(whole.index(b"\n", 400) + 2, len(whole) - 1):
        recording = recordings.read(io.BytesIO(whole[:end]))
        assert len(recording.records) + recording.missing == 2
        assert recording.records[0].id == "abc123-1"
    assert recordings.read(io.BytesIO(whole[:-1])).missing == 0


def test_blank_lines_windows_ends_and_a_byte_order_mark_are_no_matter(write: Write) -> None:
    text = b"\xef\xbb\xbf" + write(ROW, ends=b"\n\n\n").getvalue().replace(b"\n", b"\r\n")
    assert len(recordings.read(io.BytesIO(text)).records) == 1


def test_there_are_no_more_records_than_are_let_in(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_RECORDS", 1)
    second = {**ROW, "id": "abc123-2", "root_id": "abc123-2"}
    with pytest.raises(RecordingError, match="Line 3: expected at most 1 records, got another"):
        recordings.read(write(ROW, second))


def test_there_is_no_more_of_a_file_than_is_let_in(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    with pytest.raises(RecordingError, match=r"Line 1: expected a file of at most 100 B, got more"):
        recordings.read(write(ROW))


@given(st.binary(max_size=300))
def test_whatever_stands_in_a_line_is_a_sentence_or_a_record(noise: bytes) -> None:
    header = json.dumps({**HEADER, "records": 9}).encode()
    for text in (noise, header + b"\n" + noise):
        try:
            recordings.read(io.BytesIO(text))
        except RecordingError as error:
            assert str(error).startswith("Line ")  # noqa: PT017
            assert visible(error) == str(error)  # noqa: PT017


def test_limits_hold_what_the_tracer_writes() -> None:
    assert checking.MOST_TEXT > 500
    assert checking.MOST_STATEMENTS > 100
